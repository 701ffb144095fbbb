"""A shop's door for notifications: verify, store once, acknowledge."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Shop:
    """Keeps what it took by key, and every outcome; so many ``refusals`` come first."""

    def __init__(self):
        self.gateway = None
        self.refusals = 0
        self.outcomes = []
        self.taken = {}
        self._changed = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/notify"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}
        )

    def start(self):
        self._thread.start()
        return self

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def take(self, headers, body):
        outcome = self.gateway.parse_notification(headers, body)
        with self._changed:
            is_stored = outcome.is_ok and self.refusals == 0
            self.refusals = max(0, self.refusals - 1)
            self.outcomes.append(outcome)
            if is_stored:
                self.taken[outcome.value.key] = outcome.value
            self._changed.notify_all()
        return self.gateway.acknowledge(is_stored)

    def wait(self, count, seconds=10):
        """The outcomes, once there are ``count``."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.outcomes) >= count, seconds)
            return list(self.outcomes)


def _handler(shop):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = shop.take(dict(self.headers), body)
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.content_type)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *args):
            """A test has no log."""

    return Handler

"""What several test files need."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

LIB = Path(__file__).parent.parent / "iot_handlers" / "lib"


def slip(*texts):
    """A receipt document that says ``texts`` and cuts."""
    blocks = [{"type": "text", "text": text} for text in texts]
    return {"version": 1, "blocks": [*blocks, {"type": "cut"}]}


def job(uid, text=None, printer_id=7, **values):
    """A job as the server sends it."""
    return {
        "uid": uid,
        "name": uid,
        "printer_id": printer_id,
        "document_type": "order_slip",
        "document": slip(text or uid),
        "copies": 1,
        "expires_in": 3600,
        "on_unknown": "hold",
        "banner": "补打 可能重复",
        **values,
    }


def wait_for(condition, seconds=15):
    """Wait until ``condition()`` is true; return its value, else fail."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError("waited in vain")


class FakeServer:
    """The Odoo side of the two routes, in memory."""

    def __init__(self):
        self.code = "CODE2345"
        self.token = "1.secret"
        self.site = "site-a"
        self.printers = []
        self.displays = []
        self.tills = []
        #: slips of tills, as the box told them
        self.slips = {}
        self.is_down = False
        self.jobs = []
        self.drop = []
        self.terminals = []
        self.terminal_requests = []
        self.terminal_results = {}
        self.states = {}
        self.history = []
        self.syncs = []
        #: what readers sent; statuses to answer instead of taking it
        self.events = []
        self.event_failures = []
        self.pairings = 0
        self.loses_answers = 0
        self.next_token = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        serve = self._server.serve_forever
        threading.Thread(target=serve, args=(0.05,), daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()

    def pair(self, data):
        if data.get("code") != self.code:
            return 403, {"error": "wrong_code"}
        self.pairings += 1
        self.code = None
        return 200, {"token": self.token, "name": "Box", "site": self.site}

    def sync(self, data, token):
        if token == f"Bearer {self.next_token}":
            self.token, self.next_token = self.next_token, None
        if token != f"Bearer {self.token}":
            return 401, {"error": "unauthorized"}
        self.syncs.append(data)
        for ack in data["acks"]:
            if "slip" in ack:
                self.slips[ack["uid"]] = ack["slip"]
            self.history.append((ack["uid"], ack["state"]))
            self.states[ack["uid"]] = ack["state"]
        for result in data.get("terminal_results", []):
            self.terminal_results[result["uid"]] = result
        if self.loses_answers:
            self.loses_answers -= 1
            return 500, {}
        answer = {
            "acks": [ack["id"] for ack in data["acks"]],
            "jobs": [item for item in self.jobs if item["uid"] not in self.states],
            "drop": self.drop,
            "printers": self.printers,
            "displays": self.displays,
            "tills": self.tills,
            "poll_seconds": 15,
            "terminals": self.terminals,
            "terminal_requests": [
                {**request, "is_started": uid in self.terminal_results}
                for request in self.terminal_requests
                for uid in [request["uid"]]
                if self._is_open(uid)
            ],
        }
        if self.next_token:
            answer["token"] = self.next_token
        return 200, answer

    def _is_open(self, uid):
        result = self.terminal_results.get(uid)
        return not result or result["state"] in ("pending", "unknown")

    def event(self, data, token):
        if token != f"Bearer {self.token}":
            return 401, {"error": "unauthorized"}
        self.events.append(data)
        if self.event_failures:
            return self.event_failures.pop(0), {}
        return 200, {"status": "delivered"}

    def _handler(self):
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers["Content-Length"])
                data = json.loads(self.rfile.read(length))
                if fake.is_down:
                    status, answer = 502, {}
                elif self.path == "/o2o/box/1/pair":
                    status, answer = fake.pair(data)
                elif self.path == "/o2o/box/1/event":
                    status, answer = fake.event(data, self.headers["Authorization"])
                else:
                    status, answer = fake.sync(data, self.headers["Authorization"])
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args):
                """Quiet."""

        return Handler

"""What the box offers to pages of the till: HTTP for the own pages and nobody else.

A web page may call any address its browser reaches, this machine and the network of the
store included. So each call is checked three ways before anything is read: by the name
it was sent to (a foreign name that leads here is DNS rebinding), by the page it comes
from, and by its type, so that a browser always asks first.
"""

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"
#: calls at the same time: a till has a few
_MAX_CALLS = 32


def origin_of(url):
    """The origin of the pages of ``url``, as a browser names it."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


class LocalServer(ThreadingHTTPServer):
    """Serves pages of one origin. ``port=0`` takes any free port.

    :param handler: a :class:`LocalHandler`
    :param str server_url: whose pages may call
    :param str host: address to listen on
    :param str name: what a till calls this machine, beside its own
    :param tuple certificate: files of certificate and key; without them plain HTTP
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(
        self, handler, server_url, port=0, host=LOOPBACK, name="", certificate=()
    ):
        self._context = None
        if certificate:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.minimum_version = ssl.TLSVersion.TLSv1_2
            self._context.load_cert_chain(*certificate)
        super().__init__((host, port), handler)
        self.origin = origin_of(server_url)
        self.names = {LOOPBACK, "localhost", *([name] if name else [])}
        self.port = self.server_address[1]
        self._calls = threading.BoundedSemaphore(_MAX_CALLS)
        self._thread = threading.Thread(
            target=self.serve_forever, args=(0.1,), name="local", daemon=True
        )

    def start(self):
        self._thread.start()
        return self

    def stop(self):
        self.shutdown()
        self.server_close()

    def get_request(self):
        line, address = super().get_request()
        line.settimeout(self.RequestHandlerClass.timeout)
        if self._context:
            # the handshake is made by the thread of the call, not by this one
            line = self._context.wrap_socket(
                line, server_side=True, do_handshake_on_connect=False
            )
        return line, address

    def process_request(self, request, client_address):
        if self._calls.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request, client_address):
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._calls.release()

    def handle_error(self, _request, _client_address):
        """A page that went away, or one that does not trust the certificate."""


class LocalHandler(BaseHTTPRequestHandler):
    """Checks a call; what it may do is up to the kinds of handlers."""

    server_version = "o2o-box"
    sys_version = ""
    timeout = 10
    headers_allowed = "Content-Type"
    max_body = 4096

    def is_welcome(self):
        """The own till: by its page, and not through a foreign name of this machine."""
        name = (self.headers.get("Host") or "").rpartition(":")[0]
        origin = self.headers.get("Origin")
        return name in self.server.names and origin == self.server.origin

    def is_json(self):
        return self.headers.get_content_type() == "application/json"

    def read_json(self):
        """The body.

        :raise ValueError: it is too long, or no JSON object
        """
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 < length <= self.max_body:
            raise ValueError("length")
        data = json.loads(self.rfile.read(length))
        if not isinstance(data, dict):
            raise ValueError("no object")
        return data

    def do_OPTIONS(self):
        """A browser asks before it sends JSON."""
        self.send(204 if self.is_welcome() else 403)

    def send_json(self, status, data):
        self.send(status, json.dumps(data).encode(), "application/json")

    def send(self, status, body=b"", content_type="text/plain"):
        """Answer; a stranger learns nothing but the number."""
        self.send_response(status)
        if status != 403:
            self.send_header("Access-Control-Allow-Origin", self.server.origin)
            self.send_header("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
            self.send_header("Access-Control-Allow-Headers", self.headers_allowed)
            self.send_header("Access-Control-Allow-Private-Network", "true")
            self.send_header("Vary", "Origin")
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        """The till asks often: keep the log readable."""

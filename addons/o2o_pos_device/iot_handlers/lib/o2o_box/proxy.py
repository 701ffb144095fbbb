"""What Odoo's till asks of a machine of its own: is there a scale, what lies on it.

The routes are those of Odoo's Community till (``/hw_proxy/...``): its weighing screen
works as it is. Reachable from this machine only, and from pages of the own server only.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from .scale import ScaleAway

_HOST = "127.0.0.1"
_MAX_BODY = 4096


class Proxy:
    """Serves the routes in threads. ``port=0`` takes any free port.

    :param str server_url: whose pages may ask
    :param scale: :class:`.scale.ScaleThread`
    """

    def __init__(self, server_url, scale, port=0):
        self._server = _ProxyServer((_HOST, port), _Handler)
        parts = urlsplit(server_url)
        self._server.origin = f"{parts.scheme}://{parts.netloc}"
        self._server.scale = scale
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def start(self):
        self._thread.start()
        return self

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


class _ProxyServer(ThreadingHTTPServer):
    allow_reuse_address = True
    daemon_threads = True

    def describe_scale(self):
        try:
            _weight, problem = self.scale.read()
        except ScaleAway as error:
            return {"status": "disconnected", "messages": [str(error)]}
        return {"status": "connected", "messages": [problem] if problem else []}


class _Handler(BaseHTTPRequestHandler):
    server_version = "o2o-box"
    sys_version = ""
    timeout = 10

    def do_OPTIONS(self):
        """A browser asks before it sends JSON."""
        self._send(204 if self._is_welcome() else 403)

    def do_GET(self):
        if not self._is_welcome():
            self._send(403)
        elif self.path == "/hw_proxy/hello":
            self._send(200, b"ping", "text/plain")
        else:
            self._send(404)

    def do_POST(self):
        is_json = self.headers.get_content_type() == "application/json"
        if not self._is_welcome() or not is_json:
            return self._send(403)
        answer = {
            "/hw_proxy/handshake": lambda: {"result": True},
            "/hw_proxy/status_json": self._status,
            "/hw_proxy/scale_read": self._weigh,
        }.get(self.path)
        if answer is None:
            return self._send(404)
        try:
            length = int(self.headers.get("Content-Length") or 0)
            if not 0 < length <= _MAX_BODY:
                raise ValueError("length")
            request = json.loads(self.rfile.read(length))
            body = {"jsonrpc": "2.0", "id": request.get("id"), **answer()}
        except (ValueError, AttributeError):
            return self._send(400)
        return self._send(200, json.dumps(body).encode(), "application/json")

    def _status(self):
        return {"result": {"scale": self.server.describe_scale()}}

    def _weigh(self):
        try:
            weight, _problem = self.server.scale.read()
        except ScaleAway as error:
            data = {"name": "ScaleAway", "message": str(error), "arguments": []}
            return {"error": {"code": 200, "message": str(error), "data": data}}
        return {"result": {"weight": weight}}

    def _is_welcome(self):
        """The own till: by its page, and not through a foreign name of this machine."""
        name = (self.headers.get("Host") or "").rpartition(":")[0]
        origin = self.headers.get("Origin")
        return name in (_HOST, "localhost") and origin == self.server.origin

    def _send(self, status, body=b"", content_type="text/plain"):
        self.send_response(status)
        if status != 403:
            self.send_header("Access-Control-Allow-Origin", self.server.origin)
            self.send_header("Access-Control-Allow-Methods", "GET, POST, OPTIONS")
            self.send_header("Access-Control-Allow-Headers", "Content-Type")
            self.send_header("Access-Control-Allow-Private-Network", "true")
            self.send_header("Vary", "Origin")
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        """The till asks twice a second: keep the log readable."""

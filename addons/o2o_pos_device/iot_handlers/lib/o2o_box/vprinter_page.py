"""The page of the virtual devices: papers, faults, cards, display, scale, terminal.

``GET /``, ``GET /papers.json``, ``GET /papers/<id>.png``, ``GET /printers.json``,
``GET /readers.json``, ``GET /display.json``, ``GET /scale.json``,
``POST /fault`` with JSON ``{"printer": 1, "paper_out": true}``,
``POST /swipe`` with JSON ``{"reader": "counter", "number": "88000101"}`` or
``{"reader": "counter", "unplugged": true}``, ``POST /display`` with JSON
``{"unplugged": true}``, ``POST /scale`` with JSON ``{"weight": 1.25}`` or
``{"unplugged": true}``, ``GET /terminals.json``, ``POST /key`` with JSON
``{"terminal": 1, "key": "approve"}`` (or ``decline``, ``no_answer``).
"""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_FILES = Path(__file__).parent / "page"
_STATIC = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/page.js": ("page.js", "text/javascript; charset=utf-8"),
    "/page.css": ("page.css", "text/css; charset=utf-8"),
    "/texts.json": ("texts.json", "application/json"),
}
_MAX_BODY = 4096
_MAX_NUMBER = 200


class Page:
    """Serves the page in threads. ``port=0`` takes any free port."""

    def __init__(
        self,
        printers,
        store,
        host="127.0.0.1",
        port=0,
        readers=(),
        display=None,
        scale=None,
        terminals=(),
    ):
        self._server = _PageServer((host, port), _Handler)
        self._server.printers = {printer.number: printer for printer in printers}
        self._server.readers = {reader.settings.key: reader for reader in readers}
        self._server.display = display
        self._server.scale = scale
        self._server.terminals = {each.number: each for each in terminals}
        self._server.store = store
        self.host, self.port = self._server.server_address[:2]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def start(self):
        self._thread.start()
        return self

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


class _PageServer(ThreadingHTTPServer):
    allow_reuse_address = True
    daemon_threads = True


class _Handler(BaseHTTPRequestHandler):
    server_version = "o2o-box"
    sys_version = ""

    def do_GET(self):
        path = self.path.partition("?")[0]
        if not self._is_local_name():
            return self._json({"error": "wrong host name"}, 403)
        if path in _STATIC:
            name, content_type = _STATIC[path]
            return self._send((_FILES / name).read_bytes(), content_type)
        if path == "/papers.json":
            return self._json(self.server.store.list())
        if path == "/printers.json":
            return self._json(
                [printer.describe() for printer in self.server.printers.values()]
            )
        if path == "/readers.json":
            return self._json(
                [reader.describe() for reader in self.server.readers.values()]
            )
        if path in ("/display.json", "/scale.json"):
            is_display = path == "/display.json"
            device = self.server.display if is_display else self.server.scale
            return self._json(device.describe() if device else {})
        if path == "/terminals.json":
            return self._json(
                [terminal.describe() for terminal in self.server.terminals.values()]
            )
        if match := re.fullmatch(r"/papers/(\d{1,9})\.png", path):
            picture = self.server.store.png(int(match[1]))
            if picture:
                return self._send(picture, "image/png")
        return self._json({"error": "not found"}, 404)

    def do_POST(self):
        if not self._is_local_name():
            return self._json({"error": "wrong host name"}, 403)
        # a foreign web page cannot send JSON without the browser asking us first
        if self.headers.get_content_type() != "application/json":
            return self._json({"error": "send JSON"}, 415)
        action = {
            "/fault": self._set_faults,
            "/swipe": self._swipe,
            "/display": self._plug_display,
            "/scale": self._set_scale,
            "/key": self._press,
        }.get(self.path)
        if action is None:
            return self._json({"error": "not found"}, 404)
        try:
            length = int(self.headers.get("Content-Length") or 0)
            if not 0 < length <= _MAX_BODY:
                raise ValueError("length")
            device = action(json.loads(self.rfile.read(length)))
        except (ValueError, KeyError, TypeError, AttributeError):
            return self._json({"error": "unknown device or value"}, 400)
        return self._json(device.describe())

    def _set_faults(self, values):
        printer = self.server.printers[values.pop("printer", 1)]
        printer.set_faults(values)
        return printer

    def _swipe(self, values):
        reader = self.server.readers[values["reader"]]
        if "number" in values:
            number = values["number"]
            if not 0 < len(number) <= _MAX_NUMBER or not number.isprintable():
                raise ValueError("number")
            reader.swipe(number)
        elif values["unplugged"]:
            reader.unplug()
        else:
            reader.plug_in()
        return reader

    def _plug_display(self, values):
        return self._plug(self.server.display, values)

    def _set_scale(self, values):
        scale = self.server.scale
        if "weight" not in values:
            return self._plug(scale, values)
        weight = values["weight"]
        if isinstance(weight, bool) or not 0 <= weight < 100:
            raise ValueError("weight")
        scale.weight = float(weight)
        return scale

    @staticmethod
    def _plug(device, values):
        if values["unplugged"]:
            device.unplug()
        else:
            device.plug_in()
        return device

    def _press(self, values):
        terminal = self.server.terminals[values["terminal"]]
        terminal.press(values["key"])
        return terminal

    def _is_local_name(self):
        """Refuse foreign host names: DNS rebinding must not reach the switches."""
        if self.server.server_address[0] not in ("127.0.0.1", "::1"):
            return True
        name = (self.headers.get("Host") or "").rpartition(":")[0]
        return name in ("127.0.0.1", "localhost", "[::1]")

    def _json(self, data, status=200):
        body = json.dumps(data).encode()
        return self._send(body, "application/json", status)

    def _send(self, body, content_type, status=200):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Security-Policy", "default-src 'self'")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args):
        """The page asks every second: keep the log readable."""

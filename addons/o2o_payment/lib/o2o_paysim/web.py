"""What modules and server hand to each other, and the HTTP around them."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from o2o_gateway.clock import Clock

from .faults import Fault

_logger = logging.getLogger(__name__)
MAX_BODY = 1024 * 1024
#: how long a slow or silent client is waited for, seconds
_PATIENCE = 30


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    def form(self) -> dict[str, str]:
        """Query and body of a form, together."""
        pairs = parse_qsl(self.query, keep_blank_values=True)
        pairs += parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)
        return dict(pairs)


@dataclass(frozen=True)
class Response:
    body: bytes = b""
    status: int = 200
    content_type: str = "text/html;charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


def page(text: str, status: int = 200) -> Response:
    return Response(text.encode(), status)


def redirect(url: str) -> Response:
    return Response(status=302, headers={"Location": url})


class LostConnection(Exception):
    """The connection ends here, without an answer."""


#: gives the answer; the fault is played by :func:`play`
Handler = Callable[[Request], Response]


def play(fault: Fault | None, work: Callable[[], Response]) -> Response:
    """The answer of ``work`` as the other side gets it.

    :raise LostConnection: it does not
    """
    name = fault.name if fault else ""
    if fault and name == "status":
        return page("<html>busy</html>", int(fault.number("status", 502)))
    if name == "redirect":
        return redirect("https://elsewhere.invalid/")
    if name == "lost_before":
        raise LostConnection
    response = work()
    if not fault:
        return response
    if name == "delay":
        time.sleep(fault.number("seconds", 1))
    elif name == "lost_after":
        raise LostConnection
    elif name == "html":
        return page("<html><body>An error occurred.</body></html>")
    elif name == "empty":
        return Response()
    elif name == "status_after":
        return page("<html>busy</html>", int(fault.number("status", 502)))
    elif name == "truncated":
        return Response(response.body[: len(response.body) // 2])
    return response


class Server(ThreadingHTTPServer):
    """An HTTP server with one handler for everything."""

    daemon_threads = True

    def __init__(self, host: str, port: int, handler: Handler, clock: Clock) -> None:
        super().__init__((host, port), _Connection)
        self.handler = handler
        self.clock = clock

    def handle_error(self, request: Any, client_address: Any) -> None:
        _logger.debug("a client left", exc_info=True)


class _Connection(BaseHTTPRequestHandler):
    server: Server
    timeout = _PATIENCE

    def do_GET(self) -> None:
        self._answer()

    do_POST = do_GET

    def _answer(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > MAX_BODY:
            self.send_error(413)
            return
        parts = urlsplit(self.path)
        request = Request(
            self.command,
            parts.path,
            parts.query,
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(int(length)),
        )
        try:
            response = self.server.handler(request)
        except LostConnection:
            self.close_connection = True
            return
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(response.body)))
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(response.body)

    def date_time_string(self, timestamp: float | None = None) -> str:
        return formatdate(timestamp or self.server.clock().timestamp(), usegmt=True)

    def log_message(self, format: str, *args: Any) -> None:
        # the path only: queries hold numbers of payments
        _logger.debug("%s %s", self.command, urlsplit(self.path).path)

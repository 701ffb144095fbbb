"""A virtual receipt printer: understands ESC/POS over TCP like a real one.

It keeps each paper as text and picture in a folder, answers status questions and can
misbehave on demand, see :class:`Faults`.
"""

import collections
import json
import logging
import os
import socket
import socketserver
import struct
import threading
import time
from dataclasses import asdict, dataclass
from datetime import datetime, timezone

from .decoder import Decoder
from .fonts import FontMissing
from .paper import PaperFeed

_logger = logging.getLogger(__name__)

_KEPT_PAPERS = 300
_REALTIME = ("DLE EOT", "DLE ENQ", "DLE DC4")


@dataclass
class Faults:
    """What is wrong with the printer right now."""

    paper_out: bool = False
    paper_low: bool = False
    cover_open: bool = False
    error: bool = False  # the cutter is stuck
    offline: bool = False
    mute: bool = False  # answers nothing
    unplugged: bool = False  # closes every connection at once
    slow: float = 0.0  # seconds per line
    drop_after: int = 0  # closes one connection after that many bytes

    def update(self, values):
        """Set the given faults; unknown names and wrong types are refused."""
        known = asdict(self)
        for key, value in values.items():
            kind = type(known.get(key))
            if key not in known or (kind is bool and not isinstance(value, bool)):
                raise ValueError(key)
            if isinstance(value, str) or (kind is not bool and not 0 <= value < 1e6):
                raise ValueError(key)
            setattr(self, key, kind(value))

    @property
    def stops_printing(self):
        return self.paper_out or self.cover_open or self.error or self.offline


class PaperStore:
    """Papers in a folder, numbered; survives a restart."""

    def __init__(self, folder):
        self._folder = folder
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True)
        numbers = [int(path.stem) for path in folder.glob("*.json")]
        self._last = max(numbers, default=0)

    def add(self, printer_number, paper):
        """Keep ``paper``; return its number."""
        try:
            picture, problem = paper.png(), ""
        except FontMissing as error:
            picture, problem = None, str(error)
        with self._lock:
            self._last += 1
            number = self._last
            if picture:
                self._write(f"{number}.png", picture)
            record = {
                "id": number,
                "printer": printer_number,
                "printed_at": datetime.now(timezone.utc).isoformat(),  # noqa: UP017
                "text": paper.text(),
                "png": f"/papers/{number}.png" if picture else None,
                "problem": problem,
            }
            self._write(f"{number}.json", json.dumps(record).encode())
            for suffix in ("json", "png"):
                old = self._folder / f"{number - _KEPT_PAPERS}.{suffix}"
                old.unlink(missing_ok=True)
        _logger.info("paper %s on virtual printer %s", number, printer_number)
        return number

    def _write(self, name, data):
        temporary = self._folder / f".{name}.tmp"
        temporary.write_bytes(data)
        os.replace(temporary, self._folder / name)

    def list(self, limit=100):
        """Records of the latest papers, newest first."""
        numbers = sorted(
            (int(path.stem) for path in self._folder.glob("*.json")), reverse=True
        )
        return [
            json.loads((self._folder / f"{number}.json").read_text())
            for number in numbers[:limit]
        ]

    def png(self, number):
        """The picture of a paper, or ``None``."""
        path = self._folder / f"{number}.png"
        return path.read_bytes() if path.is_file() else None


class VirtualPrinter:
    """One printer on one TCP port. ``port=0`` takes any free port."""

    def __init__(self, number, store, width=80, host="127.0.0.1", port=0):
        self.number = number
        self.width = width
        self.faults = Faults()
        self.cuts = 0
        self._store = store
        self._feed = PaperFeed(width, self._on_cut)
        self._queue = collections.deque()
        self._changed = threading.Condition()
        self._is_stopped = False
        self._server = _Server((host, port), _Session)
        self._server.printer = self
        self.host, self.port = self._server.server_address[:2]
        self._threads = [
            threading.Thread(
                target=self._server.serve_forever, args=(0.1,), daemon=True
            ),
            threading.Thread(target=self._work, daemon=True),
        ]

    def start(self):
        for thread in self._threads:
            thread.start()
        return self

    def stop(self):
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()
        self._server.shutdown()
        self._server.server_close()

    def describe(self):
        """State for the page."""
        return {
            "number": self.number,
            "port": self.port,
            "width": self.width,
            "cuts": self.cuts,
            "waiting": len(self._queue),
            "faults": asdict(self.faults),
        }

    def set_faults(self, values):
        """Change faults; ``reset`` empties the buffer like a power cut."""
        values = dict(values)
        with self._changed:
            if values.pop("reset", False):
                self._queue.clear()
                self._feed = PaperFeed(self.width, self._on_cut)
            self.faults.update(values)
            self._changed.notify_all()

    # -- called by sessions --

    def receive(self, commands, reply):
        """Take commands of one connection; real-time ones overtake the buffer."""
        for command in commands:
            if command.name in _REALTIME:
                if command.name == "DLE EOT":
                    reply(bytes([self._realtime_status(command.args[0])]))
                continue
            with self._changed:
                self._queue.append((command, reply))
                self._changed.notify_all()

    def _realtime_status(self, kind):
        faults = self.faults
        if kind == 1:
            return 0x12 | (0x08 if faults.stops_printing else 0)
        if kind == 2:
            cover = 0x04 if faults.cover_open else 0
            paper = 0x20 if faults.paper_out else 0
            return 0x12 | cover | paper | (0x40 if faults.error else 0)
        if kind == 4:
            near_end = faults.paper_low or faults.paper_out
            return 0x12 | (0x0C if near_end else 0) | (0x60 if faults.paper_out else 0)
        return 0x12

    # -- the mechanism --

    def _work(self):
        while True:
            with self._changed:
                while not self._is_stopped and (
                    not self._queue or self.faults.stops_printing
                ):
                    self._changed.wait(0.5)
                if self._is_stopped:
                    return
                command, reply = self._queue.popleft()
                feed = self._feed
            if command.name == "LF" and self.faults.slow:
                time.sleep(self.faults.slow)
            self._execute(feed, command, reply)

    def _execute(self, feed, command, reply):
        if command.name == "GS r":
            paper = 0x0C if self.faults.paper_low else 0
            reply(bytes([paper if command.args[0] in (1, 49) else 0]))
        elif command.name == "GS g" and command.args[:1] == b"2":
            reply(b"\x5f" + str(self.cuts).encode() + b"\x00")
        elif command.name == "GS (" and command.args[:3] == b"H\x06\x00":
            # function 48: the name of a process, told when printing has ended
            if command.args[3:5] == b"00":
                reply(b"7\x22" + command.args[5:9] + b"\x00")
        elif command.name == "GS I":
            reply(b"\x20")
        else:
            feed.execute(command)

    def _on_cut(self, paper):
        self.cuts += 1
        self._store.add(self.number, paper)


class _Session(socketserver.BaseRequestHandler):
    def handle(self):
        printer = self.server.printer
        decoder = Decoder()
        received = 0
        if printer.faults.unplugged:
            return self._abort()
        while True:
            try:
                data = self.request.recv(4096)
            except OSError:
                return None
            if not data or printer.faults.unplugged:
                return None
            limit = printer.faults.drop_after
            received += len(data)
            is_dropped = limit and received > limit
            if is_dropped:
                data = data[: max(len(data) - (received - limit), 0)]
                printer.set_faults({"drop_after": 0})
            printer.receive(decoder.feed(data), self._reply)
            if is_dropped:
                return self._abort()

    def _reply(self, data):
        if self.server.printer.faults.mute:
            return
        try:
            self.request.sendall(data)
        except OSError:
            _logger.debug("the client went away before the answer")

    def _abort(self):
        """Close with a reset, as a pulled cable looks to the other side."""
        linger = struct.pack("ii", 1, 0)
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.request.close()


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request, client_address):
        _logger.debug("session of %s ended", client_address, exc_info=True)

    def shutdown_request(self, request):
        try:
            super().shutdown_request(request)
        except OSError:
            request.close()

"""The store of the soak: a faithful server and devices without metal, all of them here.

The box is a process of its own and the only thing that is measured. The server is the
stand-in of the box's own tests, with the bus beside it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import random
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from box_helpers import FakeServer

from o2o_box.paper import Paper
from o2o_box.terminal.simulator import Simulator
from o2o_box.vdisplay import VirtualDisplay
from o2o_box.vport import VirtualPort
from o2o_box.vprinter import VirtualPrinter
from o2o_box.vscale import VirtualScale
from o2o_box.wake import MESSAGE

from .box_process import ADDON

BOX_PROCESS = Path(__file__).with_name("box_process.py")
WIDTHS = (80, 58)
#: what a terminal may take to answer; a lost answer costs so much
ANSWER_SECONDS = 0.5
PATIENCE_SECONDS = 90
#: after that long a customer swipes again
SWIPE_SECONDS = 5
FINAL = {"printed", "failed", "unknown", "expired", "cancelled"}
INI = """
[server]
url = {url}
[box]
state_dir = {state}
pairing_code = CODE2345
fallback_seconds = 0.5
[scale]
device = {scale}
http_port = {scale_port}
[till]
http_port = {till_port}
[reader stripe]
kind = magnetic
device = {stripe}
[reader chip]
kind = chip
device = {chip}
[reader scanner]
kind = barcode
device = {scanner}
"""
TILL_KEY = "key of the till"
_MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class StoreServer(FakeServer):
    """The two routes of the box and the bus that wakes it."""

    def __init__(self) -> None:
        self.lines: list[socket.socket] = []
        self._number = 0
        super().__init__()

    def sync(self, data: dict[str, Any], token: str) -> tuple[int, dict[str, Any]]:
        status, answer = super().sync(data, token)
        # it is asked for days: what was seen is kept once
        del self.syncs[:-1], self.history[:]
        return status, {**answer, "channel": "soak"}

    def wake(self) -> None:
        self._number += 1
        notice = {"id": self._number, "message": {"type": MESSAGE, "payload": {}}}
        body = json.dumps([notice]).encode()
        for line in list(self.lines):
            with suppress(OSError):
                line.sendall(b"\x81" + bytes([len(body)]) + body)

    def hang_up(self) -> None:
        """As when the server is started again."""
        for line in list(self.lines):
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def _handler(self) -> type:
        server = self

        class Handler(super()._handler()):  # type: ignore[misc]
            def do_GET(self) -> None:
                key = self.headers["Sec-WebSocket-Key"] + _MAGIC
                digest = hashlib.sha1(key.encode()).digest()  # noqa: S324
                accept = base64.b64encode(digest).decode()
                self.wfile.write(
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                    f"Connection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
                    "".encode()
                )
                server.lines.append(self.connection)
                with suppress(OSError):
                    self._listen()
                server.lines.remove(self.connection)

            def _listen(self) -> None:
                """Read until the box goes; answer its pings."""
                while header := self.rfile.read(2):
                    opcode, size = header[0] & 15, header[1] & 127
                    if size == 126:
                        size = int.from_bytes(self.rfile.read(2), "big")
                    mask, body = self.rfile.read(4), self.rfile.read(size)
                    if opcode == 8:
                        return
                    if opcode == 9:
                        plain = bytes(b ^ mask[i % 4] for i, b in enumerate(body))
                        self.connection.sendall(b"\x8a" + bytes([size]) + plain)

        return Handler


class Papers:
    """Which slips came out, not the papers themselves: this side runs for days too."""

    def __init__(self) -> None:
        self.slips: Counter[str] = Counter()

    def add(self, _printer_number: int, paper: Paper) -> None:
        for line in paper.text().splitlines():
            if line.startswith("END "):
                self.slips[line[4:]] += 1


class Store:
    """The devices, the server and the box of one store.

    :param options: of the box's process, see ``box_process.py``
    """

    def __init__(self, folder: Path, options: list[str], seed: int) -> None:
        self.folder = folder
        self.chance = random.Random(seed)
        self.papers = Papers()
        self.server = StoreServer()
        self.printers = [
            VirtualPrinter(index + 1, self.papers, width).start()
            for index, width in enumerate(WIDTHS)
        ]
        self.ports = {
            name: VirtualPort(folder / "dev" / name)
            for name in ("stripe", "chip", "scanner")
        }
        self.display = VirtualDisplay(folder / "dev" / "display").start()
        self.scale = VirtualScale(folder / "dev" / "scale").start()
        self.scale_port, self.till_port = _free_port(), _free_port()
        self.simulator = Simulator()
        self.server.printers = [
            {
                "id": printer.number,
                "name": f"Printer {printer.number}",
                "width": printer.width,
                "connection": "network",
                "host": printer.host,
                "port": printer.port,
                "device": "",
                "baudrate": 9600,
            }
            for printer in self.printers
        ]
        self.server.terminals = [
            {
                "id": 3,
                "name": "Counter",
                "connection": "tcp",
                "host": "127.0.0.1",
                "port": self.simulator.start_tcp(),
                "answer_seconds": ANSWER_SECONDS,
                "pos_no": "T1",
            }
        ]
        self.server.tills = [
            {
                "id": 5,
                "key_hash": hashlib.sha256(TILL_KEY.encode()).hexdigest(),
                "printer_id": 1,
                "readers": list(self.ports),
            }
        ]
        self.show("", "")
        self.state = folder / "state"
        config = folder / "box.ini"
        config.write_text(
            INI.format(
                url=self.server.url,
                state=self.state,
                scale=self.scale.path,
                scale_port=self.scale_port,
                till_port=self.till_port,
                **{name: port.path for name, port in self.ports.items()},
            ),
            encoding="utf-8",
        )
        with (folder / "box.log").open("ab") as log:
            self.box = subprocess.Popen(
                [sys.executable, BOX_PROCESS, "--config", config, *options],
                stdout=log,
                stderr=log,
            )

    def close(self) -> None:
        self.box.terminate()
        try:
            self.box.wait(20)
        except subprocess.TimeoutExpired:
            self.box.kill()
            self.box.wait(20)
        for printer in self.printers:
            printer.stop()
        for port in self.ports.values():
            port.unplug()
        self.display.stop()
        self.scale.stop()
        self.simulator.stop()
        self.server.hang_up()
        self.server.stop()

    # -- what a day is made of --

    def show(self, *lines: str) -> None:
        """What the customer display says; its port changes with each plugging in."""
        device = os.readlink(self.display.path)
        self.server.displays = [
            {
                "id": 4,
                "connection": "serial",
                "device": device,
                "baudrate": 9600,
                "lines": list(lines),
            }
        ]
        self.server.wake()

    def queue(self, jobs: list[dict[str, Any]]) -> None:
        self.server.jobs = [*self.server.jobs, *jobs]
        self.server.wake()

    def wait_printed(self) -> Counter[str]:
        """Until each slip has an outcome; how many had which."""
        states = self.server.states
        uids = [job["uid"] for job in self.server.jobs]
        self.wait(lambda: all(states.get(uid) in FINAL for uid in uids), "slips")
        self.server.jobs = []
        return Counter(states.pop(uid) for uid in uids)

    def swipe(self, reader: str, text: str) -> int:
        """How often it was swiped until it reached the server."""
        self.server.events.clear()
        times = 0
        again_at = 0.0

        def is_read() -> bool:
            nonlocal times, again_at
            if not self.server.events and time.monotonic() > again_at:
                # a reader that is just being plugged in again reads nothing
                self.ports[reader].send(f"{text}\r".encode())
                times, again_at = times + 1, time.monotonic() + SWIPE_SECONDS
            return bool(self.server.events)

        self.wait(is_read, f"a swipe at {reader}")
        return times

    def sell(self, uid: str, fault: str = "") -> str:
        """A card sale; an unknown one is asked for. Its final state."""
        results = self.server.terminal_results
        if fault:
            self.simulator.fault(fault)
        self._ask(uid, "begin")
        self.wait(lambda: _state(results, uid) not in ("", "pending"), "a sale")
        if _state(results, uid) == "unknown":
            self._ask(uid, "resolve")
            self.wait(lambda: _state(results, uid) != "unknown", "an answer")
        self.server.terminal_requests = []
        return _state(results, uid)

    def _ask(self, uid: str, action: str) -> None:
        self.server.terminal_requests = [
            {
                "terminal_id": 3,
                "uid": uid,
                "action": action,
                "op": "sale",
                "amount_fen": 8800,
                "expires_in": 600,
            }
        ]
        self.server.wake()

    def weigh(self) -> float | None:
        """What the weighing screen is told, in kilograms; nothing from no scale."""
        answer = self._call(self.scale_port, "hw_proxy/scale_read", {"id": 1})
        return answer.get("result", {}).get("weight")

    def print_beside(self, document: dict[str, Any]) -> str:
        """A sale slip straight from the till, as without internet; its state."""
        data = {"uid": f"sale-{uuid.uuid4()}", "document": document}
        return str(self._call(self.till_port, "o2o/till/1/print", data)["state"])

    def _call(self, port: int, path: str, data: dict[str, Any]) -> dict[str, Any]:
        """As a page of the till calls the box."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/{path}",
            json.dumps(data).encode(),
            {
                "Content-Type": "application/json",
                "Origin": self.server.url,
                "Authorization": f"Bearer {TILL_KEY}",
            },
        )
        with urllib.request.urlopen(request, timeout=15) as answer:
            return dict(json.load(answer))

    # -- at rest --

    def wait(self, condition: Callable[[], object], what: str) -> None:
        limit = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            if self.box.poll() is not None:
                raise RuntimeError(f"the box ended, see {self.folder / 'box.log'}")
            if time.monotonic() > limit:
                raise TimeoutError(f"{what}: waited {PATIENCE_SECONDS} s in vain")
            time.sleep(0.005)

    def settle(self) -> None:
        """Until every device is back and nothing is under way."""

        wake_at = 0.0

        def is_calm() -> bool:
            nonlocal wake_at
            if time.monotonic() > wake_at:
                wake_at = time.monotonic() + 0.5
                self.server.wake()
            [news] = self.server.syncs or [None]
            return bool(
                news
                and not news["acks"]
                and not news["holding"]
                and len(news["printers"]) == len(self.printers)
                and all(each["status"] == "online" for each in news["printers"])
                and all(each["is_online"] for each in news["readers"])
                and [each["is_online"] for each in news["displays"]] == [True]
                and [each["state"] for each in news["terminals"]] == ["idle"]
                and self.server.lines
            )

        self.wait(is_calm, "the store to be at rest")
        # connections of the last exchange are closed a moment later
        time.sleep(0.3)

    def rows(self) -> dict[str, int]:
        """What the box keeps on its disk: rows, and bytes of the files."""
        found = {}
        for name, table in (("spool", "job"), ("terminal-3", "tx")):
            path = self.state / f"{name}.db"
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
                [[found[table]]] = db.execute(f"SELECT COUNT(*) FROM {table}")
        found["bytes"] = sum(path.stat().st_size for path in self.state.glob("*.db*"))
        return found


def _state(results: dict[str, Any], uid: str) -> str:
    return results[uid]["state"] if uid in results else ""


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        return int(probe.getsockname()[1])


def after(seconds: float, action: Callable[[], object]) -> threading.Thread:
    """Do something a little later, while the work goes on."""
    timer = threading.Timer(seconds, action)
    timer.daemon = True
    timer.start()
    return timer


__all__ = ["ADDON", "Store", "after"]

"""Open tills, as far as the bus notices them: one websocket each."""

from __future__ import annotations

import json
import random
import selectors
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import websocket

#: the policy of Odoo's own worker, in seconds (bus/static/src/workers)
FIRST_DELAY, GROWTH, JITTER, LONGEST = 1.0, 1.5, 1.0, 60.0


@dataclass(frozen=True)
class Heard:
    till: int
    kind: str
    payload: dict[str, Any]
    at: float


@dataclass
class Till:
    store: int
    id: int
    channel: str
    line: websocket.WebSocket | None = None
    #: times the server did not let it in, and times it was let in and then put out
    refusals: int = 0
    closures: int = 0
    last: int = 0


@dataclass
class Tills:
    """All of them, read by one thread."""

    address: str
    origin: str
    cookie: str
    tills: list[Till]
    heard: list[Heard] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.news = threading.Condition()
        self.selector = selectors.DefaultSelector()
        self.is_closing = False
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    # opening and closing

    def open(self, spread: float = 5.0, deadline: float = 120.0) -> None:
        """Each at a random moment, again as a browser would when refused."""
        for thread in self._start(lambda: random.uniform(0, spread), deadline):
            thread.join()

    def reconnect(self, deadline: float = 60.0) -> None:
        """All lines were cut in the same moment: begin what browsers do then.

        Who is back hears what was sent meanwhile.
        """
        for till in self.tills:
            till.refusals = till.closures = 0
        self._start(self._first_delay, deadline)

    def cut(self) -> None:
        for till in self.tills:
            self._drop(till, till.line)

    def close(self) -> None:
        self.is_closing = True
        self.cut()
        self.reader.join(5)

    @staticmethod
    def _first_delay() -> float:
        return FIRST_DELAY * GROWTH + random.uniform(0, JITTER)

    def _start(
        self, first_delay: Callable[[], float], deadline: float
    ) -> list[threading.Thread]:
        end = time.monotonic() + deadline
        threads = [
            threading.Thread(
                target=self._come_in, args=(till, first_delay(), end), daemon=True
            )
            for till in self.tills
        ]
        for thread in threads:
            thread.start()
        return threads

    def _come_in(self, till: Till, delay: float, end: float) -> None:
        while time.monotonic() < end and not self.is_closing:
            time.sleep(delay)
            try:
                self._connect(till)
            except (OSError, websocket.WebSocketException):
                till.refusals += 1
                delay = min(max(delay, FIRST_DELAY) * GROWTH, LONGEST)
                delay += random.uniform(0, JITTER)
            else:
                return

    def _connect(self, till: Till) -> None:
        line = websocket.create_connection(
            f"{self.address}/websocket",
            origin=self.origin,
            cookie=self.cookie,
            timeout=30,
        )
        data = {"channels": [till.channel], "last": till.last}
        line.send(json.dumps({"event_name": "subscribe", "data": data}))
        till.line = line
        self.selector.register(line.sock, selectors.EVENT_READ, till)

    def _drop(self, till: Till, line: websocket.WebSocket | None) -> bool:
        """Give up a line; whether it was still the till's own."""
        if line is None or till.line is not line:
            return False
        till.line = None
        try:
            self.selector.unregister(line.sock)
            line.close(timeout=0)
        except (KeyError, ValueError, OSError, websocket.WebSocketException):
            pass
        return True

    def _lose(self, till: Till, line: websocket.WebSocket) -> None:
        """The server closed the line: a browser comes back."""
        if self._drop(till, line) and not self.is_closing:
            till.closures += 1
            threading.Thread(
                target=self._come_in,
                args=(till, self._first_delay(), time.monotonic() + 60),
                daemon=True,
            ).start()

    # reading

    def _read(self) -> None:
        while not self.is_closing:
            if not self.selector.get_map():
                time.sleep(0.01)
                continue
            for key, _events in self.selector.select(timeout=0.1):
                self._read_one(key.data)

    def _read_one(self, till: Till) -> None:
        line = till.line
        if line is None:
            return
        try:
            opcode, frame = line.recv_data_frame(control_frame=True)
        except (OSError, websocket.WebSocketException):
            self._lose(till, line)
            return
        if opcode == websocket.ABNF.OPCODE_CLOSE:
            self._lose(till, line)
            return
        if opcode != websocket.ABNF.OPCODE_TEXT:
            return
        now = time.monotonic()
        with self.news:
            for item in json.loads(frame.data):
                till.last = max(till.last, item["id"])
                kind = item["message"]["type"].removeprefix(f"{till.channel}-")
                payload = item["message"]["payload"]
                self.heard.append(Heard(till.id, kind, payload, now))
            self.news.notify_all()

    def wait(
        self,
        wanted: Iterable[int],
        is_it: Callable[[Heard], bool],
        seconds: float,
    ) -> dict[int, float]:
        """When each of the tills heard it; without those that did not in time."""
        missing = set(wanted)
        found: dict[int, float] = {}
        end = time.monotonic() + seconds
        position = 0
        with self.news:
            while missing:
                for heard in self.heard[position:]:
                    if heard.till in missing and is_it(heard):
                        found[heard.till] = heard.at
                        missing.discard(heard.till)
                position = len(self.heard)
                left = end - time.monotonic()
                if not missing or left <= 0:
                    break
                self.news.wait(left)
        return found

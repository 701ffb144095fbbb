"""Progress that a person can follow, and a journal of what was under way."""

from __future__ import annotations

import contextlib
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, TextIO

from .files import write_atomic


class Journal:
    """Which steps finished and which was cut off.

    The truth about a step is the thing it makes (a folder, a database), never this
    file: it tells the user and the doctor where an earlier run stopped.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()

    def read(self) -> dict[str, Any]:
        try:
            data = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return data if isinstance(data, dict) else {}

    def _note(self, title: str, entry: dict[str, Any]) -> None:
        with self._lock:
            data = self.read()
            data[title] = entry
            write_atomic(self.path, json.dumps(data, indent=1, ensure_ascii=False))

    def begin(self, title: str) -> None:
        self._note(title, {"began": _now()})

    def finish(self, title: str, seconds: float) -> None:
        self._note(title, {"finished": _now(), "seconds": round(seconds, 1)})

    def interrupted(self) -> list[str]:
        """Steps that began and never finished."""
        return [title for title, entry in self.read().items() if "began" in entry]

    def forget(self, titles: list[str]) -> None:
        with self._lock:
            data = self.read()
            for title in titles:
                data.pop(title, None)
            write_atomic(self.path, json.dumps(data, indent=1, ensure_ascii=False))


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")


def duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60:02d} s"


class Progress:
    """Prints each step with its time; on a terminal also what is running now."""

    def __init__(
        self, stream: TextIO | None = None, journal: Journal | None = None
    ) -> None:
        self.stream = stream or sys.stdout
        self.journal = journal
        self.started = time.monotonic()
        self._active: dict[str, tuple[float, Callable[[], str] | None]] = {}
        self._lock = threading.RLock()
        self._live = self.stream.isatty()
        self._ticker: threading.Thread | None = None

    def say(self, text: str = "") -> None:
        with self._lock:
            self._clear()
            print(text, file=self.stream, flush=True)

    @contextlib.contextmanager
    def step(
        self, title: str, detail: Callable[[], str] | None = None
    ) -> Iterator[None]:
        """Announce `title`, run the block, print how long it took.

        :param detail: asked now and then for a few words on how far it is
        """
        start = time.monotonic()
        with self._lock:
            self._active[title] = (start, detail)
            if not self._live:
                self.say(f"  .. {title}")
            elif self._ticker is None:
                self._ticker = threading.Thread(target=self._tick, daemon=True)
                self._ticker.start()
        if self.journal:
            self.journal.begin(title)
        try:
            yield
        except BaseException:
            with self._lock:
                self._active.pop(title, None)
                self.say(f"  !! {title}  (stopped after {self._since(start)})")
            raise
        with self._lock:
            self._active.pop(title, None)
            self.say(f"  ok {title}  ({self._since(start)})")
        if self.journal:
            self.journal.finish(title, time.monotonic() - start)

    def elapsed(self) -> str:
        return duration(time.monotonic() - self.started)

    @staticmethod
    def _since(start: float) -> str:
        return duration(time.monotonic() - start)

    def _clear(self) -> None:
        if self._live:
            self.stream.write("\r\x1b[K")

    def _tick(self) -> None:
        while True:
            time.sleep(0.5)
            with self._lock:
                if not self._active:
                    continue
                parts = []
                for title, (start, detail) in self._active.items():
                    more = detail() if detail else ""
                    parts.append(
                        f"{title} {self._since(start)}" + (f" {more}" if more else "")
                    )
                self._clear()
                self.stream.write(("  .. " + " | ".join(parts))[:110])
                self.stream.flush()

"""The simulator's time, which tests move forward."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone


class SimClock:
    """Runs like the real clock, ahead of it by what it was advanced."""

    def __init__(self, start: datetime | None = None) -> None:
        self._offset = (start - datetime.now(timezone.utc)) if start else timedelta()
        #: notified when time jumps
        self.jumped = threading.Condition()

    def __call__(self) -> datetime:
        return datetime.now(timezone.utc) + self._offset

    def advance(self, seconds: float) -> None:
        with self.jumped:
            self._offset += timedelta(seconds=seconds)
            self.jumped.notify_all()

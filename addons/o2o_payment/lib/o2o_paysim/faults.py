"""What goes wrong, where, and how often."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

#: faults of any call, played by the server around the gateway's own work
TRANSPORT = (
    "lost_before",  # the connection ends, nothing was done
    "lost_after",  # done, but the answer is lost
    "delay",  # the answer comes after ``seconds``
    "html",  # done, but a page of some proxy comes back
    "truncated",  # done, but the answer ends in the middle
    "empty",  # done, but the answer is empty
    "status",  # nothing done, an HTTP status (``status``, 502 by default)
    "status_after",  # done, but an HTTP status comes back
    "redirect",  # nothing done, 302 to somewhere else
)
#: faults of a notification
NOTIFY = (
    "drop",  # never sent, not even again
    "duplicate",  # sent ``times`` times (5)
    "together",  # sent ``times`` times at once (8)
    "late",  # sent after ``seconds`` of the simulator's time
    "tampered",  # the amount changed after signing
    "wrong_amount",  # signed by the gateway, with another amount
    "wrong_merchant",  # signed by the gateway, for somebody else
    "wrong_key",  # signed with another key
    "unsigned",  # no signature
)


@dataclass(frozen=True)
class Fault:
    """One fault; ``more`` holds its numbers (``seconds``, ``times``, ``status``)."""

    name: str
    more: dict[str, float] = field(default_factory=dict)

    def number(self, name: str, default: float) -> float:
        return self.more.get(name, default)


class Faults:
    """Faults that wait for their route; ``*`` is any route. First in, first out."""

    def __init__(self) -> None:
        self._waiting: list[tuple[str, Fault]] = []
        self._lock = threading.Lock()

    def add(self, route: str, name: str, times: int = 1, **more: float) -> None:
        with self._lock:
            self._waiting += [(route, Fault(name, more))] * times

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def take(self, route: str, among: tuple[str, ...] | None = None) -> Fault | None:
        """The next fault of ``route``, if there is one (of these names)."""
        with self._lock:
            for place, (where, fault) in enumerate(self._waiting):
                if where in (route, "*") and (among is None or fault.name in among):
                    del self._waiting[place]
                    return fault
        return None

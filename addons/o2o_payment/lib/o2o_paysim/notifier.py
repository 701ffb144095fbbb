"""Sends notifications, again and again until they are acknowledged."""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import requests

from .clock import SimClock

_logger = logging.getLogger(__name__)
_TIMEOUT = 5


@dataclass(frozen=True)
class Letter:
    """One notification and when it counts as taken."""

    url: str
    body: bytes
    content_type: str
    is_taken: Callable[[int, bytes], bool]
    #: seconds between the tries
    intervals: Sequence[float]
    #: more headers, made for each try: they may hold the time and a signature
    headers: Callable[[], Mapping[str, str]] = dict


class Notifier:
    """A thread with a list of letters, by the simulator's time."""

    def __init__(self, clock: SimClock) -> None:
        self._clock = clock
        self._due: list[tuple[datetime, int, Letter, int]] = []
        self._order = itertools.count()
        self._is_running = True
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def send(self, letter: Letter, after: float = 0) -> None:
        self._put(letter, self._clock() + timedelta(seconds=after), 0)

    def send_together(self, letter: Letter, times: int) -> None:
        """The same letter ``times`` times at once, and not again."""
        threads = [
            threading.Thread(target=self._post, args=(letter,)) for _ in range(times)
        ]
        for thread in threads:
            thread.start()

    def stop(self) -> None:
        with self._clock.jumped:
            self._is_running = False
            self._clock.jumped.notify_all()
        self._thread.join(_TIMEOUT * 2)

    def _put(self, letter: Letter, when: datetime, tries: int) -> None:
        with self._clock.jumped:
            heapq.heappush(self._due, (when, next(self._order), letter, tries))
            self._clock.jumped.notify_all()

    def _work(self) -> None:
        while found := self._next():
            letter, tries = found
            # before it is sent: time may jump while somebody takes it
            sent_at = self._clock()
            if not self._post(letter) and tries < len(letter.intervals):
                again = sent_at + timedelta(seconds=letter.intervals[tries])
                self._put(letter, again, tries + 1)

    def _next(self) -> tuple[Letter, int] | None:
        """The next letter when it is due; None at the end."""
        with self._clock.jumped:
            while self._is_running:
                wait = None
                if self._due:
                    wait = (self._due[0][0] - self._clock()).total_seconds()
                    if wait <= 0:
                        _when, _order, letter, tries = heapq.heappop(self._due)
                        return letter, tries
                self._clock.jumped.wait(wait)
        return None

    def _post(self, letter: Letter) -> bool:
        try:
            response = requests.post(
                letter.url,
                data=letter.body,
                headers={"Content-Type": letter.content_type, **letter.headers()},
                timeout=_TIMEOUT,
                allow_redirects=False,
            )
        except requests.RequestException:
            _logger.info("a notification found nobody")
            return False
        return letter.is_taken(response.status_code, response.content)

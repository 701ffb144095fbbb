"""Requests that are sent by a clock: a slow server gets no more time than a quick one.

Each is measured from the moment it was planned for, so one that had to wait for a free
sender, or for the answers before it, counts with that wait.
"""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

from .gateways import Letter

TIMEOUT = 30
SENDERS = 64


@dataclass(frozen=True)
class Delivery:
    """A notification that was sent once."""

    letter: Letter
    #: by the clock of ``time.monotonic``
    planned_at: float
    answered_at: float
    #: 0 when there was no answer
    status: int

    @property
    def is_acknowledged(self) -> bool:
        return self.status in (200, 204)

    @property
    def milliseconds(self) -> float:
        return (self.answered_at - self.planned_at) * 1000


def deliver(letter: Letter, planned_at: float) -> Delivery:
    """Over a connection of its own, as gateways send from many machines."""
    parts = urlsplit(letter.url)
    connection = http.client.HTTPConnection(
        parts.hostname or "", parts.port, timeout=TIMEOUT
    )
    try:
        connection.request("POST", parts.path, letter.body, letter.headers)
        answer = connection.getresponse()
        answer.read()
        status = answer.status
    except (OSError, http.client.HTTPException):
        status = 0
    finally:
        connection.close()
    return Delivery(letter, planned_at, time.monotonic(), status)


def send_by_clock(
    letters: Sequence[Letter],
    per_second: float,
    tell: Callable[[Delivery], None] = lambda _delivery: None,
) -> list[Delivery]:
    """One letter after the other, at even distances.

    :param tell: called with each delivery, in the thread of its sender
    """

    def work(letter: Letter, planned_at: float) -> Delivery:
        delivery = deliver(letter, planned_at)
        tell(delivery)
        return delivery

    begin = time.monotonic() + 0.1
    with ThreadPoolExecutor(SENDERS) as pool:
        sent: list[Future[Delivery]] = []
        for number, letter in enumerate(letters):
            planned_at = begin + number / per_second
            time.sleep(max(0.0, planned_at - time.monotonic()))
            sent.append(pool.submit(work, letter, planned_at))
        return [future.result() for future in sent]

"""Measuring two systems side by side so that the machine's noise cancels out.

Ours and stock take turns, and who goes first alternates: a slow moment hits both. The
ratio is the median of the rounds' own ratios, not a ratio of two far-apart times.

Where other work keeps the processors busy, even that tells about the neighbours, not
about us. CPU seconds do not wait in a queue, so then they are what is judged.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

OURS, STOCK = "ours", "stock"
# stock Odoo on a quiet machine computes for most of the time that it takes
QUIET_SHARE = 0.7


@dataclass
class Reading:
    """One system's readings of one operation."""

    seconds: list[float] = field(default_factory=list)
    queries: list[int] = field(default_factory=list)
    cpu_seconds: float = 0.0

    @property
    def milliseconds(self) -> float:
        return statistics.median(self.seconds) * 1000

    @property
    def query_count(self) -> int:
        return round(statistics.median(self.queries)) if self.queries else 0

    @property
    def cpu_milliseconds(self) -> float:
        return self.cpu_seconds / len(self.seconds) * 1000


@dataclass
class Comparison:
    """Both systems' readings of one operation, taken in turns."""

    name: str
    goal: float
    ours: Reading
    stock: Reading

    @property
    def wall_ratio(self) -> float:
        pairs = zip(self.ours.seconds, self.stock.seconds, strict=True)
        return statistics.median(mine / theirs for mine, theirs in pairs)

    @property
    def cpu_ratio(self) -> float:
        stock = self.stock.cpu_milliseconds
        return self.ours.cpu_milliseconds / stock if stock else 0.0

    @property
    def is_quiet(self) -> bool:
        """Whether stock Odoo had the processor when it wanted it.

        Also true when its CPU time is unknown: a database server on another machine.
        """
        share = self.stock.cpu_seconds / sum(self.stock.seconds)
        return share >= QUIET_SHARE or not self.stock.cpu_seconds

    @property
    def ratio(self) -> float:
        """What is judged: elapsed time on a quiet machine, CPU time on a busy one."""
        return self.wall_ratio if self.is_quiet else self.cpu_ratio

    @property
    def is_held(self) -> bool:
        return self.ratio <= self.goal


@dataclass(frozen=True)
class Side:
    """What is measured on one system: the operation, and what it cost the server.

    :param prepare: done before each operation and not measured
    :param operate: measured
    :param queries: SQL statements of the requests since it was last asked
    :param cpu: CPU seconds that server and database have used so far
    """

    operate: Callable[[], object]
    prepare: Callable[[], object] = lambda: None
    queries: Callable[[], int] = lambda: 0
    cpu: Callable[[], float] = lambda: 0.0


def measure_once(side: Side, reading: Reading | None) -> None:
    side.prepare()
    side.queries()
    cpu = side.cpu()
    start = time.perf_counter()
    side.operate()
    seconds = time.perf_counter() - start
    if reading is not None:
        reading.cpu_seconds += side.cpu() - cpu
        reading.queries.append(side.queries())
        reading.seconds.append(seconds)


def compare(
    name: str,
    sides: Mapping[str, Side],
    *,
    rounds: int,
    warmup: int,
    goal: float,
) -> Comparison:
    """Interleaved rounds; the first `warmup` of them fill caches and do not count."""
    readings = {OURS: Reading(), STOCK: Reading()}
    for number in range(warmup + rounds):
        order = (OURS, STOCK) if number % 2 else (STOCK, OURS)
        for who in order:
            measure_once(sides[who], readings[who] if number >= warmup else None)
    return Comparison(name, goal, readings[OURS], readings[STOCK])

"""One system's times, many of them: the median and the 95th percentile."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from .timing import QUIET_SHARE


@dataclass
class Samples:
    """Times of one operation, by the clock and by the processor, in seconds."""

    name: str
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    queries: list[int] = field(default_factory=list)

    @property
    def is_quiet(self) -> bool:
        """Whether the processor was there when it was wanted."""
        return sum(self.cpu) >= QUIET_SHARE * sum(self.wall)

    def percentile(self, percent: int, *, cpu: bool = False) -> float:
        """Milliseconds that so many percent of the operations stay within."""
        values = sorted(self.cpu if cpu else self.wall)
        # the smallest value that at least so many percent do not exceed
        rank = -(-percent * len(values) // 100)
        return values[max(rank, 1) - 1] * 1000

    def judged(self, percent: int) -> float:
        """Milliseconds by the clock on a quiet machine, else of the processor."""
        return self.percentile(percent, cpu=not self.is_quiet)

    @property
    def query_count(self) -> int:
        return round(statistics.median(self.queries)) if self.queries else 0


def take(
    name: str,
    operations: Iterable[Callable[[], object]],
    *,
    warmup: int,
    cpu: Callable[[], float],
    queries: Callable[[], int] = lambda: 0,
) -> Samples:
    """Time each operation; the first `warmup` of them do not count."""
    samples = Samples(name)
    for number, operate in enumerate(operations):
        queries()
        used, start = cpu(), time.perf_counter()
        operate()
        seconds = time.perf_counter() - start
        if number >= warmup:
            samples.wall.append(seconds)
            samples.cpu.append(cpu() - used)
            samples.queries.append(queries())
    return samples

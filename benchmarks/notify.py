"""Notifications of payments: how long until acknowledged, until applied, after a kill.

    ./o2o bench notify [--scale small|full]

Three gateways tell, mixed and signed with the simulator's keys, of payments of distinct
orders; a tenth of what is sent was sent before. Two worker processes and two for jobs;
they, PostgreSQL, the simulator and the sender share the processors of this machine.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from benchmarks.bell import percentile, show  # noqa: E402
from benchmarks.lib import report  # noqa: E402
from benchmarks.lib.bench import Bench, parse_arguments  # noqa: E402
from benchmarks.lib.gateways import Gateways, Letter, shop_script  # noqa: E402
from benchmarks.lib.open_loop import Delivery, deliver, send_by_clock  # noqa: E402
from benchmarks.lib.server import BenchServer  # noqa: E402
from benchmarks.lib.timing import OURS  # noqa: E402
from benchmarks.lib.worker import Worker  # noqa: E402
from o2o_cli import ports  # noqa: E402

WORKERS = CRON_WORKERS = 2
RATE = 100
#: one of so many is sent again
REPEAT_EACH = 10
MEDIAN_GOAL, P99_GOAL = 50, 200
APPLIED_GOAL, RECOVERY_GOAL = 2, 60
ALONE = 30
#: payments a second at which applying may keep up, and for how long
STEADY_SECONDS = 10
#: as WeChat Pay repeats what was not acknowledged
RETRY_SECONDS = 15
#: how often the database is looked at
LOOK_SECONDS = 0.1


@dataclass(frozen=True)
class Scale:
    steady: tuple[int, ...]
    kill_seconds: int
    burst_seconds: int
    #: how long applying is watched after the burst
    watch_seconds: int


SCALES = {
    "small": Scale((2, 5), 1, 3, 20),
    "full": Scale((2, 4, 6, 8, 10, 12), 3, 10, 60),
}


@dataclass
class Watch:
    """When orders are confirmed in the database, seen by looking often."""

    worker: Worker
    orders: list[int]
    at: dict[int, float] = field(default_factory=dict)

    def __enter__(self) -> Watch:
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._is_over.wait(LOOK_SECONDS):
            missing = [order for order in self.orders if order not in self.at]
            if not missing:
                return
            found = self.worker.call("confirmed_orders", orders=missing)
            now = time.monotonic()
            self.at.update(dict.fromkeys(found, now))

    def wait(self, seconds: float) -> None:
        """Until all are confirmed, or the time is over."""
        self._thread.join(seconds)


@dataclass
class Payments:
    """Orders that wait for a payment, taken from the front."""

    gateways: Gateways
    worker: Worker
    rows: list[dict[str, Any]]

    def take(self, count: int) -> tuple[list[Letter], dict[str, int]]:
        """So many payers pay.

        :return: the notifications, and the order of each number
        """
        rows, self.rows = self.rows[:count], self.rows[count:]
        if len(rows) < count:
            raise ValueError("not enough orders were made")
        letters = [
            self.gateways.pay_quietly(row["gateway"], row["out_no"]) for row in rows
        ]
        return letters, {row["out_no"]: row["order"] for row in rows}


def with_repeats(letters: list[Letter], seed: int) -> list[Letter]:
    """A tenth more: each a letter that was sent shortly before."""
    chance = random.Random(seed)
    found: list[Letter] = []
    for letter in letters:
        found.append(letter)
        if len(found) % REPEAT_EACH == REPEAT_EACH - 1:
            found.append(chance.choice(found[-50:]))
    return found


def first_acknowledged(sent: list[Delivery]) -> dict[str, float]:
    found: dict[str, float] = {}
    for delivery in sorted(sent, key=lambda it: it.answered_at):
        if delivery.is_acknowledged:
            found.setdefault(delivery.letter.out_no, delivery.answered_at)
    return found


def lags(
    sent: list[Delivery], orders: dict[str, int], watch: Watch
) -> tuple[list[float], int]:
    """Seconds from the acknowledgement to the state in the database, and how many are
    not there yet."""
    acknowledged = first_acknowledged(sent)
    found = [
        max(watch.at[order] - acknowledged[out_no], 0.0)
        for out_no, order in orders.items()
        if out_no in acknowledged and order in watch.at
    ]
    return found, len(orders) - len(found)


def alone(server: BenchServer, payments: Payments) -> Iterator[dict[str, Any]]:
    """One at a time, with nothing else to do: what one notification costs."""
    letters, orders = payments.take(ALONE)
    with Watch(payments.worker, list(orders.values())) as watch:
        for letter in letters[: ALONE // 2]:
            deliver(letter, time.monotonic())
        watch.wait(5)
        server.queries(ALONE // 2)
        took, statements = [], []
        for letter in letters[ALONE // 2 :]:
            took.append(deliver(letter, time.monotonic()).milliseconds)
            statements.append(server.queries(1))
            time.sleep(1)
        watch.wait(30)
    yield report.row("one alone: acknowledged, median", percentile(took, 50), "ms")
    yield report.row("one alone: statements", percentile(statements, 50), "")


def steady(scale: Scale, payments: Payments) -> Iterator[dict[str, Any]]:
    """More and more a second, until applying falls behind."""
    kept_up = 0.0
    for rate in scale.steady:
        letters, orders = payments.take(rate * STEADY_SECONDS)
        with Watch(payments.worker, list(orders.values())) as watch:
            sent = send_by_clock(letters, rate)
            watch.wait(60)
        found, missing = lags(sent, orders, watch)
        slowest = max(found, default=60.0) if not missing else 60.0
        yield report.row(
            f"{rate} a second: applied, median", percentile(found, 50), "s"
        )
        yield report.row(f"{rate} a second: applied, last", slowest, "s")
        if slowest > APPLIED_GOAL:
            break
        kept_up = rate
    yield report.row(
        "applied within 2 s at up to",
        kept_up,
        "a second",
        scale.steady[0],
        ok=kept_up >= scale.steady[0],
    )


def kill(
    scale: Scale, server: BenchServer, payments: Payments
) -> Iterator[dict[str, Any]]:
    """Odoo is killed in the middle of the load, and started again."""
    letters, orders = payments.take(RATE * scale.kill_seconds)
    payments.worker.call("put_off_questions", out_nos=list(orders), seconds=5)
    with Watch(payments.worker, list(orders.values())) as watch:
        killer = threading.Timer(scale.kill_seconds / 2, server.kill)
        killer.start()
        sent = send_by_clock(letters, RATE)
        killer.join()
        confirmed_before = len(watch.at)
        begin = time.monotonic()
        server.start()
        started = time.monotonic()
        missing = [it.letter for it in sent if not it.is_acknowledged]
        while missing:
            time.sleep(max(0.0, begin + RETRY_SECONDS - time.monotonic()))
            begin = time.monotonic()
            again = send_by_clock(missing, RATE)
            missing = [it.letter for it in again if not it.is_acknowledged]
        watch.wait(started + 2 * RECOVERY_GOAL - time.monotonic())
    last = max(watch.at.values()) - started
    late = sum(
        watch.at.get(order, 1e9) - started > RECOVERY_GOAL for order in orders.values()
    )
    lost = sum(not it.is_acknowledged for it in sent)
    yield report.row("kill -9: paid orders", len(orders), "")
    yield report.row("kill -9: confirmed before it", confirmed_before, "")
    yield report.row("kill -9: notifications without an answer", lost, "")
    yield report.row("kill -9: last confirmed after the restart", last, "s")
    yield report.row(
        "kill -9: paid and unconfirmed 60 s after the restart", late, "", 0, ok=not late
    )


def burst(scale: Scale, payments: Payments) -> Iterator[dict[str, Any]]:
    """A hundred a second, each of another order but the repeats."""
    total = RATE * scale.burst_seconds
    letters, orders = payments.take(total * (REPEAT_EACH - 1) // REPEAT_EACH)
    with Watch(payments.worker, list(orders.values())) as watch:
        begin = time.monotonic()
        sent = send_by_clock(with_repeats(letters, 7), RATE)
        end = time.monotonic()
        applied_meanwhile = len(watch.at)
        watch.wait(scale.watch_seconds)
        seen = time.monotonic()
        applied = len(watch.at)
    found, missing = lags(sent, orders, watch)
    times = [it.milliseconds for it in sent]
    median, p99 = percentile(times, 50), percentile(times, 99)
    lost = sum(not it.is_acknowledged for it in sent)
    per_second = f"{RATE} a second"
    yield report.row(f"{per_second}: notifications", len(sent), "")
    yield report.row(
        f"{per_second}: acknowledged, median",
        median,
        "ms",
        MEDIAN_GOAL,
        ok=median <= MEDIAN_GOAL,
    )
    yield report.row(
        f"{per_second}: acknowledged, p99", p99, "ms", P99_GOAL, ok=p99 <= P99_GOAL
    )
    yield report.row(f"{per_second}: not acknowledged", lost, "", 0, ok=not lost)
    in_time = sum(lag <= APPLIED_GOAL for lag in found)
    yield report.row(f"{per_second}: distinct orders", len(orders), "")
    yield report.row(f"{per_second}: applied within 2 s", in_time, "orders")
    yield report.row(
        f"{per_second}: applied under the load", applied_meanwhile / (end - begin), "/s"
    )
    if applied < len(orders):
        rate = (applied - applied_meanwhile) / (seen - end)
    else:
        last = max(watch.at.values())
        rate = (applied - applied_meanwhile) / max(last - end, 0.1)
        yield report.row(f"{per_second}: last applied after", max(found), "s")
    yield report.row(f"{per_second}: applied after the load", rate, "/s")
    yield report.row(f"{per_second}: not applied when the watch ended", missing, "")


def main() -> int:
    arguments = parse_arguments(__doc__ or "")
    bench = Bench.load("notify", arguments.home)
    scale = SCALES[arguments.scale]
    wanted = (
        ALONE
        + sum(scale.steady) * STEADY_SECONDS
        + RATE * scale.kill_seconds
        + RATE * scale.burst_seconds
    )
    with bench.ground() as stack:
        bench.build(stack, OURS, shop_script("small"))
        rows = measure(bench, stack, scale, wanted)
    print(f"\n{show(rows)}\n")
    path = report.write("notify", rows)
    print(f"{path.relative_to(ROOT)} written after {bench.progress.elapsed()}.")
    return 0 if all(row["ok"] for row in rows) else 1


def measure(
    bench: Bench, stack: ExitStack, scale: Scale, wanted: int
) -> list[dict[str, Any]]:
    worker = stack.enter_context(bench.worker(OURS))
    gateways = stack.enter_context(Gateways.running(bench))
    options = [
        f"--workers={WORKERS}",
        f"--max-cron-threads={CRON_WORKERS}",
        f"--gevent-port={ports.find_free()}",
    ]
    server = bench.serve(stack, OURS, options)
    gateways.connect(server, worker)
    with bench.progress.step(f"{wanted} orders that wait for a payment"):
        found = worker.call("payable_orders", count=wanted)
        worker.call("open_payments", out_nos=[row["out_no"] for row in found])
    payments = Payments(gateways, worker, found)
    rows: list[dict[str, Any]] = []
    with bench.progress.step("One notification at a time"):
        rows += alone(server, payments)
    with bench.progress.step("As many as can be applied at once"):
        rows += steady(scale, payments)
    with bench.progress.step("Odoo is killed"):
        rows += kill(scale, server, payments)
    with bench.progress.step(f"{RATE} a second"):
        rows += burst(scale, payments)
    return rows


if __name__ == "__main__":
    sys.exit(main())

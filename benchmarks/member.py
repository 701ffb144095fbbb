"""Members and their points at the size of a chain: is it still fast, is it still right?

    ./o2o bench member [--scale small|full]

small: 20,000 members, 200,000 ledger rows. full: 1,000,000 and 10,000,000 (up to 20 GB
of disk and half an hour). Three databases: ours with all members, ours with 1,000 (for
the start of a till) and stock Odoo (for what an award adds to an order).
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from itertools import repeat
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from benchmarks.lib import report  # noqa: E402
from benchmarks.lib.bench import Bench, parse_arguments  # noqa: E402
from benchmarks.lib.client import ServerError  # noqa: E402
from benchmarks.lib.sampling import Samples, take  # noqa: E402
from benchmarks.lib.server import BenchServer  # noqa: E402
from benchmarks.lib.shop import Shop, script  # noqa: E402
from benchmarks.lib.timing import (  # noqa: E402
    OURS,
    STOCK,
    Comparison,
    Side,
    compare,
)
from benchmarks.lib.worker import Worker  # noqa: E402

FEW = "few"
FEW_MEMBERS = 1000
MEMBERS = {"small": 20_000, "full": 1_000_000}
ORDERS = {"small": 5_000, "full": 250_000}
LOOK_UPS = {"small": 60, "full": 200}
ROUNDS = {"small": 1, "full": 3}
WARMUP = 5
# a till may not look up more than 30 a minute, so the log is made older in between
LOOK_UPS_AT_ONCE = 20
TABLES = "res_partner o2o_card loyalty_card o2o_points_entry o2o_points_bucket"
TABLES += " o2o_points_share sale_order pos_order"

LOOK_UP_GOAL = PAGE_GOAL = 50
EXPIRY_GOAL, EXPIRY_BUCKETS = 60, 100_000
IMPORT_GOAL = 60
IMPORT_CARDS = {"small": 20_000, "full": 100_000}
AWARD_GOAL, START_GOAL = 0.10, 1.15
PROCESSES, THREADS = 5, 10
LEGEND = """\
judged: by the clock where the machine was quiet, else (*) by the processor
goals: look-up the 95th percentile, page and start the median"""


@dataclass
class Line:
    """One result, for the table and for the file."""

    name: str
    value: float
    unit: str
    goal: float | None = None
    ok: bool = True
    notes: str = ""
    details: list[dict[str, Any]] = field(default_factory=list)


def missing(name: str, why: str) -> Line:
    return Line(name, 0, "", ok=False, notes=f"NOT THERE: {why}")


def timed(name: str, samples: Samples, percent: int, goal: float | None) -> Line:
    value = samples.judged(percent)
    star = "" if samples.is_quiet else "*"
    numbers = {
        "median": samples.percentile(50),
        "p95": samples.percentile(95),
        "cpu_median": samples.percentile(50, cpu=True),
        "cpu_p95": samples.percentile(95, cpu=True),
    }
    return Line(
        name,
        value,
        "ms",
        goal,
        goal is None or value <= goal,
        f"{star}wall {numbers['median']:.0f}/p95 {numbers['p95']:.0f},"
        f" CPU {numbers['cpu_median']:.0f}/p95 {numbers['cpu_p95']:.0f} ms,"
        f" {samples.query_count} SQL, {len(samples.wall)} times",
        [report.row(f"{key(name)}.{it}", n, "ms") for it, n in numbers.items()],
    )


def compared(result: Comparison) -> Line:
    star = "" if result.is_quiet else "*"
    return Line(
        result.name,
        result.ratio,
        "x",
        result.goal,
        result.is_held,
        f"{star}{result.ours.milliseconds:.1f} to {result.stock.milliseconds:.1f} ms,"
        f" CPU {result.ours.cpu_milliseconds:.1f} to"
        f" {result.stock.cpu_milliseconds:.1f} ms,"
        f" wall {result.wall_ratio:.3f}, CPU {result.cpu_ratio:.3f}",
        report.comparison_rows([result]),
    )


def key(name: str) -> str:
    return name.replace(" ", "_").replace(",", "").replace(":", "")


class Chain:
    """Our database with all members: what is asked of it, and by whom."""

    def __init__(self, bench: Bench, scale: str, facts: dict[str, Any]) -> None:
        self.bench = bench
        self.scale = scale
        self.first = facts["partner"]
        self.members = facts["last"] - facts["first"] + 1
        self.last = self.first + self.members - 1
        self.due = facts["due"]

    def sql(self, text: str) -> str:
        return self.bench.stack.server.psql(self.bench.database(OURS), text)

    # the till's box

    def look_ups(self, shop: Shop, worker: Worker) -> Iterator[Line]:
        session = shop.session
        texts = worker.call(
            "look_up_texts",
            first=self.first,
            last=self.last,
            count=1 + WARMUP + LOOK_UPS[self.scale],
            orders=ORDERS[self.scale],
        )
        assert session
        for name, pairs in texts.items():
            title = f"look-up: {name}"
            if not pairs:
                yield missing(title, "the addons have no such key yet")
                continue
            try:
                yield self._look_up(title, name, pairs, shop, worker)
            except ServerError as error:
                if "404" not in str(error):
                    raise
                yield missing(title, "o2o.member.till has no method look_up here")

    def _look_up(
        self,
        title: str,
        name: str,
        pairs: list[list[Any]],
        shop: Shop,
        worker: Worker,
    ) -> Line:
        till, lost = shop.facts["till"], []

        def shown(text: str | None, partner: int) -> str:
            return text or worker.call("member_token", partner=partner)

        def look_up(text: str, partner: int) -> None:
            answer = shop.cashier.call("o2o.member.till", "look_up", till, text)
            if answer["status"] != "ok":
                raise ServerError(f"{answer['status']}: {answer['message']}")
            found = [row["id"] for row in answer["rows"]]
            # an end, or initials, may be those of more people than a screen holds
            if partner not in found and not answer["more"]:
                lost.append(text)

        def operations() -> Iterator[Callable[[], object]]:
            for number, (text, partner) in enumerate(pairs):
                if number % LOOK_UPS_AT_ONCE == 0:
                    self._age_log()
                yield partial(look_up, shown(text, partner), partner)

        # one pair more than is measured: a member's code is valid only once
        (first, partner), *pairs = pairs
        self._age_log()
        look_up(shown(first, partner), partner)
        shop.server.find_backends()
        samples = take(
            name, operations(), warmup=WARMUP, cpu=shop.server.cpu, queries=shop.queries
        )
        line = timed(title, samples, 95, LOOK_UP_GOAL)
        if lost:
            line.ok = False
            line.notes = f"{len(lost)} not found, as {lost[0]}; {line.notes}"
        return line

    def _age_log(self) -> None:
        if self.sql("SELECT to_regclass('o2o_member_lookup')"):
            self.sql(
                "UPDATE o2o_member_lookup SET create_date = create_date"
                " - interval '2 days' WHERE create_date > now() - interval '2 days'"
            )

    # the member's page

    def pages(self, server: BenchServer, worker: Worker) -> Iterator[Line]:
        logins = {"bench_long": self.first, "bench_member": self.first + 7}
        worker.call("make_logins", logins=logins)
        for login, what in (
            ("bench_member", "10 rows"),
            ("bench_long", f"{self._rows(self.first)} rows"),
        ):
            shop = Shop(server)
            shop.buyer.log_in(login, login)
            for path, title, goal in (
                ("/o2o/member/points", f"points log, {what}", PAGE_GOAL),
                ("/my/account", f"a page of stock Odoo, {what}", None),
            ):
                page = partial(shop.buyer.get, path)
                page()
                server.find_backends()
                times = (30 * ROUNDS[self.scale]) + WARMUP
                samples = take(
                    title,
                    [page] * times,
                    warmup=WARMUP,
                    cpu=server.cpu,
                    queries=shop.queries,
                )
                yield timed(title, samples, 50, goal)

    def _rows(self, partner: int) -> str:
        count = self.sql(
            f"SELECT count(*) FROM o2o_points_entry WHERE partner_id = {partner}"
        )
        return f"{int(count):,}"

    # the night

    def night(self, worker: Worker) -> Iterator[Line]:
        yield self._check(worker, "balance check")
        wall, cpu, (before, after) = _once(worker, "expire")
        goal = EXPIRY_GOAL * self.due / EXPIRY_BUCKETS
        yield Line(
            f"expiry of {before:,} buckets",
            wall,
            "s",
            goal,
            wall <= goal and after == 0 and before == self.due,
            f"CPU {cpu:.1f} s, {after} left",
            [report.row("expiry.cpu", cpu, "s")],
        )
        yield self._check(worker, "balance check after expiry")

    @staticmethod
    def _check(worker: Worker, name: str) -> Line:
        wall, cpu, wrong = _once(worker, "check_balances")
        return Line(
            name,
            wall,
            "s",
            None,
            wrong == 0,
            f"CPU {cpu:.1f} s without helper processes, {wrong} accounts wrong",
            [report.row(f"{key(name)}.wrong", wrong, "accounts", 0, ok=wrong == 0)],
        )

    # cards from a file

    def imports(self, worker: Worker) -> Iterator[Line]:
        """CARD-01: the check and the import together, whole files, taken back."""
        count = IMPORT_CARDS[self.scale]
        goal = IMPORT_GOAL * count / IMPORT_CARDS["full"]
        for kind in ("txt", "xlsx"):
            wall, cpu, imported = _once(worker, "import_cards", kind=kind, count=count)
            yield Line(
                f"import of {count:,} cards, {kind}",
                wall,
                "s",
                goal,
                wall <= goal and imported == count,
                f"CPU {cpu:.1f} s, {imported:,} cards in the batch",
                [report.row(f"import.{kind}.cpu", cpu, "s")],
            )

    # everybody at once

    def crowd(self, stack: ExitStack, worker: Worker) -> Iterator[Line]:
        """Spend one member's all, and award one thing, from fifty transactions."""
        workers = [worker] + [
            stack.enter_context(self.bench.worker(OURS)) for _ in range(PROCESSES - 1)
        ]
        for it in workers:
            it.call("spendable", partner=self.first)  # it is awake
        who = self.first + 11
        points = worker.call("spendable", partner=who)
        keys = [f"bench/spend/{number}" for number in range(PROCESSES * THREADS)]
        results = _at_once(workers, keys, partner=who, points=-points, kind="redeem")
        done = [it for it in results if isinstance(it, int)]
        others = [it for it in results if not isinstance(it, int) and it != "refused"]
        rows = worker.call("rows_with", keys=keys)
        rest = worker.call("spendable", partner=who)
        yield Line(
            f"{len(keys)} spend all of one member",
            rows,
            "rows",
            1,
            len(done) == rows == 1 and rest == 0 and points > 0 and not others,
            f"{points} points, {len(results) - len(done) - len(others)} refused,"
            f" {len(others)} errors{_first(others)}, {rest} points left",
        )
        same = ["bench/award"] * (PROCESSES * THREADS)
        results = _at_once(workers, same, partner=who, points=7, kind="manual")
        rows = worker.call("rows_with", keys=["bench/award"])
        others = [it for it in results if not isinstance(it, int)]
        rest = worker.call("spendable", partner=who)
        yield Line(
            f"{len(same)} awards with one key",
            rows,
            "rows",
            1,
            rows == 1 and rest == 7 and len(set(results)) == 1 and not others,
            f"{len(set(results))} answers, {len(others)} errors{_first(others)},"
            f" {rest} points",
        )


def _at_once(workers: list[Worker], keys: list[str], **posting: Any) -> list[int | str]:
    at = time.time() + 3
    for number, worker in enumerate(workers):
        mine = keys[number :: len(workers)]
        worker.begin("post_at_once", keys=mine, at=at, **posting)
    return [result for worker in workers for result in worker.end()]


def _once(worker: Worker, name: str, **arguments: Any) -> tuple[float, float, Any]:
    """A long call, measured once: seconds by the clock, by the processor, result."""
    worker.find_backends()
    used, start = worker.cpu(), time.perf_counter()
    result = worker.call(name, **arguments)
    return time.perf_counter() - start, worker.cpu() - used, result


def _first(errors: list[Any]) -> str:
    return f" ({errors[0]})" if errors else ""


class Award:
    """One side of an order: stock Odoo confirms it, we give points for it.

    Both without the commit: an award has none of its own.
    """

    def __init__(self, worker: Worker, call: str, buyers: Iterator[int | None]) -> None:
        self.worker, self.call, self.buyers = worker, call, buyers
        self.orders: list[int] = []

    def side(self) -> Side:
        return Side(self.operate, prepare=self.prepare, cpu=self.worker.cpu)

    def prepare(self) -> None:
        order = self.worker.call("open_order", partner=next(self.buyers))
        self.orders.append(order)

    def operate(self) -> None:
        self.worker.call(self.call)


def awards(chain: Chain, workers: dict[str, Worker]) -> Line:
    members = iter(range(chain.first + 1000, chain.last))
    ours = Award(workers[OURS], "award", members)
    stock = Award(workers[STOCK], "confirm", repeat(None))
    for it in (ours, stock):
        it.prepare()
        it.operate()
        it.worker.find_backends()
    result = compare(
        "award to stock confirmation",
        {OURS: ours.side(), STOCK: stock.side()},
        rounds=20 * ROUNDS[chain.scale],
        warmup=WARMUP,
        goal=AWARD_GOAL,
    )
    line = compared(result)
    for worker in workers.values():
        # PostgreSQL uses no index that is younger than a transaction still open,
        # be it in the other database
        worker.call("close_order")
    given = workers[OURS].call("count_awards", orders=ours.orders)
    if given != len(ours.orders):
        line.ok = False
        line.notes = f"only {given} of {len(ours.orders)} awarded; {line.notes}"
    return line


def starts(chain: Chain, few: BenchServer, many: BenchServer, shop: Shop) -> Line:
    other = Shop(few)
    other.cashier.log_in("bench_cashier", "bench_cashier")
    shops = {OURS: shop, STOCK: other}
    for it in shops.values():
        it.start_till()
        it.server.find_backends()
    result = compare(
        f"till start, {chain.members:,} to {FEW_MEMBERS:,} members",
        {
            who: Side(it.start_till, queries=it.queries, cpu=it.server.cpu)
            for who, it in shops.items()
        },
        rounds=11 * ROUNDS[chain.scale],
        warmup=2,
        goal=START_GOAL,
    )
    return compared(result)


def generate(bench: Bench, first: int, last: int) -> dict[str, Any]:
    step = bench.progress.step(f"Members {first:,} to {last:,}")
    with step, bench.worker(OURS) as worker:
        return dict(worker.call("generate", first=first, last=last))


def tidy(bench: Bench) -> None:
    """What autovacuum would have done long ago."""
    with bench.progress.step("Statistics of the tables"):
        for table in TABLES.split():
            server = bench.stack.server
            server.psql(bench.database(OURS), f"VACUUM ANALYZE {table}")


def measure(bench: Bench, stack: ExitStack, scale: str) -> Iterator[Line]:
    for who in (STOCK, OURS):
        bench.build(stack, who, script("small"))
    few = generate(bench, 1, FEW_MEMBERS)
    bench.copy(stack, OURS, FEW)
    facts = generate(bench, FEW_MEMBERS + 1, MEMBERS[scale])
    facts["due"] += few["due"]
    tidy(bench)
    yield from measure_all(bench, stack, Chain(bench, scale, facts))


def measure_all(bench: Bench, stack: ExitStack, chain: Chain) -> Iterator[Line]:
    scale = chain.scale
    workers = {who: stack.enter_context(bench.worker(who)) for who in (OURS, STOCK)}
    with bench.progress.step("Award and confirmation"):
        yield awards(chain, workers)
    with ExitStack() as serving:
        few, many = (bench.serve(serving, who) for who in (FEW, OURS))
        shop = Shop(many)
        shop.cashier.log_in("bench_cashier", "bench_cashier")
        with bench.progress.step("Till start"):
            yield starts(chain, few, many, shop)
        with bench.progress.step("Old orders"):
            shop.sell()
            workers[OURS].call(
                "add_orders",
                count=ORDERS[scale],
                partner=chain.first,
                members=chain.members,
            )
            tidy(bench)
        with bench.progress.step("Look-ups at the till"):
            yield from chain.look_ups(shop, workers[OURS])
        with bench.progress.step("Points log"):
            yield from chain.pages(many, workers[OURS])
    with bench.progress.step("Cards from a file"):
        yield from chain.imports(workers[OURS])
    with bench.progress.step("Fifty at once"):
        yield from chain.crowd(stack, workers[OURS])
    with bench.progress.step("The night"):
        yield from chain.night(workers[OURS])


def table(lines: list[Line]) -> str:
    width = max(len(line.notes) for line in lines)
    return report.table(
        ("what", "value", "goal", "held", "notes".ljust(width)),
        [
            (
                line.name,
                f"{line.value:,.3g} {line.unit}" if line.unit else "-",
                f"{line.goal:g}" if line.goal is not None else "-",
                "yes" if line.ok else "NO",
                line.notes.ljust(width),
            )
            for line in lines
        ],
    )


def main() -> int:
    arguments = parse_arguments(__doc__ or "")
    bench = Bench.load("member", arguments.home)
    lines = []
    with bench.ground() as stack:
        for line in measure(bench, stack, arguments.scale):
            bench.progress.say(f"     {line.name}: {line.value:.3g} {line.unit}")
            lines.append(line)
        bench.progress.say(f"  load average {os.getloadavg()[0]:.1f}")
    print(f"\n{table(lines)}\n\n{LEGEND}\n")
    rows = []
    for line in lines:
        name = key(line.name)
        rows.append(report.row(name, line.value, line.unit, line.goal, ok=line.ok))
        rows += line.details
    path = report.write("member", rows)
    print(f"{path.relative_to(ROOT)} written after {bench.progress.elapsed()}.")
    return 0 if all(line.ok for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())

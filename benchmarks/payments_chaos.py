"""Payments and refunds with everything going wrong: do all books agree to the cent?

    ./o2o bench payments_chaos [--scale small|full]

small: 300 payments and refunds, full: 10,000. Orders and top-ups of the website through
three gateways, codes at tills, payments with wallets, refunds. Every other call to a
gateway and every other notification meets a fault of the simulator; Odoo is killed with
-9 again and again, and connections of PostgreSQL are ended. In the end the simulator's
own books must be the shop's. A naive shop shows that the comparison finds such errors.
"""

from __future__ import annotations

import random
import secrets
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LIB = ROOT / "addons" / "o2o_payment" / "lib"
sys.path[:0] = [str(ROOT), str(ROOT / "tools"), str(LIB)]

from benchmarks.bell import show  # noqa: E402
from benchmarks.lib import report  # noqa: E402
from benchmarks.lib.bench import Bench, parse_arguments  # noqa: E402
from benchmarks.lib.client import Client, ServerError  # noqa: E402
from benchmarks.lib.gateways import GATEWAYS, Gateways, shop_script  # noqa: E402
from benchmarks.lib.payers import (  # noqa: E402
    ERRORS,
    CodeCashier,
    Habits,
    Payer,
    persist,
)
from benchmarks.lib.payment_books import (  # noqa: E402
    Known,
    Taken,
    compare,
    weigh,
)
from benchmarks.lib.payment_storm import EXPLAINED, Storm  # noqa: E402
from benchmarks.lib.server import BenchServer  # noqa: E402
from benchmarks.lib.timing import OURS  # noqa: E402
from benchmarks.lib.worker import Worker  # noqa: E402
from o2o_cli import ports  # noqa: E402
from o2o_gateway.alipay import AlipayGateway, KeyTrust, Settings  # noqa: E402
from o2o_gateway.gateway import Order  # noqa: E402
from o2o_gateway.keys import load_private_key, load_public_key  # noqa: E402
from o2o_gateway.order_numbers import make_number  # noqa: E402
from o2o_gateway.results import PaymentState  # noqa: E402
from o2o_gateway.secret import Secret  # noqa: E402

SCALES = {"small": 300, "full": 10_000}
SEED = 6
#: of a hundred payments and refunds
SHARES = {"website": 38, "code": 24, "wallet": 10, "top-up": 8, "refund": 20}
MEMBERS = 4
TILLS = 4
BALANCE = 1_000_000.0
#: payments and refunds between two accidents: by progress, so that a busy machine is no
#: worse
ACCIDENT_EACH = {"small": (40, 90), "full": (100, 300)}
#: how long settling may take
SETTLE_SECONDS = 900
WORKERS, CRON_WORKERS = 2, 3
#: notifications and refunds that wait before people come slower, and for how many
#: seconds at the most: a shop that is full is another benchmark
BACKLOG = 30
BREATH_SECONDS = 60
#: what comes next is among so many: nobody is far ahead of the others
AHEAD = 100
#: seconds between two lines that say how much is left
SAID_EACH = 60
#: of what is wrong, how many are told one by one
TOLD = 20
NAIVE_CHARGES = 40
NAIVE_STORE = 998


@dataclass
class Crowd:
    """Everybody who pays; each takes the next thing to do."""

    bench: Bench
    server: BenchServer
    worker: Worker
    gateways: Gateways
    facts: dict[str, Any]
    ways: dict[str, Any]
    total: int

    def __post_init__(self) -> None:
        chance = random.Random(SEED)
        self.todo = chance.choices([*SHARES], [*SHARES.values()], k=self.total)
        self.lock = threading.Lock()
        self.worker_lock = threading.Lock()
        self.counts: Counter[str] = Counter()
        self.errors: Counter[str] = Counter()
        self.orders: list[dict[str, Any]] = []
        self.own_orders: dict[str, list[dict[str, Any]]] = {}
        self.topups_refunded: set[int] = set()
        #: fen that the office asked back, by transaction, whatever the answer was
        self.asked: Counter[int] = Counter()

    def call(self, name: str, **arguments: Any) -> Any:
        with self.worker_lock:
            return self.worker.call(name, **arguments)

    def _take(self, kinds: tuple[str, ...]) -> str:
        """:return: the next thing to do of these kinds; "" when all is done"""
        while True:
            with self.lock:
                places = (at for at, kind in enumerate(self.todo) if kind in kinds)
                place = next(places, None)
                if place is None:
                    return ""
                if place < AHEAD:
                    return self.todo.pop(place)
            time.sleep(0.2)

    def _order(self) -> dict[str, Any]:
        with self.lock:
            if not self.orders:
                self.orders = self.call("orders_to_pay", count=40)
            return self.orders.pop()

    def _own_order(self, login: str) -> dict[str, Any]:
        own = self.own_orders.setdefault(login, [])
        if not own:
            own += self.call("orders_to_pay", count=10, member=login)
        return own.pop()

    def run(self) -> None:
        threads = [
            threading.Thread(target=self._guard, args=(work, number), daemon=True)
            for work, count in (
                (self._pay_on_website, 4),
                (self._use_wallet, MEMBERS),
                (self._sell, TILLS),
                (self._refund, 1),
            )
            for number in range(count)
        ]
        for thread in threads:
            thread.start()
        begin = time.monotonic()
        for thread in threads:
            while thread.is_alive():
                thread.join(SAID_EACH)
                left, seconds = len(self.todo), time.monotonic() - begin
                self.bench.progress.say(f"     {left} to do after {seconds:.0f} s")

    def _guard(self, work: Any, number: int) -> None:
        habits = Habits(random.Random(f"{work.__name__}{number}"))
        try:
            work(number, habits)
        except Exception as error:
            self.errors[f"{work.__name__} ended: {error!r}"[:300]] += 1
        with self.lock:
            self.counts += habits.counts

    def _each(self, kinds: tuple[str, ...], act: Any) -> None:
        while kind := self._take(kinds):
            try:
                act(kind)
            except ERRORS as error:
                self.errors[f"{kind}: {error!r}"[:200]] += 1

    def _breathe(self) -> None:
        """Come when the shop has taken in what was paid before."""
        end = time.monotonic() + BREATH_SECONDS
        while self.call("backlog") > BACKLOG and time.monotonic() < end:
            time.sleep(1)

    def _pay_on_website(self, number: int, habits: Habits) -> None:
        def act(_kind: str) -> None:
            self._breathe()
            payer = Payer(self.server.url, self.gateways, self.ways, habits)
            payer.pay_order(self._order(), habits.chance.choice(GATEWAYS))

        self._each(("website",), act)

    def _use_wallet(self, number: int, habits: Habits) -> None:
        login = self.facts["members"][number]
        payer = Payer(self.server.url, self.gateways, self.ways, habits, login)
        payer.sign_in()

        def act(kind: str) -> None:
            if kind == "wallet":
                payer.spend(self._own_order(login))
            else:
                self._breathe()
                amount = habits.chance.choice((100, 200, 500))
                payer.top_up(amount, habits.chance.choice(GATEWAYS))

        self._each(("wallet", "top-up"), act)

    def _sell(self, number: int, habits: Habits) -> None:
        def open_till() -> CodeCashier:
            till = CodeCashier(
                self.server.url,
                f"bench_till_{number}",
                self.facts["tills"][number],
                number,
                self.facts["till_method"],
            )
            till.open()
            return till

        till = persist(open_till)
        price = self.facts["price"]
        self._each(
            ("code",),
            lambda _kind: till.sell_for_code(
                self.gateways, habits, self.facts["product"], price
            ),
        )

    def _refund(self, number: int, habits: Habits) -> None:
        office = Client(self.server.url)
        persist(lambda: office.log_in("bench_office", "bench_office"))

        def act(_kind: str) -> None:
            self._breathe()
            if habits.is_so(0.15) and self._refund_topup(habits):
                return
            for _try in range(60):
                if found := self.call("refundable"):
                    break
                time.sleep(1)
            else:
                return
            [row] = persist(
                lambda: office.call(
                    "payment.transaction",
                    "read",
                    [habits.chance.choice(found)],
                    ["amount"],
                )
            )
            share = habits.chance.choice((0.1, 0.3, 0.5, 1.0))
            amount = round(row["amount"] * share, 2)
            habits.count("refunds asked for")
            self.asked[row["id"]] += round(amount * 100)
            try:
                office.call("payment.transaction", "action_refund", [row["id"]], amount)
            except ERRORS as error:
                if isinstance(error, ServerError) and "ValidationError" in str(error):
                    # refused in words: nothing was done
                    self.asked[row["id"]] -= round(amount * 100)
                    habits.count("refunds refused")
                else:
                    # the office does not ask twice: it may have been done
                    habits.count("refunds without an answer")

        self._each(("refund",), act)

    def _refund_topup(self, habits: Habits) -> bool:
        found = [
            topup
            for topup in self.call("topups_to_refund")
            if topup not in self.topups_refunded
        ]
        if not found:
            return False
        topup = habits.chance.choice(found)
        self.topups_refunded.add(topup)
        done = self.call(
            "refund_topup", topup=topup, share=habits.chance.choice((0.2, 1.0))
        )
        habits.count("top-ups refunded" if done else "top-up refunds refused")
        return True


def settle(crowd: Crowd) -> tuple[dict[str, int], float]:
    """No more faults; whatever is under way comes to its end.

    :return: what did not, and the seconds that it took
    """
    gateways = crowd.gateways
    begin = time.monotonic()
    for gateway in GATEWAYS:
        for trade in gateways.command("trades", gateway=gateway):
            if trade["state"] in ("waiting", "draft") and trade["way"] != "code":
                try:
                    gateways.command("refuse", out_no=trade["out_no"])
                except OSError:
                    # a code that nobody has seen
                    continue
    crowd.call("end_what_waits")
    settled: set[str] = set()
    left: dict[str, int] = {"everything": 1}
    while left and time.monotonic() - begin < SETTLE_SECONDS:
        for number in crowd.call("refunds_under_way"):
            if number in settled:
                continue
            word = ("SUCCESS", "SUCCESS", "CLOSED", "ABNORMAL")[len(settled) % 4]
            settled.add(number)
            try:
                gateways.command(
                    "settle_refund", gateway="wechat", refund_no=number, word=word
                )
            except OSError:
                # it has ended by itself
                continue
        left = crowd.call("hurry")
        time.sleep(1.5)
    return left, time.monotonic() - begin


def taken(gateways: Gateways) -> list[Taken]:
    return [
        Taken(
            trade["out_no"],
            trade["amount_fen"] if trade["paid_at"] else 0,
            trade["refunded_fen"],
        )
        for gateway in GATEWAYS
        for trade in gateways.command("trades", gateway=gateway)
    ]


def zero(name: str, value: float, unit: str = "") -> dict[str, Any]:
    return report.row(name, value, unit, 0, ok=not value)


def books(crowd: Crowd, storm: Storm) -> Iterator[dict[str, Any]]:
    known = [Known(**row) for row in crowd.call("payment_books")]
    all_trades = taken(crowd.gateways)
    differences = compare(all_trades, known)
    weighed = weigh(all_trades, known, crowd.asked)
    yield report.row("at the gateways", differences.gateway_fen / 100, "CNY")
    yield report.row("in the shop", differences.shop_fen / 100, "CNY")
    yield report.row("held for a person", differences.held_fen / 100, "CNY")
    yield report.row("left to a person to give back", differences.owed_fen / 100, "CNY")
    yield zero("gateways less shop less held", differences.left_fen, "fen")
    yield zero("charged twice", len(differences.charged_twice))
    yield zero("lost payments", len(differences.lost))
    yield zero("payments that no gateway has", len(differences.invented))
    yield zero("payments of another amount", len(differences.unequal))
    # by what the gateways have and the office remembers
    yield zero("orders that kept too much", len(weighed.kept_too_much))
    yield zero("orders that gave too much", len(weighed.gave_too_much))
    for name, found in crowd.call("shop_books").items():
        yield zero(name, len(found))
        for told in found[:TOLD]:
            crowd.bench.progress.say(f"     {name}: {told}")
    unexplained = Counter(crowd.call("chaos_counts")["held"])
    for kind, count in unexplained.items():
        causes = sum(storm.faults[name] for name in EXPLAINED.get(kind, ()))
        yield report.row(f"held: {kind}", count, "", causes, ok=count <= causes)
    trades = {
        trade["out_no"]: (gateway, trade["state"], trade["refunded_fen"])
        for gateway in GATEWAYS
        for trade in crowd.gateways.command("trades", gateway=gateway)
    }
    wrong = {
        **{
            name: getattr(differences, name)
            for name in ("lost", "invented", "unequal", "charged_twice")
        },
        **vars(weighed),
    }
    for name, numbers in wrong.items():
        # the shop is gone when this program ends
        for number in numbers[:TOLD]:
            for row in crowd.call("describe", what=number):
                crowd.bench.progress.say(f"     {name}: {row} {trades.get(row[0])}")


def naive(gateways: Gateways) -> Iterator[dict[str, Any]]:
    """The control: a shop that takes a lost answer for a failure, and charges again."""
    kit = gateways.command("merchant", gateway="alipay")
    client = AlipayGateway(
        Settings(
            kit["app_id"],
            kit["seller_id"],
            load_private_key(kit["app_private_key"]),
            KeyTrust(load_public_key(kit["alipay_public_key"])),
            kit["url"],
        )
    )
    before = {row.out_no for row in taken(gateways)}
    known = [naive_charge(gateways, client, number) for number in range(NAIVE_CHARGES)]
    mine = [row for row in taken(gateways) if row.out_no not in before]
    differences = compare(mine, [row for rows in known for row in rows])
    twice = len(differences.charged_twice)
    lost = len(differences.lost)
    yield report.row("naive shop: charged twice", twice, "", 1, ok=twice >= 1)
    yield report.row("naive shop: lost payments", lost, "", 1, ok=lost >= 1)


def naive_charge(gateways: Gateways, client: Any, number: int) -> list[Known]:
    """A code, charged until there is an answer; each time under a new number."""
    rows = []
    if number % 2:
        gateways.command("fault", route="alipay.trade.pay", name="lost_after")
    for attempt in range(3):
        now = datetime.now(timezone.utc)
        order = Order(
            out_no=make_number("P", now, NAIVE_STORE, number * 3 + attempt),
            amount_fen=100 + number,
            subject="naive",
            expires_at=now + timedelta(minutes=5),
        )
        outcome = client.pay_by_code(
            order, Secret(f"28{secrets.randbelow(10**16):016d}")
        )
        is_paid = outcome.is_ok and outcome.value.state is PaymentState.PAID
        paid_fen = order.amount_fen if is_paid else 0
        purpose = f"naive/{number}"
        rows.append(Known(order.out_no, purpose, order.amount_fen, paid_fen, 0))
        if is_paid:
            break
    return rows


def measure(bench: Bench, stack: ExitStack, scale: str) -> list[dict[str, Any]]:
    total = SCALES[scale]
    worker = stack.enter_context(bench.worker(OURS))
    gateways = stack.enter_context(Gateways.running(bench))
    facts = worker.call("prepare_chaos", members=MEMBERS, balance=BALANCE)
    options = [
        f"--workers={WORKERS}",
        f"--max-cron-threads={CRON_WORKERS}",
        f"--gevent-port={ports.find_free()}",
    ]
    server = bench.serve(stack, OURS, options)
    ways = {**gateways.connect(server, worker), "wallet": facts["wallet"]}
    crowd = Crowd(bench, server, worker, gateways, facts, ways, total)
    watcher = worker.process.pid
    storm = Storm(
        server,
        gateways,
        random.Random(SEED),
        watcher,
        lambda: total - len(crowd.todo),
        ACCIDENT_EACH[scale],
    )
    begin = time.monotonic()
    with bench.progress.step(f"{total} payments and refunds"):
        storm.start()
        try:
            crowd.run()
        finally:
            storm.stop()
    seconds = time.monotonic() - begin
    with bench.progress.step("Everything comes to its end"):
        left, settled = settle(crowd)
    rows = [
        report.row("payments and refunds", total, ""),
        report.row("run time", seconds, "s"),
        report.row("until all was settled", settled, "s"),
        report.row("faults", sum(storm.faults.values()), ""),
        report.row("kinds of faults", len(storm.faults), ""),
        *(report.row(name, count, "") for name, count in storm.accidents.items()),
        zero("not settled", sum(left.values())),
    ]
    bench.progress.say(f"     not settled: {left}")
    rows += books(crowd, storm)
    for what in (crowd.counts, crowd.errors, crowd.call("chaos_counts")):
        for name, count in sorted(what.items()):
            bench.progress.say(f"     {name}: {count}")
    rows.append(zero("people who gave up", sum(crowd.errors.values())))
    rows.append(zero("storms that broke off", len(storm.failures)))
    for failure in storm.failures:
        bench.progress.say(f"     {failure}")
    with bench.progress.step("The control"):
        rows += naive(gateways)
    return rows


def main() -> int:
    arguments = parse_arguments(__doc__ or "")
    bench = Bench.load("payments_chaos", arguments.home)
    with bench.ground() as stack:
        bench.build(stack, OURS, shop_script("small"))
        rows = measure(bench, stack, arguments.scale)
    print(f"\n{show(rows)}\n")
    path = report.write("payments_chaos", rows)
    print(f"{path.relative_to(ROOT)} written after {bench.progress.elapsed()}.")
    return 0 if all(row["ok"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())

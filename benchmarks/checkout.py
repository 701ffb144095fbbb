"""What a member's checkout costs: our one page against the steps of stock Odoo.

    ./o2o bench checkout [--scale small|full]

From a cart with one bottle to a confirmed order, cash on delivery; ours is also routed
and offered to a store. Two databases on one machine, measured in turns. Goals: at most
3 requests and 250 statements, half of stock Odoo's seconds on the processor.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from benchmarks.lib import report  # noqa: E402
from benchmarks.lib.bench import Bench, parse_arguments  # noqa: E402
from benchmarks.lib.client import ServerError  # noqa: E402
from benchmarks.lib.shop import Shop, script  # noqa: E402
from benchmarks.lib.timing import OURS, STOCK, Comparison, Side, compare  # noqa: E402

CPU_GOAL = 0.5
REQUEST_GOAL = 3
STATEMENT_GOAL = 250
# rounds that count
SCALES = {"small": 12, "full": 40}
WARMUP = 3


def buy_on_one_page(it: Shop) -> None:
    """The page, with everything filled in, and its button."""
    page = it.buyer.get("/o2o/checkout")
    values = dict(re.findall(r'type="hidden" name="(key|seen)" value="([^"]+)"', page))
    ways = re.findall(r'<input[^>]*name="option"[^>]*>', page)
    chosen = next((way for way in ways if "checked" in way), "")
    option = re.search(r'value="([^"]+)"', chosen)
    if len(values) != 2 or not option:
        raise ServerError("the one page has no key, or no way to pay is chosen")
    answer = it.buyer.rpc("/o2o/checkout/submit", option=option[1], **values)
    if not answer.get("done"):
        raise ServerError(f"the order was not placed: {answer.get('error')}")


def buy_in_steps(it: Shop) -> None:
    it.pay_cart()


def fill_cart(it: Shop) -> None:
    it.empty_cart()
    it.add_to_cart()


def side(it: Shop, who: str) -> Side:
    buy = buy_on_one_page if who == OURS else buy_in_steps
    return Side(
        operate=lambda: buy(it),
        prepare=lambda: fill_cart(it),
        queries=it.queries,
        cpu=it.server.cpu,
    )


def count_requests(it: Shop, who: str) -> int:
    fill_cart(it)
    before = it.buyer.requests
    (buy_on_one_page if who == OURS else buy_in_steps)(it)
    return it.buyer.requests - before


def rows(result: Comparison, requests: dict[str, int]) -> list[dict[str, object]]:
    ours, stock = result.ours, result.stock
    return [
        report.row(
            "checkout.cpu_ratio",
            result.cpu_ratio,
            "x",
            CPU_GOAL,
            ok=result.cpu_ratio <= CPU_GOAL,
        ),
        report.row(
            "checkout.requests",
            requests[OURS],
            "requests",
            REQUEST_GOAL,
            ok=requests[OURS] <= REQUEST_GOAL,
        ),
        report.row(
            "checkout.statements",
            ours.query_count,
            "statements",
            STATEMENT_GOAL,
            ok=ours.query_count <= STATEMENT_GOAL,
        ),
        report.row("checkout.wall_ratio", result.wall_ratio, "x"),
        report.row("checkout.ours", ours.milliseconds, "ms"),
        report.row("checkout.stock", stock.milliseconds, "ms"),
        report.row("checkout.ours_cpu", ours.cpu_milliseconds, "ms"),
        report.row("checkout.stock_cpu", stock.cpu_milliseconds, "ms"),
        report.row("checkout.stock_requests", requests[STOCK], "requests"),
        report.row("checkout.stock_statements", stock.query_count, "statements"),
    ]


def show(result: Comparison, requests: dict[str, int]) -> str:
    def line(
        what: str, ours: float, stock: float, unit: str, goal: str, held: bool
    ) -> tuple[str, ...]:
        return (
            what,
            f"{ours:.0f}{unit}",
            f"{stock:.0f}{unit}",
            f"{ours / stock:.2f}",
            goal,
            "yes" if held else "NO",
        )

    ours, stock = result.ours, result.stock
    return report.table(
        ("cart to confirmed order", "ours", "stock", "ratio", "goal", "held"),
        [
            line(
                "requests",
                requests[OURS],
                requests[STOCK],
                "",
                f"{REQUEST_GOAL}",
                requests[OURS] <= REQUEST_GOAL,
            ),
            line(
                "SQL statements",
                ours.query_count,
                stock.query_count,
                "",
                f"{STATEMENT_GOAL}",
                ours.query_count <= STATEMENT_GOAL,
            ),
            line(
                "CPU",
                ours.cpu_milliseconds,
                stock.cpu_milliseconds,
                " ms",
                f"{CPU_GOAL:.2f} x",
                result.cpu_ratio <= CPU_GOAL,
            ),
            (
                "elapsed (median)",
                f"{ours.milliseconds:.0f} ms",
                f"{stock.milliseconds:.0f} ms",
                f"{result.wall_ratio:.2f}",
                "",
                "",
            ),
        ],
    )


def main() -> int:
    arguments = parse_arguments(__doc__ or "")
    bench = Bench.load("checkout", arguments.home)
    with bench.both(script(arguments.scale)) as servers:
        shops = {who: Shop(server) for who, server in servers.items()}
        with bench.progress.step("First visit of every page"):
            for who, it in shops.items():
                it.log_in_buyer()
                for _visit in range(2):
                    count_requests(it, who)
        before = {who: it.confirmed_orders() for who, it in shops.items()}
        requests = {who: count_requests(it, who) for who, it in shops.items()}
        for it in shops.values():
            it.server.find_backends()
        with bench.progress.step("Measuring: cart to confirmed order"):
            result = compare(
                "cart to confirmed order",
                {who: side(it, who) for who, it in shops.items()},
                rounds=SCALES[arguments.scale],
                warmup=WARMUP,
                goal=CPU_GOAL,
            )
        made = {it.confirmed_orders() - before[who] for who, it in shops.items()}
    print(f"\n{show(result, requests)}\n")
    found = rows(result, requests)
    path = report.write("checkout", found)
    print(f"{path.relative_to(ROOT)} written after {bench.progress.elapsed()}.")
    if len(made) != 1 or 0 in made:
        print(f"The two sides confirmed different numbers of orders: {made}")
        return 1
    return 0 if all(row["ok"] for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())

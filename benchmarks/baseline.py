"""What our addons cost where stock Odoo already works: page, cart, order, till, sale.

    ./o2o bench baseline [--scale small|full]

Two databases on one machine, one with our addons and one without, measured in turns.
Goal: each step at most 1.15 times stock Odoo 19 Community.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from benchmarks.lib import report  # noqa: E402
from benchmarks.lib.bench import Bench, parse_arguments  # noqa: E402
from benchmarks.lib.shop import Shop, script  # noqa: E402
from benchmarks.lib.timing import Comparison, Side, compare  # noqa: E402

GOAL = 1.15
# how many times the rounds below are taken
SCALES = {"small": 1, "full": 4}


@dataclass(frozen=True)
class Step:
    """One thing people do, and how often it is repeated."""

    name: str
    operate: Callable[[Shop], object]
    rounds: int
    warmup: int
    prepare: Callable[[Shop], object] = lambda it: None

    def side(self, it: Shop) -> Side:
        return Side(
            operate=lambda: self.operate(it),
            prepare=lambda: self.prepare(it),
            queries=it.queries,
            cpu=it.server.cpu,
        )


STEPS = [
    Step("shop page", Shop.open_shop, 15, 3),
    Step("product page", Shop.open_product, 15, 3, Shop.next_turn),
    Step("add to cart", Shop.add_to_cart, 15, 3, Shop.empty_cart),
    Step("checkout to confirmed order", Shop.check_out, 9, 2, Shop.empty_cart),
    Step("till start", Shop.start_till, 11, 2),
    Step("till sale", Shop.sell, 15, 3, Shop.next_turn),
]


def measure(shops: dict[str, Shop], scale: str, bench: Bench) -> list[Comparison]:
    results = []
    for step in STEPS:
        for it in shops.values():
            it.server.find_backends()
        with bench.progress.step(f"Measuring: {step.name}"):
            results.append(
                compare(
                    step.name,
                    {who: step.side(it) for who, it in shops.items()},
                    rounds=step.rounds * SCALES[scale],
                    warmup=step.warmup,
                    goal=GOAL,
                )
            )
    return results


def main() -> int:
    arguments = parse_arguments(__doc__ or "")
    bench = Bench.load("baseline", arguments.home)
    with bench.both(script(arguments.scale)) as servers:
        shops = {who: Shop(server) for who, server in servers.items()}
        with bench.progress.step("First visit of every page"):
            for it in shops.values():
                it.open_shop()
                it.log_in()
                it.empty_cart()
                it.check_out()
                it.sell()
        before = {who: it.confirmed_orders() for who, it in shops.items()}
        results = measure(shops, arguments.scale, bench)
        made = {it.confirmed_orders() - before[who] for who, it in shops.items()}
    print(f"\n{report.comparison_table(results)}\n\n{report.LEGEND}\n")
    path = report.write("baseline", report.comparison_rows(results))
    print(f"{path.relative_to(ROOT)} written after {bench.progress.elapsed()}.")
    if len(made) != 1 or 0 in made:
        print(f"The two sides confirmed different numbers of orders: {made}")
        return 1
    return 0 if all(result.is_held for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())

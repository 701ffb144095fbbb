"""Two hundred people want fifty bottles: is anyone promised what is not there?

    ./o2o bench oversell [--scale small|full]

200 orders (full: 400) are submitted at once over HTTP to four workers, for 50 pieces in
5 stores, paid on delivery; then the same again while the five stores' tills sell the
same bottles. What is promised must be what was there; the rest is refused with words.
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from benchmarks.lib import report  # noqa: E402
from benchmarks.lib.bench import Bench, parse_arguments  # noqa: E402
from benchmarks.lib.client import Client, ServerError  # noqa: E402
from benchmarks.lib.server import BenchServer  # noqa: E402
from benchmarks.lib.shop import Shop, script  # noqa: E402
from benchmarks.lib.till import Till  # noqa: E402
from benchmarks.lib.timing import OURS  # noqa: E402
from benchmarks.lib.worker import Worker  # noqa: E402
from o2o_cli import ports  # noqa: E402

PIECES = 50
# as in production: a request has a process, others wait their turn
WORKERS = 4
ORDERS = {"small": 200, "full": 400}
TILL_SALES = {"small": 4, "full": 10}
# a browser gives up sooner or later; so does the measurement
PATIENCE = 600


@dataclass
class Crowd:
    """Everybody at once: one thread each, all released by one barrier."""

    results: list[tuple[str, float, str]] = field(default_factory=list)

    def run(self, acts: list[Any]) -> float:
        barrier = threading.Barrier(len(acts) + 1)

        def work(act: Any) -> None:
            barrier.wait()
            start = time.perf_counter()
            try:
                status, text = act()
            except Exception as error:
                status, text = "error", repr(error)[:300]
            self.results.append((status, time.perf_counter() - start, text))

        threads = [threading.Thread(target=work, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        barrier.wait()
        start = time.perf_counter()
        for thread in threads:
            thread.join(PATIENCE)
        return time.perf_counter() - start

    def count(self, status: str) -> int:
        return sum(1 for it in self.results if it[0] == status)

    def median(self, status: str) -> float:
        times = sorted(it[1] for it in self.results if it[0] == status)
        return times[len(times) // 2] if times else 0.0

    def texts(self, status: str) -> Counter[str]:
        return Counter(it[2] for it in self.results if it[0] == status)


def submit(server: BenchServer, shop: Shop, order: int, token: str) -> Any:
    """What the browser does after "place order": three requests."""
    client = Client(server.url)

    def act() -> tuple[str, str]:
        try:
            answer = client.rpc(
                f"/shop/payment/transaction/{order}",
                access_token=token,
                provider_id=shop.facts["provider"],
                payment_method_id=shop.facts["method"],
                token_id=None,
                flow="redirect",
                tokenization_requested=False,
                landing_route="/shop/payment/validate",
            )
        except ServerError as error:
            if "ValidationError" in str(error):
                return "refused", str(error).splitlines()[-2][:200]
            raise
        form = answer["redirect_form_html"]
        inputs = dict(re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', form))
        client.post("/payment/custom/process", inputs)
        status = client.rpc("/payment/status/poll")
        return "placed", status["state"]

    return act


def sell(till: Till, product: int, times: int) -> Any:
    def act() -> tuple[str, str]:
        statuses = [
            till.sell([(product, 100.0, 1)])["status"] for _time in range(times)
        ]
        return "sold", json.dumps(Counter(statuses))

    return act


def run(
    bench: Bench,
    server: BenchServer,
    worker: Worker,
    shop: Shop,
    scale: str,
    tills: list[Till],
) -> list[dict[str, Any]]:
    title = "with tills" if tills else "orders only"
    goods = worker.call("scarce_product", pieces=PIECES)
    product = goods["product"]
    carts = worker.call("carts", product=product, count=ORDERS[scale])
    crowd = Crowd()
    acts = [submit(server, shop, order, token) for order, token in carts]
    acts += [sell(till, product, TILL_SALES[scale]) for till in tills]
    with bench.progress.step(f"{len(carts)} orders at once, {title}"):
        seconds = crowd.run(acts)
    facts = worker.call(
        "promises", product=product, orders=[order for order, _token in carts]
    )
    sold = facts["sold"]
    promised = facts["confirmed"] + facts["held"]
    bench.progress.say(f"     {json.dumps(facts)}")
    for status in ("error", "refused", "sold", "placed"):
        for text, times in crowd.texts(status).most_common(3):
            bench.progress.say(f"     {status} {times}x: {text}")
    answered = crowd.count("placed") + crowd.count("refused")
    key = "tills" if tills else "orders"
    total = promised + sold
    return [
        report.row(f"{key}.promised", total, "pieces", PIECES, ok=total == PIECES),
        report.row(f"{key}.sold_at_tills", sold, "pieces"),
        report.row(
            f"{key}.negative",
            facts["negative"],
            "warehouses",
            0,
            ok=facts["negative"] == 0,
        ),
        report.row(
            f"{key}.without_goods",
            facts["without_goods"] + facts["unserved"],
            "orders",
            0,
            ok=facts["without_goods"] + facts["unserved"] == 0,
        ),
        report.row(
            f"{key}.lost", len(carts) - answered, "orders", 0, ok=answered == len(carts)
        ),
        report.row(
            f"{key}.confirmed_of_placed",
            facts["confirmed"],
            "orders",
            crowd.count("placed"),
            ok=facts["confirmed"] == crowd.count("placed"),
        ),
        report.row(f"{key}.refused", crowd.count("refused"), "orders"),
        report.row(f"{key}.seconds", seconds, "s"),
        report.row(f"{key}.placed_median", crowd.median("placed"), "s"),
        report.row(f"{key}.refused_median", crowd.median("refused"), "s"),
        report.row(f"{key}.broken_promises", facts["breaches"], "rows"),
    ]


def main() -> int:
    arguments = parse_arguments(__doc__ or "")
    bench = Bench.load("oversell", arguments.home)
    rows = []
    with bench.ground() as stack:
        bench.build(stack, OURS, script("small"))
        worker = stack.enter_context(bench.worker(OURS))
        facts = worker.call("tills", product_count=10)
        workers = [f"--workers={WORKERS}", f"--gevent-port={ports.find_free()}"]
        server = bench.serve(stack, OURS, workers)
        shop = Shop(server)
        with bench.progress.step("First visit"):
            shop.open_shop()
            tills = [
                Till(
                    server.url,
                    f"bench_till_{number % 4}",
                    config,
                    number,
                    facts["method"],
                )
                for number, config in enumerate([facts["shared"], *facts["own"]])
            ]
            for till in tills:
                till.open()
        rows += run(bench, server, worker, shop, arguments.scale, [])
        rows += run(bench, server, worker, shop, arguments.scale, tills)
    load = os.getloadavg()[0]
    print()
    print(
        report.table(
            ("what", "value", "goal", "held"),
            [
                (
                    it["name"],
                    f"{it['value']:g} {it['unit']}",
                    "-" if it["goal"] is None else f"{it['goal']:g}",
                    "yes" if it["ok"] else "NO",
                )
                for it in rows
            ],
        )
    )
    path = report.write("oversell", rows)
    print(
        f"\n{path.relative_to(ROOT)} written after {bench.progress.elapsed()},"
        f" load average {load:.1f}."
    )
    return 0 if all(it["ok"] for it in rows) else 1


if __name__ == "__main__":
    sys.exit(main())

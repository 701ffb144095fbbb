"""Thirty stores tap on one order in the same moment: who has it, who is told when?

    ./o2o bench grab [--scale small|full]

small: 20 rounds. full: 100. Each till is a session and a websocket of its own, the taps
are HTTP requests that start together.
"""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from benchmarks.bell import Chain, percentile, show  # noqa: E402
from benchmarks.lib import report  # noqa: E402
from benchmarks.lib.bench import Bench, parse_arguments  # noqa: E402
from benchmarks.lib.client import Client, ServerError  # noqa: E402
from benchmarks.lib.tills import Heard  # noqa: E402

STORES = 30
ROUNDS = {"small": 20, "full": 100}
TOLD_GOAL = 1000


class Round:
    """One order, all stores at once."""

    def __init__(self, chain: Chain, clients: list[Client], number: int) -> None:
        self.chain = chain
        self.tills = chain.tills.tills
        self.clients = clients
        facts = chain.facts
        self.order = chain.worker.call(
            "pool_order",
            member=facts["members"][number % STORES],
            product=facts["product"],
            website=facts["website"],
        )
        self.answers: list[dict[str, Any] | None] = [None] * STORES
        self.answered = [0.0] * STORES

    def play(self) -> None:
        barrier = threading.Barrier(STORES)

        def tap(index: int) -> None:
            barrier.wait()
            try:
                self.answers[index] = self.clients[index].call(
                    "o2o.fulfillment", "pos_grab", self.tills[index].id, self.order
                )
            except (ServerError, OSError) as error:
                self.answers[index] = {"status": "error", "message": str(error)[:200]}
            self.answered[index] = time.monotonic()

        threads = [
            threading.Thread(target=tap, args=(index,)) for index in range(STORES)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def judge(self) -> tuple[list[str], list[float]]:
        """:return: what is wrong; milliseconds from the winner's answer until each
        loser knew it, by the answer or by the message, whatever came first"""
        statuses = [answer["status"] for answer in self.answers if answer]
        wrong = []
        if statuses.count("ok") != 1:
            wrong.append(f"{statuses.count('ok')} winners")
        others = [status for status in statuses if status not in ("ok", "taken")]
        if others:
            wrong.append(f"answers {sorted(set(others))}")
        if wrong:
            return wrong, []
        winner = statuses.index("ok")
        facts = self.chain.worker.call("look_at", fulfillment=self.order)
        if (facts["state"], facts["won"], facts["accepted"]) != ("accepted", 1, 1):
            wrong.append(f"in the end {facts}")
        if facts["store"] != self.tills[winner].store:
            wrong.append("the goods are in another store")
        return wrong, self._told(winner)

    def _told(self, winner: int) -> list[float]:
        def is_it(heard: Heard) -> bool:
            return (
                heard.kind == "O2O_POOL_CHANGED"
                and heard.payload["fulfillment_id"] == self.order
                and heard.payload["event"] == "taken"
            )

        losers = [index for index in range(STORES) if index != winner]
        heard = self.chain.tills.wait(
            [self.tills[index].id for index in losers], is_it, 10
        )
        told = []
        for index in losers:
            known = min(
                self.answered[index], heard.get(self.tills[index].id, float("inf"))
            )
            told.append(max(0.0, known - self.answered[winner]) * 1000)
        return told


def main() -> int:
    arguments = parse_arguments(__doc__ or "")
    bench = Bench.load("grab", arguments.home)
    rounds = ROUNDS[arguments.scale]
    wrong: list[str] = []
    told: list[float] = []
    taps: list[float] = []
    with bench.ground() as stack:
        chain = Chain(bench, stack, STORES, tills_each=1)
        chain.open_all()
        clients = []
        for _store in range(STORES):
            client = Client(chain.server.url)
            client.session.cookies.update(chain.cashier.session.cookies)
            clients.append(client)
        with chain.progress.step(f"{rounds} orders, {STORES} stores each"):
            for number in range(rounds):
                one = Round(chain, clients, number)
                start = time.monotonic()
                one.play()
                taps += [(moment - start) * 1000 for moment in one.answered]
                bad, times = one.judge()
                wrong += [f"round {number}: {it}" for it in bad]
                told += times
    exact = rounds - len({text.split(":")[0] for text in wrong})
    slowest = max(told, default=float("inf"))
    rows = [
        report.row(
            "rounds with one winner", exact, "rounds", rounds, ok=exact == rounds
        ),
        report.row(
            "last loser told after the winner",
            slowest if told else 10**6,
            "ms",
            TOLD_GOAL,
            ok=slowest <= TOLD_GOAL,
        ),
        report.row("loser told, median", percentile(told, 50) if told else 0.0, "ms"),
        report.row("tap to answer, median", percentile(taps, 50), "ms"),
        report.row("tap to answer, slowest", max(taps), "ms"),
    ]
    print(f"\n{show(rows)}\n")
    for text in wrong[:20]:
        print(text)
    path = report.write("grab", rows)
    print(f"{path.relative_to(ROOT)} written after {bench.progress.elapsed()}.")
    return 0 if all(row["ok"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())

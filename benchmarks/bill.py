"""A gateway's bill of a day: read, loaded and matched, how long and in how much memory?

    ./o2o bench bill [--scale small|full]

small: 10,000 rows. full: 100,000 rows, of which 10,000 are refunds, as WeChat Pay
writes them (the largest file of the three), against as many payments and refunds of
ours with their transactions, payments in the books and orders. Some hundred differences
of known kinds are put in; exactly these have to be found. A process of its own reads
the file that was kept, loads it, matches it and books the fees; its peak is what the
kernel says of it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from benchmarks.lib import report  # noqa: E402
from benchmarks.lib.bench import Bench, parse_arguments  # noqa: E402
from benchmarks.lib.timing import OURS  # noqa: E402

ROWS = {"small": 10_000, "full": 100_000}
#: of a full bill, and in proportion for a smaller one
SECONDS_GOAL, FULL_ROWS = 60.0, 100_000
MEMORY_GOAL = 500.0
TABLES = "o2o_payment_intent o2o_payment_refund payment_transaction account_payment"
TABLES += " sale_order_transaction_rel"


def measure(bench: Bench, scale: str) -> tuple[dict[str, Any], dict[str, Any]]:
    count = ROWS[scale]
    with bench.ground() as stack:
        bench.build(stack, OURS, "")
        with (
            bench.progress.step(f"{count:,} payments and refunds, and their bill"),
            bench.worker(OURS) as worker,
        ):
            made = worker.call("make_bill", count=count)
        for table in TABLES.split():
            bench.stack.server.psql(bench.database(OURS), f"VACUUM ANALYZE {table}")
        # another process: the peak of this one is of the bill alone
        with bench.worker(OURS) as worker:
            before = worker.call("peak_memory")
            worker.find_backends()
            used = worker.cpu()
            with bench.progress.step("Read, loaded, matched, booked"):
                found = worker.call("work_off_bill", bill_id=made["bill_id"])
            found["cpu"] = worker.cpu() - used
            found["before"] = before
            with bench.progress.step("Once more"):
                found["again"] = worker.call("match_again", bill_id=made["bill_id"])
        bench.progress.say(f"  load average {os.getloadavg()[0]:.1f}")
    return made, found


def rows(made: dict[str, Any], found: dict[str, Any]) -> list[dict[str, Any]]:
    goal = max(SECONDS_GOAL * made["rows"] / FULL_ROWS, 10.0)
    expected, kinds = made["differences"], found["differences"]
    is_right = (
        kinds == expected
        and found["rows"] == made["rows"]
        and found["state"] == "matched"
        and abs(found["difference"] - made["difference"]) < 0.001
    )
    return [
        report.row("seconds", found["seconds"], "s", goal, ok=found["seconds"] <= goal),
        report.row(
            "peak", found["peak"], "MB", MEMORY_GOAL, ok=found["peak"] <= MEMORY_GOAL
        ),
        report.row("differences", sum(kinds.values()), "rows", ok=is_right),
        report.row(
            "changed_by_second_run",
            found["again"]["changed"],
            "rows",
            0,
            ok=found["again"]["changed"] == 0,
        ),
        report.row("cpu", found["cpu"], "s"),
        report.row("before", found["before"], "MB"),
        report.row("again", found["again"]["seconds"], "s"),
        *(
            report.row(f"step.{name}", seconds, "s")
            for name, seconds in found["steps"].items()
        ),
    ]


def table(made: dict[str, Any], lines: list[dict[str, Any]]) -> str:
    return report.table(
        ("what", "value", "goal", "held"),
        [
            (
                it["name"].replace("_", " "),
                f"{it['value']:,.1f} {it['unit']}",
                "-" if it["goal"] is None else f"{it['goal']:g}",
                "yes" if it["ok"] else "NO",
            )
            for it in lines
        ],
    )


def main() -> int:
    arguments = parse_arguments(__doc__ or "")
    bench = Bench.load("bill", arguments.home)
    made, found = measure(bench, arguments.scale)
    lines = rows(made, found)
    print(f"\n{made['rows']:,} rows, {made['bytes'] / 1e6:.1f} million bytes")
    print(f"\n{table(made, lines)}\n")
    print(f"put in: {made['differences']}")
    print(f"found:  {found['differences']}")
    path = report.write("bill", lines)
    print(f"{path.relative_to(ROOT)} written after {bench.progress.elapsed()}.")
    return 0 if all(it["ok"] for it in lines) else 1


if __name__ == "__main__":
    sys.exit(main())

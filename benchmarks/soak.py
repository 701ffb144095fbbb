"""A box at work day after day: does it grow?

    ./o2o bench soak [--scale small|full]

small: three days of a store, full: fourteen, each pressed into a minute or so. A day
has 400 slips, 300 swipes, 240 card sales, 480 scanner codes and 600 lines on the
display, with covers opened, plugs pulled, answers lost and servers started again in
between. The box is a real process, its server and devices are stand-ins outside of it.
A box that leaks on purpose shows that a leak is found. No Odoo and no database.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
ADDON = ROOT / "addons" / "o2o_pos_device"
sys.path[:0] = [
    str(ROOT),
    str(ROOT / "tools"),
    str(ADDON / "iot_handlers" / "lib"),
    str(ADDON / "tests_box"),
]

from benchmarks.bell import show  # noqa: E402
from benchmarks.lib import report  # noqa: E402
from benchmarks.lib.bench import Bench, parse_arguments  # noqa: E402
from benchmarks.lib.soak_store import WIDTHS, Store, after  # noqa: E402

DAYS = {"small": 3, "full": 14}
HOURS = 12
#: of one hour
SLIPS, SWIPES, SALES, CODES, LINES = 34, 25, 20, 40, 50
#: sale slips of a till while the internet is away
BESIDE = 3
TAKEN = ("received", "printing", "printed")
#: what a day of the leaking control adds up to must be found within this one
CONTROL_DAYS = 1
#: caches fill and the heap finds its size: not judged
WARM_UP_HOURS = 6
#: seconds that the box remembers a finished job in the soak: some hours of it
KEPT_SECONDS = 25
MEMORY_GOAL = 512
ACCIDENTS = (
    "cover",
    "paper",
    "cable",
    "printer",
    "reader",
    "display",
    "scale",
    "answers",
    "server",
    "internet",
    "terminal",
)
SEED = 19


@dataclass(frozen=True)
class Sample:
    """The box at rest: kibibytes of its own memory, threads, descriptors, rows."""

    memory: int
    threads: int
    files: int
    jobs: int
    journal: int
    disk: int


def take_sample(store: Store) -> Sample:
    store.settle()
    process = Path("/proc") / str(store.box.pid)
    status = dict(
        line.split(":", 1) for line in (process / "status").read_text().splitlines()
    )
    rows = store.rows()
    return Sample(
        memory=int(status["RssAnon"].split()[0]),
        threads=int(status["Threads"]),
        files=len(list((process / "fd").iterdir())),
        jobs=rows["job"],
        journal=rows["tx"],
        disk=rows["bytes"] // 1024,
    )


def slip(uid: str, chance: Any) -> dict[str, Any]:
    """An order slip with all that costs memory: rare characters, QR, barcode."""
    name = chance.choice(
        ("贵州茅台酒 飞天 53度 500ml", "㐂乐 𠮷田 清酒", "Château 珍藏 750ml")
    )
    columns = [("", 4, "left"), ("2", 2, "right"), ("￥1499.00", 4, "right")]
    row = {
        "type": "row",
        "columns": [
            {"text": text, "width": width, "align": align}
            for text, width, align in columns
        ],
    }
    goods = [{"type": "text", "text": name}, row] * chance.randint(1, 10)
    return {
        "version": 1,
        "blocks": [
            {"type": "text", "text": "订单小票", "size": "double", "align": "center"},
            *goods,
            {"type": "barcode", "data": uid},
            {"type": "qr", "data": f"https://shop.example/o/{uid}"},
            {"type": "text", "text": f"END {uid}"},
            {"type": "cut"},
        ],
    }


class Hours:
    """The work of a store, hour by hour.

    :param store: its devices
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self.chance = store.chance
        self.number = 0
        self.done: Counter[str] = Counter()

    def run(self) -> None:
        """One hour, with one thing going wrong."""
        store, chance = self.store, self.chance
        accident = ACCIDENTS[self.number % len(ACCIDENTS)]
        self.number += 1
        uids = [f"H{self.number:04}-{index:02}" for index in range(SLIPS)]
        store.queue([self._job(uid) for uid in uids])
        self._go_wrong(accident)
        work = ["swipe"] * SWIPES + ["sale"] * SALES + ["code"] * CODES
        work += ["line"] * LINES
        chance.shuffle(work)
        for index, what in enumerate(work):
            self._do(what, self.number * 1000 + index)
        self.done.update(store.wait_printed())
        lost = [uid for uid in uids if not store.papers.slips[uid]]
        self.done["lost"] += len(lost)
        self.done["weighed"] += store.weigh() is not None
        store.papers.slips.clear()

    def _job(self, uid: str) -> dict[str, Any]:
        return {
            "uid": uid,
            "name": uid,
            "printer_id": self.chance.randint(1, len(WIDTHS)),
            "document_type": "order_slip",
            "document": slip(uid, self.chance),
            "copies": 1,
            "expires_in": 7200,
            "on_unknown": "reprint",
            "banner": "补打 可能重复",
        }

    def _do(self, what: str, number: int) -> None:
        store = self.store
        if what == "swipe":
            reader = self.chance.choice(("stripe", "chip"))
            text = f";88{number:014}?" if reader == "stripe" else f"{number:08X}"
            self.done["again"] += store.swipe(reader, text) - 1
            self.done["swipes"] += 1
        elif what == "code":
            self.done["again"] += store.swipe("scanner", f"69{number:011}") - 1
            self.done["codes"] += 1
        elif what == "line":
            store.show("应收", f"￥{number}.00")
            self.done["lines"] += 1
        else:
            state = store.sell(f"sale-{number}")
            self.done["sales"] += state in ("approved", "declined")

    def _go_wrong(self, accident: str) -> None:
        """Something a store's day brings; all of it is over within a second."""
        store, chance = self.store, self.chance
        printer = chance.choice(store.printers)
        faults = {"cover": "cover_open", "paper": "paper_out", "printer": "unplugged"}
        if accident in faults:
            name = faults[accident]
            printer.set_faults({name: True})
            after(chance.uniform(0.2, 0.8), lambda: printer.set_faults({name: False}))
        elif accident == "cable":
            printer.set_faults({"drop_after": chance.randint(50, 900)})
        elif accident == "reader":
            port = chance.choice([*store.ports.values()])
            port.unplug()
            time.sleep(0.3)
            port.plug_in()
            # who swipes looks at the lamp first
            store.settle()
        elif accident == "display":
            store.display.unplug()
            time.sleep(0.3)
            store.display.plug_in()
        elif accident == "scale":
            store.scale.unplug()
            time.sleep(0.3)
            store.scale.plug_in()
        elif accident == "answers":
            store.server.loses_answers = 2
        elif accident == "server":
            store.server.hang_up()
        elif accident == "internet":
            store.server.is_down = True
            for index in range(BESIDE):
                uid = f"beside-{self.number}-{index}"
                self.done["beside"] += store.print_beside(slip(uid, chance)) in TAKEN
            store.server.is_down = False
        else:
            self.done["sales"] += bool(store.sell(f"lost-{self.number}", "lost_answer"))


def slope(values: list[float]) -> float:
    """What is added from one sample to the next, by least squares."""
    fit = statistics.linear_regression(range(len(values)), values)
    return fit.slope


def live(
    days: int, options: list[str], seed: int = SEED
) -> tuple[list[Sample], Counter[str]]:
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Store(Path(folder), options, seed)) as store,
    ):
        store.settle()
        hours = Hours(store)
        samples = []
        for _hour in range(days * HOURS):
            hours.run()
            samples.append(take_sample(store))
        return samples, hours.done


def judge(samples: list[Sample], name: str = "") -> Iterator[dict[str, Any]]:
    """What grew after the warm-up, for a day of the store."""
    warm = samples[WARM_UP_HOURS:]
    memory = slope([sample.memory for sample in warm]) * HOURS
    yield report.row(
        f"{name}memory, growth a day",
        memory,
        "KiB",
        MEMORY_GOAL,
        ok=memory <= MEMORY_GOAL,
    )
    for title, values in (
        ("threads", [sample.threads for sample in warm]),
        ("descriptors", [sample.files for sample in warm]),
    ):
        # one that is just being closed is no growth
        half = len(values) // 2
        more = statistics.median(values[half:]) - statistics.median(values[:half])
        yield report.row(f"{name}{title}, growth", more, "", 0, ok=more <= 0)


def watch(days: int) -> Iterator[dict[str, Any]]:
    samples, done = live(days, ["--kept", str(KEPT_SECONDS)])
    hours = days * HOURS
    last = samples[-1]
    for title, count, wanted in (
        ("slips printed", done["printed"], SLIPS * hours),
        ("swipes", done["swipes"], SWIPES * hours),
        ("scanner codes", done["codes"], CODES * hours),
        ("card sales", done["sales"], SALES * hours),
    ):
        is_done = count + done["unknown"] >= wanted
        yield report.row(title, count, f"of {wanted}", ok=is_done)
    outages = sum(
        ACCIDENTS[hour % len(ACCIDENTS)] == "internet" for hour in range(hours)
    )
    wanted = outages * BESIDE
    is_done = done["beside"] == wanted
    yield report.row(
        "slips without internet", done["beside"], f"of {wanted}", ok=is_done
    )
    yield report.row("swiped again, reader unplugged", done["again"], "times")
    yield report.row("slips lost", done["lost"], "", 0, ok=not done["lost"])
    yield report.row("memory of the box", last.memory / 1024, "MiB")
    yield from judge(samples)
    yield report.row("threads", last.threads, "")
    yield report.row("descriptors", last.files, "")
    # what is older than the month is gone: no more than the last hours are left
    for title, values in (
        ("jobs in the spool", [sample.jobs for sample in samples]),
        ("rows of the terminal's journal", [sample.journal for sample in samples]),
        ("files on the disk", [sample.disk for sample in samples]),
    ):
        half = len(values) // 2
        early, late = max(values[:half]), max(values[half:])
        is_bounded = late <= early * 1.25
        unit = "KiB" if title.startswith("files") else "rows"
        yield report.row(f"{title}, most", late, unit, early * 1.25, ok=is_bounded)


def control() -> Iterator[dict[str, Any]]:
    """A box that leaks: memory and descriptors must be found to grow."""
    samples, _done = live(CONTROL_DAYS, ["--kept", str(KEPT_SECONDS), "--leaky"])
    found = {row["name"]: row for row in judge(samples, "leaking control: ")}
    for name in ("memory, growth a day", "descriptors, growth"):
        row = found[f"leaking control: {name}"]
        yield {**row, "ok": not row["ok"]}


def main() -> int:
    arguments = parse_arguments(__doc__ or "")
    progress = Bench.load("soak", arguments.home).progress
    days = DAYS[arguments.scale]
    rows: list[dict[str, Any]] = []
    with progress.step(f"{days} days of a store"):
        rows += watch(days)
    with progress.step(f"{CONTROL_DAYS} day of a box that leaks"):
        rows += control()
    print(f"\n{show(rows)}\n")
    path = report.write("soak", rows)
    print(f"{path.relative_to(ROOT)} written after {progress.elapsed()}.")
    return 0 if all(row["ok"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())

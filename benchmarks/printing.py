"""Slips: how long from the job to the last byte, and do kills lose or double any?

    ./o2o bench printing [--scale small|full]

small: 50 boxes, 100 slips, then 60 slips with kills. full: 50 boxes, 1000 slips, then
500 with kills. Boxes, websockets and the server are real; the printers are the virtual
ones of the box, over TCP.
"""

from __future__ import annotations

import logging
import random
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LIB = ROOT / "addons" / "o2o_pos_device" / "iot_handlers" / "lib"
sys.path[:0] = [str(ROOT), str(ROOT / "tools"), str(LIB)]

from benchmarks.bell import percentile, show  # noqa: E402
from benchmarks.lib import report  # noqa: E402
from benchmarks.lib.bench import Bench, parse_arguments  # noqa: E402
from benchmarks.lib.client import Client  # noqa: E402
from benchmarks.lib.server import BenchServer  # noqa: E402
from benchmarks.lib.shop import script  # noqa: E402
from benchmarks.lib.timing import OURS  # noqa: E402
from benchmarks.lib.worker import Worker  # noqa: E402
from o2o_box.box import Box  # noqa: E402
from o2o_box.config import BoxConfig  # noqa: E402
from o2o_box.paper import Paper  # noqa: E402
from o2o_box.render import render  # noqa: E402
from o2o_box.vprinter import VirtualPrinter  # noqa: E402

BOXES = 50
#: slips that are timed, slips under fire
SCALES = {"small": (100, 60), "full": (1000, 500)}
MEDIAN_GOAL, P99_GOAL = 100, 500
BYTES_GOAL, RENDER_GOAL = 1536, 2.0
LINE_SECONDS = 0.004
#: papers between two accidents: by progress, so that a busy machine is no worse
PAPERS_BETWEEN = (1, 4)
#: of so many accidents: a server takes seconds to come back
ACCIDENTS = {"box": 10, "cable": 10, "server": 1}
#: somewhere in the next slip
MOMENT_SECONDS = 0.2
LOGIN = "bench_manager"
BANNER = "补打"
BOX_PROCESS = ROOT / "benchmarks" / "lib" / "box_process.py"
INI = """
[server]
url = {url}
[box]
state_dir = {state}
pairing_code = {code}
fallback_seconds = 0.5
"""


def slip(uid: str, goods: int = 20) -> dict[str, Any]:
    """An order slip of 20 lines of goods, as the store gets it."""
    columns = [("", 4, "left"), ("2", 2, "right"), ("￥1499.00", 4, "right")]
    row = {
        "type": "row",
        "columns": [
            {"text": text, "width": width, "align": align}
            for text, width, align in columns
        ],
    }
    name = {"type": "text", "text": "贵州茅台酒 飞天 53度 500ml"}
    return {
        "version": 1,
        "blocks": [
            {"type": "text", "text": f"BEGIN {uid}"},
            *[block for _each in range(goods // 2) for block in (name, row)],
            {"type": "text", "text": f"END {uid}"},
            {"type": "cut"},
        ],
    }


class Papers:
    """What came out of the printers, and when."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.at: dict[int, list[float]] = {}
        self._changed = threading.Condition()

    def add(self, printer_number: int, paper: Paper) -> None:
        with self._changed:
            self.texts.append(paper.text())
            self.at.setdefault(printer_number, []).append(time.monotonic())
            self._changed.notify_all()

    def count(self, printer_number: int) -> int:
        return len(self.at.get(printer_number, []))

    def wait_total(self, count: int, seconds: float) -> None:
        """Until so many papers came out of all printers, or the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.texts) >= count, seconds)

    def wait(self, printer_number: int, count: int, seconds: float) -> float:
        """When the paper with that number came out."""
        with self._changed:
            if not self._changed.wait_for(
                lambda: self.count(printer_number) >= count, seconds
            ):
                raise TimeoutError(f"no paper at printer {printer_number}")
            return self.at[printer_number][count - 1]


def rendering() -> Iterator[dict[str, Any]]:
    """A Chinese order slip of 20 lines, 80 mm."""
    document = slip("S00042")
    render(document)
    samples = []
    for _round in range(200):
        begin = time.perf_counter()
        data = render(document)
        samples.append((time.perf_counter() - begin) * 1000)
    median, size = percentile(samples, 50), len(data)
    yield report.row("slip of 20 lines", size, "B", BYTES_GOAL, ok=size <= BYTES_GOAL)
    yield report.row(
        "its rendering", median, "ms", RENDER_GOAL, ok=median <= RENDER_GOAL
    )


def latency(
    server: BenchServer, worker: Worker, folder: Path, slips: int, stack: ExitStack
) -> Iterator[dict[str, Any]]:
    """From the committed job to the last byte at the printer, with 50 boxes."""
    papers = Papers()
    printers = [VirtualPrinter(number, papers).start() for number in range(BOXES)]
    for printer in printers:
        stack.callback(printer.stop)
    facts = worker.call("add_boxes", ports=[printer.port for printer in printers])
    for number, fact in enumerate(facts):
        box = Box(
            BoxConfig(
                server_url=server.url,
                state_dir=folder / f"box{number}",
                pairing_code=fact["code"],
            )
        )
        thread = threading.Thread(target=box.run, daemon=True)
        thread.start()
        stack.callback(thread.join, 10)
        stack.callback(box.stop)
        # stores do not switch on in the same instant
        time.sleep(0.1)
    manager = Client(server.url)
    time.sleep(2)
    manager.log_in(LOGIN, LOGIN)

    def print_one(number: int) -> tuple[float, float]:
        """:return: milliseconds from the commit and from the request to the paper"""
        already = papers.count(number)
        begin = time.monotonic()
        manager.call("o2o.printer", "action_print_test", [facts[number]["printer"]])
        committed = time.monotonic()
        at = papers.wait(number, already + 1, 30)
        return max(at - committed, 0) * 1000, (at - begin) * 1000

    # every box is paired and listens before the clock runs
    for number in range(BOXES):
        print_one(number)
    time.sleep(2)
    samples = [print_one(index % BOXES) for index in range(slips)]
    after = [sample[0] for sample in samples]
    median, p99 = percentile(after, 50), percentile(after, 99)
    yield report.row(
        "job to last byte, median", median, "ms", MEDIAN_GOAL, ok=median <= MEDIAN_GOAL
    )
    yield report.row("job to last byte, p99", p99, "ms", P99_GOAL, ok=p99 <= P99_GOAL)
    # with the request that makes the job: for information
    whole = [sample[1] for sample in samples]
    yield report.row("request to last byte, median", percentile(whole, 50), "ms")


@dataclass
class Fire:
    """A box and its slips while processes are killed and the cable is pulled."""

    server: BenchServer
    worker: Worker
    folder: Path
    name: str
    fact: dict[str, Any]
    printer: VirtualPrinter
    papers: Papers
    options: list[str] = field(default_factory=list)
    kills: Counter = field(default_factory=Counter)

    def start(self) -> subprocess.Popen[bytes]:
        config = self.folder / f"{self.name}.ini"
        config.write_text(
            INI.format(
                url=self.server.url,
                state=self.folder / self.name,
                code=self.fact["code"],
            )
        )
        with (self.folder / f"{self.name}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, BOX_PROCESS, "--config", config, *self.options],
                stdout=log,
                stderr=log,
            )

    def kill_server(self) -> None:
        self.server.kill()
        self.server.start()

    def run(self, slips: int, cut_counter: bool, seed: int) -> None:
        """Print the slips; boxes and server are killed and cables pulled at random.

        The server is killed in the middle at the latest, so in each run once at least.
        """
        chance = random.Random(seed)
        uids = [f"{self.name}{number:04}" for number in range(slips)]
        self.worker.call(
            "queue_slips",
            printer=self.fact["printer"],
            documents={uid: slip(uid) for uid in uids},
            cut_counter=cut_counter,
        )
        box = self.start()
        server = threading.Thread(target=self.kill_server)
        try:
            limit = time.monotonic() + 120 + 5 * slips
            wanted = chance.randint(*PAPERS_BETWEEN)
            while time.monotonic() < limit:
                self.papers.wait_total(wanted, 1)
                time.sleep(chance.uniform(0, MOMENT_SECONDS))
                states = self.worker.call("count_states", uids=uids)
                if not {"new", "received", "printing"} & set(states):
                    break
                if len(self.papers.texts) < wanted:
                    continue
                wanted = len(self.papers.texts) + chance.randint(*PAPERS_BETWEEN)
                [accident] = chance.choices([*ACCIDENTS], [*ACCIDENTS.values()])
                is_middle = states.get("printed", 0) > slips / 2
                if is_middle and not self.kills["server"]:
                    accident = "server"
                if accident == "server" and server.is_alive():
                    continue
                self.kills[accident] += 1
                if accident == "box":
                    box.kill()
                    box.wait(10)
                    box = self.start()
                elif accident == "cable":
                    self.printer.set_faults({"drop_after": chance.randint(50, 900)})
                else:
                    # boxes die and cables break while it is away, too
                    server = threading.Thread(target=self.kill_server)
                    server.start()
        finally:
            if server.ident:
                server.join()
            box.terminate()
            box.wait(20)
        self.printer.set_faults({"drop_after": 0})
        self.unclear = self.worker.call("find_unclear", uids=uids)
        self.uids = uids

    def count(self) -> tuple[int, int, int]:
        """:return: slips that are not there though nobody is told to look, unmarked
        repeats, marked repeats
        """
        plain: Counter = Counter()
        marked: Counter = Counter()
        for text in self.papers.texts:
            lines = text.splitlines()
            for index, line in enumerate(lines):
                if not (match := re.fullmatch(r"END (\S+)", line)):
                    continue
                begin = max(
                    place
                    for place in range(index)
                    if lines[place] == f"BEGIN {match[1]}"
                )
                is_marked = begin > 0 and BANNER in "".join(
                    lines[max(begin - 2, 0) : begin]
                )
                (marked if is_marked else plain)[match[1]] += 1
        lost = sum(
            not (plain[uid] + marked[uid]) and uid not in self.unclear
            for uid in self.uids
        )
        return (
            lost,
            sum(max(plain[uid] - 1, 0) for uid in self.uids),
            sum(marked.values()),
        )


def under_fire(
    server: BenchServer, worker: Worker, folder: Path, slips: int, stack: ExitStack
) -> Iterator[dict[str, Any]]:
    kinds = (
        ("plain printer", "plain", False, []),
        ("counting printer", "count", True, []),
        ("naive control", "naive", False, ["--naive"]),
    )
    for number, (title, name, cut_counter, options) in enumerate(kinds):
        papers = Papers()
        printer = VirtualPrinter(BOXES + number, papers).start()
        stack.callback(printer.stop)
        printer.set_faults({"slow": LINE_SECONDS})
        [fact] = worker.call("add_boxes", ports=[printer.port])
        fire = Fire(
            server, worker, folder, name, fact, printer, papers, options=options
        )
        fire.run(slips, cut_counter, seed=number)
        lost, doubled, marked = fire.count()
        is_control = "--naive" in options
        kills = ", ".join(f"{count} {what}" for what, count in fire.kills.items())
        yield report.row(f"{title}: accidents ({kills})", fire.kills.total(), "")
        unclear = len(fire.unclear)
        yield report.row(f"{title}: slips lost", lost, f"of {slips}", 0, ok=not lost)
        if is_control:
            # it has to double some: else nothing was tested
            yield report.row(f"{title}: doubled", doubled, "", 1, ok=doubled > 0)
        else:
            yield report.row(
                f"{title}: doubled unmarked", doubled, "", 0, ok=not doubled
            )
            yield report.row(f"{title}: repeats with a warning", marked, "")
            yield report.row(f"{title}: left to a person", unclear, "")


def main() -> int:
    arguments = parse_arguments(__doc__ or "")
    logging.disable(logging.WARNING)
    bench = Bench.load("printing", arguments.home)
    timed, shot_at = SCALES[arguments.scale]
    rows = [*rendering()]
    with bench.ground() as stack:
        bench.build(stack, OURS, script("small"))
        worker = stack.enter_context(bench.worker(OURS))
        server = bench.serve(stack, OURS)
        folder = bench.folder / "boxes"
        # tokens and slips of an earlier run are of another database
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        title = f"{timed} slips with {BOXES} boxes"
        with ExitStack() as running, bench.progress.step(title):
            rows += latency(server, worker, folder, timed, running)
        with ExitStack() as running, bench.progress.step(f"{shot_at} slips, killed"):
            rows += under_fire(server, worker, folder, shot_at, running)
    print(f"\n{show(rows)}\n")
    path = report.write("printing", rows)
    print(f"{path.relative_to(ROOT)} written after {bench.progress.elapsed()}.")
    return 0 if all(row["ok"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())

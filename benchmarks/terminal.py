"""Bank-card sales with everything going wrong: is anybody charged twice, or for free?

    ./o2o bench terminal [--scale small|full]

small: 150 sales over TCP and 150 over a serial line; full: 1,000 each. Two of three
requests meet a fault of the simulated terminal, the till's process is killed with -9
again and again. What the terminal charged must be what the box knows, to the fen. A
naive till that repeats what was not answered shows that the faults bite.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LIB = ROOT / "addons" / "o2o_pos_device" / "iot_handlers" / "lib"
sys.path[:0] = [str(ROOT), str(ROOT / "tools"), str(LIB)]

from benchmarks.lib import report  # noqa: E402
from benchmarks.lib.bench import Bench, parse_arguments  # noqa: E402
from benchmarks.lib.terminal_till import (  # noqa: E402
    PATIENCE,
    amount_of,
    open_terminal,
)
from o2o_box.terminal import frame  # noqa: E402
from o2o_box.terminal.port import PortError, SerialPort, TcpPort  # noqa: E402
from o2o_box.terminal.record import (  # noqa: E402
    AnswerRecord,
    RecordError,
    RequestRecord,
)
from o2o_box.terminal.simulator import FAULTS, Simulator  # noqa: E402

SALES = {"small": 150, "full": 1000}
NAIVE_SALES = 60
NAIVE_TRIES = 3
#: sales between two kills, on average
KILL_EACH = 12
SEED = 5


def faults(count: int, seed: int) -> list[str]:
    """A fault for two of three requests; enough for sign-ins and questions too."""
    choice = random.Random(seed)
    return [
        choice.choice(FAULTS) if choice.random() < 2 / 3 else "" for _n in range(count)
    ]


def start(simulator: Simulator, transport: str) -> dict[str, Any]:
    if transport == "tcp":
        return {"host": "127.0.0.1", "port": simulator.start_tcp()}
    return {"connection": "serial", "device": simulator.start_pty()}


class Till:
    """The till's process, started again whenever it was killed."""

    def __init__(self, folder: Path, where: dict[str, Any], sales: int) -> None:
        self.settings = folder / "terminal.json"
        self.settings.write_text(json.dumps(where), encoding="utf-8")
        self.journal = folder / "journal.db"
        self.sales = sales
        self.kills = 0
        self.next = 0

    def run(self) -> None:
        """Sell everything; kill the process at random moments of random sales."""
        moments = random.Random(SEED)
        while self.next < self.sales:
            process = self._start()
            is_killed_after = moments.randrange(1, 2 * KILL_EACH)
            assert process.stdout
            for line in process.stdout:
                self.next = int(line.split()[0]) + 1
                is_killed_after -= 1
                if not is_killed_after:
                    time.sleep(moments.random() * 0.05)
                    process.send_signal(signal.SIGKILL)
                    self.kills += 1
                    break
            process.stdout.close()
            if process.wait(60) > 0:
                raise RuntimeError(f"the till ended with {process.returncode}")

    def _start(self) -> subprocess.Popen[str]:
        command = [
            sys.executable,
            "-m",
            "benchmarks.lib.terminal_till",
            str(self.settings),
            str(self.journal),
            str(self.next),
            str(self.sales),
        ]
        path = os.pathsep.join([str(ROOT), str(LIB)])
        return subprocess.Popen(
            command,
            env={**os.environ, "PYTHONPATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )


def careful(transport: str, sales: int, folder: Path) -> Iterator[dict[str, Any]]:
    simulator = Simulator()
    where = start(simulator, transport)
    simulator.fault(*faults(sales * 10, SEED))
    till = Till(folder, where, sales)
    begin = time.monotonic()
    till.run()
    seconds = time.monotonic() - begin
    simulator.clear_faults()
    simulator.stop()
    terminal = open_terminal(where, till.journal)
    results = [terminal.result(f"sale-{number}") for number in range(sales)]
    terminal.stop()
    charges = Counter(entry.amount_fen for entry in simulator.ledger.entries)
    states = Counter(result.state for result in results)
    known_fen = sum(result.amount_fen for result in results)
    wrong = sum(
        charges[amount_of(number)] != (result.state == "approved")
        for number, result in enumerate(results)
    )
    difference = simulator.ledger.charged_fen() - known_fen

    def name(text: str) -> str:
        return f"{transport}: {text}"

    yield report.row(name("sales"), len(results), "sales")
    yield report.row(name("approved"), states["approved"], "sales")
    adopted = sum(result.is_adopted for result in results)
    yield report.row(name("of all, learned by asking"), adopted, "sales")
    yield report.row(name("kills -9 of the till"), till.kills, "times")
    open_sales = sales - states["approved"] - states["declined"]
    yield report.row(name("left unknown"), open_sales, "sales", 0, ok=not open_sales)
    twice = sum(count > 1 for count in charges.values())
    yield report.row(name("charged twice"), twice, "sales", 0, ok=not twice)
    yield report.row(name("charge and result differ"), wrong, "sales", 0, ok=not wrong)
    yield report.row(
        name("charged less known"), difference, "fen", 0, ok=not difference
    )
    yield report.row(name("a sale"), seconds / sales * 1000, "ms")


def naive(transport: str) -> Iterator[dict[str, Any]]:
    """The control: repeats on silence, takes any answer for its own."""
    simulator = Simulator()
    where = start(simulator, transport)
    simulator.ledger.is_signed_in = True
    simulator.fault(*faults(NAIVE_SALES * NAIVE_TRIES, SEED))
    sequence = 0
    for number in range(NAIVE_SALES):
        for _try in range(NAIVE_TRIES):
            sequence += 1
            if naive_try(where, sequence, amount_of(number)):
                break
    simulator.stop()
    charges = Counter(entry.amount_fen for entry in simulator.ledger.entries)
    twice = sum(count > 1 for count in charges.values())
    yield report.row(
        f"{transport}: naive till charges twice", twice, "sales", 1, ok=twice >= 1
    )


def naive_try(where: dict[str, Any], sequence: int, amount_fen: int) -> bool:
    """Send a sale, wait a moment; whether any answer said yes."""
    echo = f"{secrets.randbelow(1000):03d}"
    payload = RequestRecord("00", echo, amount_fen=amount_fen).encode()
    try:
        port = (
            TcpPort(where["host"], where["port"])
            if "host" in where
            else SerialPort(where["device"])
        )
    except PortError:
        return False
    decoder = frame.Decoder()
    try:
        port.write(frame.encode(frame.REQUEST, sequence, payload))
        limit = time.monotonic() + PATIENCE.answer
        while time.monotonic() < limit:
            for item in decoder.feed(port.read(PATIENCE.gap)):
                if item.kind == frame.ANSWER and not item.is_broken:
                    return AnswerRecord.decode(item.payload).code == "00"
    except (PortError, RecordError):
        return False
    finally:
        port.close()
    return False


def show(rows: list[dict[str, Any]]) -> str:
    return report.table(
        ("what", "value", "goal", "held"),
        [
            (
                row["name"],
                f"{row['value']:g} {row['unit']}",
                "" if row["goal"] is None else f"{row['goal']:g}",
                "" if row["goal"] is None else "yes" if row["ok"] else "NO",
            )
            for row in rows
        ],
    )


def main() -> int:
    arguments = parse_arguments(__doc__ or "")
    progress = Bench.load("terminal", arguments.home).progress
    sales = SALES[arguments.scale]
    rows: list[dict[str, Any]] = []
    for transport in ("tcp", "serial"):
        with (
            progress.step(f"{sales} sales over {transport}"),
            tempfile.TemporaryDirectory() as folder,
        ):
            rows += careful(transport, sales, Path(folder))
        with progress.step(f"{NAIVE_SALES} sales of a naive till over {transport}"):
            rows += naive(transport)
    print(f"\n{show(rows)}\n")
    path = report.write("terminal", rows)
    print(f"{path.relative_to(ROOT)} written after {progress.elapsed()}.")
    return 0 if all(row["ok"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())

"""A till's process: sells by bank card until its list is done. Killed at any moment.

    python -m benchmarks.lib.terminal_till SETTINGS.json JOURNAL FIRST LAST

Started again with the same list it sends the same requests; what is known is answered
from the journal. An unknown sale is asked for until the terminal tells.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from o2o_box.terminal import BankTerminal, Patience, TerminalSettings, TxRequest

#: short, so that a thousand sales with hundreds of silences take minutes
PATIENCE = Patience(acknowledge=0.15, answer=0.15, question=0.15, gap=0.05)
GIVE_UP_SECONDS = 120


def amount_of(number: int) -> int:
    """Fen of a sale; each sale's is its own, so that a charge names its sale."""
    return 100 + number


def open_terminal(where: dict[str, Any], journal: Path) -> BankTerminal:
    settings = TerminalSettings(**where, patience=PATIENCE)
    return BankTerminal(settings, journal).start()


def sell(terminal: BankTerminal, number: int) -> str:
    """One sale to a final state, as a cashier would: ask when it is unknown."""
    uid = f"sale-{number}"
    terminal.begin(TxRequest(uid, "sale", amount_of(number)))
    result = terminal.wait(uid, GIVE_UP_SECONDS)
    limit = time.monotonic() + GIVE_UP_SECONDS
    while not result.is_final and time.monotonic() < limit:
        result = terminal.resolve(uid)
    return str(result.state)


def main() -> int:
    settings, journal, first, last = sys.argv[1:]
    where = json.loads(Path(settings).read_text(encoding="utf-8"))
    terminal = open_terminal(where, Path(journal))
    for number in range(int(first), int(last)):
        print(number, sell(terminal, number), flush=True)
    terminal.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())

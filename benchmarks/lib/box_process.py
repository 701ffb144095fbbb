"""One box as a process of its own, to be killed or to be watched.

    python box_process.py --config box.ini [--naive] [--kept SECONDS] [--leaky]

--naive: a control. After an interruption it prints the slip again without asking the
printer and without a word on the paper, as most print servers do.
--kept: finished work is forgotten after so many seconds, not after weeks, so that a
short run sees whether it is.
--leaky: a control. It keeps each slip in memory and a file open for every tenth.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

ADDON = Path(__file__).resolve().parents[2] / "addons" / "o2o_pos_device"
sys.path.insert(0, str(ADDON / "iot_handlers" / "lib"))

from o2o_box import box, cli, spool  # noqa: E402
from o2o_box.terminal import journal  # noqa: E402


class NaiveSpool(spool.Spool):
    """Queues again whatever was interrupted."""

    def start(self, uid: str, cuts_before: int | None = None) -> bool:
        return super().start(uid, None)

    def interrupt(self, uid: str, reason: str, is_missing: bool = False) -> bool:
        with self._transaction() as db:
            db.execute("UPDATE job SET state = ? WHERE uid = ?", (spool.RECEIVED, uid))
        return True


class LeakySpool(spool.Spool):
    """Forgets nothing that it ever printed."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._leak: list[object] = []

    def start(self, uid: str, cuts_before: int | None = None) -> bool:
        self._leak.append(bytearray(os.urandom(8192)))
        if len(self._leak) % 10 == 0:
            self._leak.append(open(os.devnull, "rb"))  # noqa: SIM115
        return super().start(uid, cuts_before)


def main() -> int:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--naive", action="store_true")
    parser.add_argument("--leaky", action="store_true")
    parser.add_argument("--kept", type=float)
    options, arguments = parser.parse_known_args()
    if options.kept is not None:
        spool._KEPT_SECONDS = journal._KEPT_SECONDS = options.kept
        box._PURGE_SECONDS = options.kept / 10
    kinds: dict[str, Callable[[Path], spool.Spool]] = {
        "naive": NaiveSpool,
        "leaky": LeakySpool,
    }
    for name, kind in kinds.items():
        if getattr(options, name):
            box.Spool = kind
    return cli.main(arguments)


if __name__ == "__main__":
    sys.exit(main())

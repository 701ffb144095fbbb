"""One box as a process of its own, to be killed.

    python box_process.py --config box.ini [--naive]

--naive: a control. After an interruption it prints the slip again without asking the
printer and without a word on the paper, as most print servers do.
"""

from __future__ import annotations

import sys
from pathlib import Path

ADDON = Path(__file__).resolve().parents[2] / "addons" / "o2o_pos_device"
sys.path.insert(0, str(ADDON / "iot_handlers" / "lib"))

from o2o_box import cli, spool  # noqa: E402


class NaiveSpool(spool.Spool):
    """Queues again whatever was interrupted."""

    def start(self, uid: str, cuts_before: int | None = None) -> bool:
        return super().start(uid, None)

    def interrupt(self, uid: str, reason: str, is_missing: bool = False) -> bool:
        with self._transaction() as db:
            db.execute("UPDATE job SET state = ? WHERE uid = ?", (spool.RECEIVED, uid))
        return True


def main() -> int:
    arguments = sys.argv[1:]
    if "--naive" in arguments:
        from o2o_box import box

        arguments.remove("--naive")
        box.Spool = NaiveSpool
    return cli.main(arguments)


if __name__ == "__main__":
    sys.exit(main())

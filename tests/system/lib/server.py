"""The server process of the running shop: killed and started as an accident would."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

RUNNER = os.environ.get("O2O_RUNNER") or Path(__file__).parents[3] / "o2o"


class Server:
    def __init__(self, stack):
        self.stack = stack

    def kill(self):
        """kill -9: no handler runs, no transaction is ended politely."""
        pid = self._status()["services"]["odoo"]
        assert pid, "the server is not running"
        os.kill(pid, signal.SIGKILL)
        while Path(f"/proc/{pid}").exists() and not self._is_zombie(pid):
            time.sleep(0.01)

    def start(self):
        """Bring the shop up again at the same address, as a person would."""
        subprocess.run([sys.executable, RUNNER, "up"], check=True, capture_output=True)
        assert self._status()["url"] == self.stack.url

    def sql(self, query):
        """Run a statement in the shop's database."""
        subprocess.run(
            [sys.executable, RUNNER, "psql", "-c", query],
            check=True,
            capture_output=True,
        )

    def _status(self):
        return json.loads(
            subprocess.check_output([sys.executable, RUNNER, "status", "--json"])
        )

    def _is_zombie(self, pid):
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        return stat[stat.rindex(")") + 2] == "Z"

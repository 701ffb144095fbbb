"""An Odoo server of a benchmark: started on a free port, stopped by its pid."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from o2o_cli.odoo import Odoo
from o2o_cli.postgres import Server, literal
from o2o_cli.processes import Service
from o2o_cli.stack import fetch, last_error

# werkzeug's line of Odoo: "GET /shop HTTP/1.1" 200 - 34 0.021 0.080
# (status, size, SQL statements, seconds in SQL, the rest)
REQUEST = re.compile(rb'" \d{3} - (\d+) [\d.]+ [\d.]+ *\r?$', re.MULTILINE)
TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS = 120


class BenchServer:
    """One database served by one threaded Odoo without scheduled jobs."""

    def __init__(
        self, database: str, odoo: Odoo, postgres: Server, port: int, folder: Path
    ) -> None:
        self.database = database
        self.odoo = odoo
        self.postgres = postgres
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self.log = folder / f"{database}.log"
        self.service = Service(database, folder / f"{database}.json", self.log)
        self._position = 0
        self._backends: list[int] = []

    @contextmanager
    def running(self) -> Iterator[BenchServer]:
        self.log.unlink(missing_ok=True)
        self._position = 0
        arguments = ["-d", self.database, f"--http-port={self.port}"]
        pid = self.service.start(self.odoo.command(*arguments), env=self.odoo.env())
        try:
            self._wait(pid)
            yield self
        finally:
            self.service.stop()

    def _wait(self, pid: int) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.service.pid() != pid:
                raise RuntimeError(f"Odoo ended at once: {last_error(self.log)}")
            if fetch(f"{self.url}/web/health") is not None:
                return
            time.sleep(0.2)
        raise RuntimeError(f"Odoo did not start, its log is {self.log}")

    def queries(self, requests: int) -> int:
        """SQL statements of the next `requests` requests in the log.

        The line of a request is written just after its answer was sent, so the last
        one may need a moment.
        """
        for _try in range(100):
            with self.log.open("rb") as stream:
                stream.seek(self._position)
                data = stream.read()
            found = list(REQUEST.finditer(data))
            if len(found) >= requests:
                break
            time.sleep(0.01)
        if found:
            self._position += found[-1].end()
        return sum(int(match[1]) for match in found)

    def cpu(self) -> float:
        """CPU seconds of Odoo and of the database processes that serve it."""
        total = _cpu(self.service.pid() or 0)
        return total + sum(map(_cpu, self._backends))

    def find_backends(self) -> None:
        """Odoo keeps its connections: look them up once, when it is warm."""
        rows = self.postgres.psql(
            "postgres",
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"
            f" AND datname = {literal(self.database)}",
        )
        own = [int(line) for line in rows.split()]
        # a database server elsewhere has no process here
        self._backends = [pid for pid in own if Path(f"/proc/{pid}/stat").exists()]


def _cpu(pid: int) -> float:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0.0
    fields = stat[stat.rindex(")") + 2 :].split()
    return (int(fields[11]) + int(fields[12])) / TICKS

"""An Odoo server of a benchmark: started on a free port, stopped by its pid."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from o2o_cli.odoo import Odoo
from o2o_cli.postgres import Server
from o2o_cli.processes import Service
from o2o_cli.stack import fetch, last_error

from .cpu import cpu_seconds, find_backends

# werkzeug's line of Odoo: "GET /shop HTTP/1.1" 200 - 34 0.021 0.080
# (status, size, SQL statements, seconds in SQL, the rest)
REQUEST = re.compile(rb'" \d{3} - (\d+) [\d.]+ [\d.]+ *\r?$', re.MULTILINE)
START_SECONDS = 120
#: while Odoo is down somebody's connection may have its port for a moment
PORT_TAKEN = "Address already in use"
PORT_SECONDS = 60
LISTEN = Path(__file__).resolve().parents[2] / "config" / "container" / "listen.py"


def lives(group: int) -> bool:
    """Whether a process of a group has not ended yet."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        state, _parent, its_group, *_rest = text[text.rindex(")") + 2 :].split()
        if int(its_group) == group and state not in "ZX":
            return True
    return False


class BenchServer:
    """One database served by one Odoo without scheduled jobs, threaded by default."""

    def __init__(
        self,
        database: str,
        odoo: Odoo,
        postgres: Server,
        port: int,
        folder: Path,
        options: list[str] | None = None,
    ) -> None:
        self.database = database
        self.odoo = odoo
        self.postgres = postgres
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self.options = options or []
        self.log = folder / f"{database}.log"
        self.service = Service(database, folder / f"{database}.json", self.log)
        self._position = 0
        self._backends: list[int] = []

    @contextmanager
    def running(self) -> Iterator[BenchServer]:
        self.log.unlink(missing_ok=True)
        self._position = 0
        try:
            self.start()
            yield self
        finally:
            self.service.stop()

    def start(self) -> None:
        """Start, or start again after :meth:`kill`; ready when this returns."""
        arguments = ["-d", self.database, f"--http-port={self.port}", *self.options]
        command = self.odoo.command(*arguments)
        if any(option.startswith("--workers") for option in self.options):
            # as in production: the socket with a queue for a rush
            options = ["--interface=127.0.0.1", f"--port={self.port}", "--"]
            command = [self.odoo.environment.python, LISTEN, *options, *command]
        deadline = time.monotonic() + PORT_SECONDS
        while True:
            try:
                self._wait(self.service.start(command, env=self.odoo.env()))
            except RuntimeError as error:
                if PORT_TAKEN not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(1)
            else:
                return

    def kill(self) -> None:
        """End at once, as by a power cut, with all worker processes."""
        if pid := self.service.pid():
            # a service leads a session, and so a group, of its own
            os.killpg(pid, signal.SIGKILL)
            # the last of them holds the port
            while lives(pid):
                time.sleep(0.02)

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
        pid = self.service.pid()
        return sum(map(cpu_seconds, [*([pid] if pid else []), *self._backends]))

    def find_backends(self) -> None:
        """Odoo keeps its connections: look them up once, when it is warm."""
        self._backends = find_backends(self.postgres, self.database)

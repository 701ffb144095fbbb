"""Odoo without a web server, told what to do: see benchmarks/inside/worker.py."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from o2o_cli.odoo import Odoo
from o2o_cli.postgres import Server

from .cpu import cpu_seconds, find_backends

PROGRAM = Path(__file__).resolve().parents[1] / "inside/worker.py"


class WorkerError(RuntimeError):
    """What went wrong inside, with its traceback."""


class Worker:
    """One process with Odoo's registry of one database. Use it as a context manager."""

    def __init__(self, database: str, odoo: Odoo, postgres: Server, log: Path) -> None:
        self.database = database
        self.odoo = odoo
        self.postgres = postgres
        self.log = log
        self._backends: list[int] = []

    def __enter__(self) -> Worker:
        command = [self.odoo.environment.python, PROGRAM]
        with self.log.open("ab") as stream:
            self.process = subprocess.Popen(
                [*command, "-c", self.odoo.config, "-d", self.database],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stream,
                env=self.odoo.env(),
                text=True,
                encoding="utf-8",
            )
        return self

    def __exit__(self, *_error: object) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def call(self, name: str, **arguments: Any) -> Any:
        self.begin(name, **arguments)
        return self.end()

    def begin(self, name: str, **arguments: Any) -> None:
        """Start a call; :meth:`end` waits for its result."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"call": name, "with": arguments}) + "\n")
        self.process.stdin.flush()

    def end(self) -> Any:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise WorkerError(f"Odoo ended, its log is {self.log}")
        answer = json.loads(line)
        if "error" in answer:
            raise WorkerError(answer["error"])
        return answer["result"]

    def cpu(self) -> float:
        """CPU seconds of this process and of the database processes that serve it."""
        return sum(map(cpu_seconds, [self.process.pid, *self._backends]))

    def find_backends(self) -> None:
        """Its connections, looked up once, when it is warm."""
        self._backends = find_backends(self.postgres, self.database)

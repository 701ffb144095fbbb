"""./o2o doctor: what is wrong here, and what to do about it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from . import browser, environment, odoo_source, ports
from .errors import O2oError
from .files import check_disk
from .postgres import Embedded
from .stack import Stack
from .steps import Journal

OK, LATER, WRONG = "ok", "--", "!!"


@dataclass(frozen=True)
class Finding:
    state: str
    text: str
    remedy: str = ""


class Doctor:
    """Looks, changes nothing."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.home = stack.home

    def findings(self) -> Iterator[Finding]:
        checks: tuple[Callable[[], Iterator[Finding]], ...] = (
            self.system,
            self.disk,
            self.tools,
            self.odoo,
            self.server,
            self.services,
            self.last_run,
            self.test_needs,
        )
        for check in checks:
            try:
                yield from check()
            except O2oError as error:
                yield Finding(WRONG, error.message, error.remedy)

    def system(self) -> Iterator[Finding]:
        environment.check_python()
        yield Finding(OK, "Python is supported")
        if os.environ.get("O2O_ODOO_PATH") or odoo_source.locate(self.home):
            return
        if shutil.which("apt-get") and shutil.which("dpkg-deb"):
            yield Finding(OK, "apt-get can fetch Odoo")
        else:
            yield Finding(
                WRONG,
                "No apt-get on this system, so Odoo cannot be fetched.",
                "Use docker compose up, or set O2O_ODOO_PATH.",
            )

    def disk(self) -> Iterator[Finding]:
        there = self.stack.environment.has_runtime()
        needs = [(self.home.state, 0.5, "database")]
        if not there:
            needs.append((self.home.cache, 2.5, "environment and Odoo"))
        check_disk(needs)
        yield Finding(OK, "Disk space suffices")

    def tools(self) -> Iterator[Finding]:
        if self.stack.environment.has_runtime():
            yield Finding(OK, f"Python environment {self.stack.environment.path}")
        else:
            yield Finding(LATER, "Python environment: ./o2o up makes it")

    def odoo(self) -> Iterator[Finding]:
        source = odoo_source.locate(self.home)
        if source is None:
            yield Finding(LATER, "Odoo 19.0: ./o2o up fetches it")
            return
        if not source.python_path.is_relative_to(self.home.cache):
            yield Finding(OK, f"Odoo {source.python_path}")
            return
        tree = (
            self.home.cache / source.python_path.relative_to(self.home.cache).parts[0]
        )
        dangling = odoo_source.dangling_links(tree)
        if dangling:
            yield Finding(
                WRONG,
                f"Odoo's tree has {len(dangling)} links that lead nowhere,"
                f" such as {dangling[0].name}.",
                f"Remove {tree} and run ./o2o up.",
            )
        else:
            yield Finding(OK, f"Odoo {source.identity}, all files there")

    def server(self) -> Iterator[Finding]:
        if not self.stack.environment.has_runtime():
            return
        server = self.stack.server
        if isinstance(server, Embedded):
            if server.running():
                yield Finding(OK, f"Embedded PostgreSQL in {server.place}")
            else:
                yield Finding(
                    LATER, "Embedded PostgreSQL is stopped: ./o2o up starts it"
                )
            return
        server.check()
        yield Finding(OK, f"PostgreSQL server {server.host}:{server.port}")

    def services(self) -> Iterator[Finding]:
        stack = self.stack
        port = stack.settings.http_port or ports.DEFAULT_HTTP
        pid = stack.web.pid()
        if pid and stack.answers():
            yield Finding(OK, f"The shop answers at {stack.url}")
        elif pid:
            yield Finding(
                WRONG,
                f"The web server runs (pid {pid}) and does not answer.",
                f"See {stack.web.log}; ./o2o stop and ./o2o up start it anew.",
            )
        elif not ports.is_free(port):
            yield Finding(
                WRONG,
                f"Port {port} is taken by another program.",
                "Stop that program, or run ./o2o up --port auto.",
            )
        else:
            yield Finding(LATER, f"The shop is stopped; port {port} is free")

    def last_run(self) -> Iterator[Finding]:
        cut = Journal(self.home.journal).interrupted()
        if cut:
            yield Finding(
                WRONG,
                f"An earlier run stopped in: {', '.join(cut)}.",
                f"Run ./o2o up to go on; logs are in {self.home.log}.",
            )

    def test_needs(self) -> Iterator[Finding]:
        missing = browser.missing()
        if missing:
            yield Finding(
                LATER,
                f"For ./o2o test: {' and '.join(missing)} missing;"
                " installed by it when it runs as root,"
                f" else: apt-get install {' '.join(missing)}",
            )
        else:
            yield Finding(OK, "Browser and Chinese font for the tests")
        if not shutil.which("npm"):
            yield Finding(
                LATER, "For ./o2o lint: npm missing (apt-get install nodejs npm)"
            )


def run(stack: Stack) -> int:
    """Print all findings; 1 when something is wrong."""
    wrong = 0
    for finding in Doctor(stack).findings():
        wrong += finding.state == WRONG
        remedy = f" {finding.remedy}" if finding.remedy else ""
        stack.progress.say(f"  {finding.state} {finding.text}{remedy}")
    stack.progress.say(
        f"{wrong} thing(s) to put right." if wrong else "Nothing is wrong here."
    )
    return 1 if wrong else 0

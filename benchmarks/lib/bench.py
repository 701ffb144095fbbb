"""The ground of every benchmark: databases of its own, with and without our addons.

Everything comes from the runner (tools/o2o_cli): its environment, its Odoo, its
database server, its prepared database of third-party modules.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from o2o_cli import addons, odoo_config, ports
from o2o_cli.database import Databases
from o2o_cli.home import Home
from o2o_cli.lock import exclusive
from o2o_cli.odoo import Odoo
from o2o_cli.stack import Stack
from o2o_cli.steps import Progress

from .server import BenchServer
from .timing import OURS, STOCK
from .worker import Worker

PREFIX = "o2o_bench"


def parse_arguments(description: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--scale", choices=["small", "full"], default="small")
    parser.add_argument("--home", type=Path, help="state folder (default $O2O_HOME)")
    return parser.parse_args()


@dataclass(frozen=True)
class Bench:
    """One benchmark's databases and servers, named after it."""

    name: str
    home: Home
    progress: Progress

    @classmethod
    def load(cls, name: str, home: Path | None) -> Bench:
        environ = dict(os.environ)
        if home:
            environ["O2O_HOME"] = str(home)
        return cls(name, Home.load(environ), Progress())

    @cached_property
    def stack(self) -> Stack:
        return Stack(self.home, self.progress)

    @property
    def folder(self) -> Path:
        return self.home.state / "bench" / self.name

    def database(self, who: str) -> str:
        return f"{PREFIX}_{self.name}_{who}"

    def odoo(self, who: str) -> Odoo:
        """Odoo with a configuration that knows our addons, or does not."""
        source = self.stack.source
        config = self.folder / f"{who}.conf"
        overrides = odoo_config.local(
            addons=[*source.addons, *([self.home.addons] if who != STOCK else [])],
            data=self.home.data,
            database=self.database(who),
            http_port=ports.DEFAULT_HTTP,
        )
        overrides.update(self.stack.server.odoo_options())
        overrides["max_cron_threads"] = "0"
        odoo_config.write(config, self.home.config_template, overrides)
        return Odoo(source, self.stack.environment, config)

    def databases(self, who: str) -> Databases:
        return Databases(self.home, self.stack.server, self.odoo(who))

    @contextmanager
    def ground(self) -> Iterator[ExitStack]:
        """Tools, database server and folder are there, and ours alone.

        What is put on the stack is cleaned up at the end.
        """
        self.stack.prepare_tools()
        self.folder.mkdir(parents=True, exist_ok=True)
        with exclusive(self.home.lock, wait=600):
            self.stack.prepare_server()
        with exclusive(self.folder / "lock"), ExitStack() as stack:
            yield stack

    @contextmanager
    def both(self, seed: str) -> Iterator[dict[str, BenchServer]]:
        """A server with our addons and one without, on equal data; then all is gone.

        :param seed: Python for Odoo's shell, run in both databases
        """
        with self.ground() as stack:
            servers = {}
            for who in (STOCK, OURS):
                self.build(stack, who, seed)
                servers[who] = self.serve(stack, who)
            yield servers

    def build(self, stack: ExitStack, who: str, seed: str) -> None:
        stack.callback(self._forget, who)
        self._build(who, seed)

    def copy(self, stack: ExitStack, source: str, target: str) -> None:
        """A database like another one, which nobody is using."""
        stack.callback(self._forget, target)
        with self.progress.step(f"Copy of {source} as {target}"):
            self.databases(source).clone(self.database(source), self.database(target))
            # the configuration names its own database
            self.odoo(target)

    def serve(
        self, stack: ExitStack, who: str, options: list[str] | None = None
    ) -> BenchServer:
        """:param options: of Odoo's command line, for example its workers"""
        return stack.enter_context(self._server(who, options).running())

    def worker(self, who: str) -> Worker:
        log = self.folder / f"{who}-worker.log"
        return Worker(self.database(who), self.odoo(who), self.stack.server, log)

    def _build(self, who: str, seed: str) -> None:
        databases = self.databases(who)
        wanted = list(addons.discover(self.home.addons)) if who != STOCK else []
        if addons.DEMO in wanted:
            wanted.remove(addons.DEMO)
        title = "Database with our addons" if wanted else "Database of stock Odoo"
        name = self.database(who)
        databases.build(name, wanted, self.progress, title=title)
        with self.progress.step(f"Data for {who}"):
            log = self.folder / f"{who}-data.log"
            log.unlink(missing_ok=True)
            databases.odoo.shell(name, seed, what=f"Making data for {who}", log=log)

    def _server(self, who: str, options: list[str] | None = None) -> BenchServer:
        return BenchServer(
            self.database(who),
            self.odoo(who),
            self.stack.server,
            ports.find_free(),
            self.folder,
            options,
        )

    def _forget(self, who: str) -> None:
        self.databases(who).drop(self.database(who))

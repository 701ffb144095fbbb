"""The running shop: environment, Odoo, PostgreSQL, database, web server, device box."""

from __future__ import annotations

import os
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from . import (
    addons,
    box,
    commands,
    environment,
    odoo_config,
    odoo_source,
    paysim,
    ports,
)
from .database import Databases
from .environment import Environment
from .errors import DatabaseError, NotRunning, StepFailed
from .files import check_disk
from .home import Home
from .odoo import LAUNCHER, Odoo
from .odoo_source import OdooSource
from .postgres import IDENTIFIER, Embedded, Server, named_server, server_for
from .processes import Service, end_strays
from .settings import Settings
from .steps import Journal, Progress

DEFAULT_DATABASE = "o2o"
START_SECONDS = 180


@dataclass
class Stack:
    """One installation and everything that belongs to it."""

    home: Home
    progress: Progress

    # parts

    @cached_property
    def settings(self) -> Settings:
        return Settings.read(self.home.settings)

    @cached_property
    def web(self) -> Service:
        return Service("odoo", self.home.run / "odoo.json", self.home.log / "odoo.log")

    @property
    def services(self) -> list[Service]:
        return [self.web, *self._helpers()]

    def _helpers(self) -> list[Service]:
        """What was started beside the web server, whether it still runs or not."""
        simulator = paysim.PaySim.of(self.home).service
        simulators = [simulator] if simulator.record.exists() else []
        return [*simulators, *box.services(self.home)]

    @property
    def config(self) -> Path:
        return self.home.state / "odoo.conf"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.http_port or ports.DEFAULT_HTTP}"

    @cached_property
    def database(self) -> str:
        """Name of the shop's database."""
        name = os.environ.get("O2O_DATABASE") or ""
        if not name and named_server(self.home.config_template):
            name = os.environ.get("PGDATABASE") or (
                odoo_config.value(self.home.config_template, "db_name") or ""
            )
        name = name or DEFAULT_DATABASE
        if not IDENTIFIER.match(name):
            raise DatabaseError(
                f"{name!r} cannot be the shop's database.",
                "Name it with small letters, digits and underscores.",
            )
        return name

    @cached_property
    def environment(self) -> Environment:
        return environment.locate(self.home)

    @cached_property
    def source(self) -> OdooSource:
        source = odoo_source.locate(self.home)
        if source is None:
            raise NotRunning("Odoo is not here yet.", "Run ./o2o up first.")
        return source

    @cached_property
    def server(self) -> Server:
        if not self.environment.has_runtime():
            raise NotRunning("The environment is not here yet.", "Run ./o2o up first.")
        return server_for(self.home, self.environment)

    @cached_property
    def odoo(self) -> Odoo:
        return Odoo(self.source, self.environment, self.config)

    @cached_property
    def databases(self) -> Databases:
        return Databases(self.home, self.server, self.odoo)

    # getting ready

    def prepare_tools(self, *, dev: bool = False) -> None:
        """Environment and Odoo; the two downloads run side by side."""
        environment.check_python()
        self.home.create()
        if not self.environment.has_runtime():
            check_disk(
                [
                    (self.home.cache, 2.5, "environment and Odoo"),
                    (self.home.state, 0.5, "database"),
                ]
            )
        with ThreadPoolExecutor(1) as pool:
            fetching = pool.submit(odoo_source.ensure, self.home, self.progress)
            try:
                environment.ensure(self.home, self.progress, dev=dev)
                fetching.result()
            except BaseException:
                commands.kill_children()
                raise

    def prepare_server(self) -> None:
        """The database server answers and we may create databases."""
        if isinstance(self.server, Embedded):
            self.server.ensure(self.progress)
        else:
            self.server.check()

    def write_config(self, database: str | None = None) -> None:
        overrides = {
            **odoo_config.local(
                addons=[*self.source.addons, self.home.addons],
                data=self.home.data,
                database=database or self.database,
                http_port=self.settings.http_port or ports.DEFAULT_HTTP,
            ),
            **self.server.odoo_options(),
        }
        if self.settings.production:
            for key in odoo_config.PRODUCTION_KEPT:
                overrides.pop(key, None)
            overrides["gevent_port"] = str(self.settings.gevent_port or 8072)
        odoo_config.write(self.config, self.home.config_template, overrides)

    def wanted_addons(self) -> list[str]:
        names = list(addons.discover(self.home.addons))
        if self.settings.production and addons.DEMO in names:
            names.remove(addons.DEMO)
        return names

    def choose_ports(self, asked: str | None) -> None:
        self.settings.http_port = ports.choose(asked, self.settings.http_port)
        if self.settings.production:
            free = ports.is_free(self.settings.gevent_port or 8072)
            self.settings.gevent_port = (
                self.settings.gevent_port or 8072 if free else ports.find_free()
            )
        self.settings.write(self.home.settings)

    # life

    def up(self, *, port: str | None = None, production: bool = False) -> bool:
        """Bring everything up. True when it was up already."""
        if self.is_up() and port in (None, "auto", str(self.settings.http_port)):
            return True
        if production and named_server(self.home.config_template) is None:
            raise DatabaseError(
                "Production never uses the embedded PostgreSQL.",
                "Name a server with PGHOST, PGUSER and PGPASSWORD, or in"
                " config/odoo.conf.",
            )
        journal = Journal(self.home.journal)
        cut = journal.interrupted()
        if cut:
            self.progress.say(
                f"  An earlier run stopped in: {', '.join(cut)}. Going on."
            )
            journal.forget(cut)
        self.progress.journal = journal
        self.stop(keep_database_server=True)
        end_strays(self._is_service)
        self.settings.production = production
        self.choose_ports(port)
        self.prepare_tools()
        self.prepare_server()
        self.write_config()
        self.prepare_database()
        self.start()
        return False

    def prepare_database(self) -> None:
        wanted = self.wanted_addons()
        if self.database not in self.server.databases():
            demo = " and the demo shop" if addons.DEMO in wanted else ""
            title = f"Our addons ({len(wanted)}){demo}"
            self.databases.build(self.database, wanted, self.progress, title=title)
            return
        new, changed = self.databases.outdated(self.database, wanted)
        if new or changed:
            self.databases.upgrade(self.database, new, changed, self.progress)

    def start(self) -> None:
        self.set_base_url()
        # first: its keys are in the database when the web server reads them
        paysim.start(self)
        with self.progress.step("Web server"):
            pid = self.web.start(self.odoo.command(), env=self.odoo.env())
            self._wait_for_web(pid)
        if not self.settings.production and box.available(self.home):
            box.start(self)

    def set_base_url(self) -> None:
        """Links in messages lead to where the shop is served now."""
        if not self.settings.production:
            self.server.psql(
                self.database,
                f"UPDATE ir_config_parameter SET value = '{self.url}'"
                " WHERE key = 'web.base.url' AND value <> "
                f"'{self.url}'",
            )

    def _wait_for_web(self, pid: int) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.web.pid() != pid:
                raise StepFailed(
                    f"The web server ended at once: {last_error(self.web.log)}",
                    f"The log is {self.web.log}.",
                )
            if self.answers():
                return
            time.sleep(0.3)
        raise StepFailed(
            f"The web server did not answer within {START_SECONDS} s.",
            f"The log is {self.web.log}.",
        )

    def answers(self, timeout: float = 5) -> bool:
        return fetch(f"{self.url}/web/health?db_server_status=1", timeout) is not None

    def _is_service(self, words: list[str]) -> bool:
        """Whether a command line is that of a service of this very installation."""
        boxes = str(self.home.state / "box") + "/"
        simulator = str(paysim.PaySim.of(self.home).ready)
        return {str(LAUNCHER), "server", str(self.config)} <= set(words) or (
            ("o2o_box" in words and any(word.startswith(boxes) for word in words))
            or {"o2o_paysim", simulator} <= set(words)
        )

    def is_up(self) -> bool:
        if self.web.pid() is None or not self.answers(3):
            return False
        if Journal(self.home.journal).interrupted():
            return False
        # a helper that was started and died counts: up starts it again
        return all(service.pid() for service in self._helpers())

    def stop(self, *, keep_database_server: bool = False) -> list[str]:
        """Stop what runs; names what did."""
        stopped = [
            service.name for service in reversed(self.services) if service.stop()
        ]
        if not keep_database_server and self.environment.has_runtime():
            server = self.server
            if isinstance(server, Embedded) and server.running() and server.stop():
                stopped.append("postgres")
        return stopped


def fetch(url: str, timeout: float = 5) -> bytes | None:
    """Body of a local page, None when it does not answer with 200."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, timeout=timeout) as response:
            return bytes(response.read())
    except (urllib.error.URLError, OSError, ValueError):
        return None


def last_error(log: Path) -> str:
    """The line of a log that most likely says why."""
    return commands.likely_reason(commands.tail(log, 60))

"""Odoo's own tests with our addons installed, and what their failures mean.

A failure counts against us when the test fails again without the others, passes in
stock Odoo, and is not one that asserts what we change on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import addons, regression
from .database import Databases
from .errors import StepFailed
from .home import Home
from .odoo import Odoo
from .postgres import Server
from .steps import Progress

STOCK_DATABASE = "o2o_test_stock"
ODOO_DATABASE = "o2o_test_odoo"


@dataclass(frozen=True)
class OwnTests:
    """Two databases that differ in our addons only."""

    home: Home
    progress: Progress
    server: Server
    ours: Odoo
    stock: Odoo
    env: dict[str, str]

    def prepare(self, names: list[str]) -> None:
        """Stock Odoo in English once, and a copy of it with the addons named."""
        wanted = addons.third_party(addons.discover(self.home.addons))
        wanted |= set(regression.EXTENDED_MODULES)
        plain = Databases(self.home, self.server, self.stock)
        if not plain.holds(STOCK_DATABASE, wanted):
            plain.build_plain(
                STOCK_DATABASE,
                sorted(wanted - {"base"}),
                self.progress,
                title="Odoo's own modules, in English",
            )
        databases = Databases(self.home, self.server, self.ours)
        databases.clone(STOCK_DATABASE, ODOO_DATABASE)
        databases.upgrade(ODOO_DATABASE, names, [], self.progress, title="Our addons")
        self.ours.shell(
            ODOO_DATABASE,
            regression.SETTINGS,
            what="Setting what Odoo's tests expect",
            log=self.home.log / "odoo-own-settings.log",
        )

    def run(self, modules: list[str]) -> tuple[int, list[str]]:
        """:return: how many passed, and the tests that fail because of us

        :raise StepFailed: when a run did not come to its end
        """
        log = self._log("")
        tags = ",".join(f"/{name}" for name in modules)
        with self.progress.step("Odoo's own tests of what we extend"):
            outcome = regression.run(self.ours, ODOO_DATABASE, tags, log, self.env)
        self.progress.say(f"  The log is {log}.")
        if not outcome.is_complete:
            raise StepFailed("Odoo's test runner did not end well.", f"See {log}.")
        return outcome.total - outcome.bad, sorted(self._blame(outcome.tags))

    def _blame(self, tags: frozenset[str]) -> Iterator[str]:
        """Some of Odoo's tests know the numbers that sessions have in a fresh database,
        others give up when the machine is busy, others fail in stock Odoo."""
        again = self._repeat(self.ours, ODOO_DATABASE, tags, "again")
        for tag in sorted(tags - again):
            self.progress.say(f"  -- {tag} passes when it runs without the others")
        stock = self._repeat(self.stock, STOCK_DATABASE, again, "stock")
        for tag in sorted(again):
            if tag in stock:
                self.progress.say(f"  -- {tag} fails in stock Odoo too")
            elif why := regression.DIFFERENCES.get(tag):
                self.progress.say(f"  -- {tag} differs: {why}")
            else:
                yield tag

    def _repeat(
        self, odoo: Odoo, database: str, tags: frozenset[str], name: str
    ) -> frozenset[str]:
        """Those of the tests that fail when run by themselves.

        :raise StepFailed: when nothing was run, which must not look like success
        """
        if not tags:
            return tags
        log = self._log(f"-{name}")
        with self.progress.step(f"The {len(tags)} failed ones, {name}"):
            wanted = ",".join(sorted(tags))
            outcome = regression.run(odoo, database, wanted, log, self.env)
        if not outcome.has_run:
            raise StepFailed("The failed tests were not run again.", f"See {log}.")
        return outcome.tags & tags

    def _log(self, suffix: str) -> Path:
        return self.home.log / f"odoo-own-tests{suffix}.log"

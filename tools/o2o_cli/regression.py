"""Odoo's own tests of the modules that ours extend: do they still pass with ours?

The database is as Odoo's tests expect it: in English, without demo data. A test that
fails there without our addons too (many modules at once) says nothing about ours:
each failure is tried again without them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from . import commands
from .odoo import Odoo

EXTENDED_MODULES = (
    "loyalty",
    "website_sale_collect",
    "pos_loyalty",
    "website_sale_loyalty",
    "sale_loyalty",
    "point_of_sale",
    "pos_sale",
)
_NO_CUSTOMERS = (
    "a till opens without loading customers, so a list that is searched without a line"
    " finds only those seen before; stock loads a hundred at each start"
)
#: tests that assert what ours is made to change, and why it is changed
DIFFERENCES = {
    f"/point_of_sale:{case}.{test}": _NO_CUSTOMERS
    for case in ("TestUi", "MobileTestUi")
    for test in ("test_01_pos_basic_order", "test_receipt_screen_tour")
}
FAILED_TEST = re.compile(
    r" odoo\.addons\.(\w+)\.tests\.\S+: (?:FAIL|ERROR): (?:Subtest )?(\w+\.\w+)"
)
FAILED_CLASS = re.compile(
    r" (?:FAIL|ERROR): (?:setUp|tearDown)Class"
    r" \(odoo\.addons\.(\w+)\.tests\.[\w.]*?(\w+)\)"
)
SUMMARY = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests")


@dataclass(frozen=True)
class Outcome:
    """What a log of Odoo's runner says; tags name the failed tests for a new run."""

    total: int
    bad: int
    tags: frozenset[str]

    @property
    def is_complete(self) -> bool:
        """The runner came to its end, and every failure is known by name."""
        return self.total > 0 and bool(self.tags) == bool(self.bad)


def read(text: str) -> Outcome:
    summary = SUMMARY.findall(text)
    failures, errors, total = (int(part) for part in (summary or [(0, 0, 0)])[-1])
    found = FAILED_TEST.findall(text) + FAILED_CLASS.findall(text)
    tags = frozenset(f"/{module}:{name}" for module, name in found)
    return Outcome(total, failures + errors, tags)


def run(
    odoo: Odoo, database: str, tags: str, log: Path, env: dict[str, str]
) -> Outcome:
    """Run tests by tags in Odoo's own runner."""
    log.unlink(missing_ok=True)
    options = ["-d", database, "--stop-after-init", "--test-tags", tags]
    commands.attempt(odoo.command(*options), log=log, env=env)
    return read(log.read_text("utf-8", "replace"))

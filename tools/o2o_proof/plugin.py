"""The pytest plugin: each test of the tables as it is, then without the code.

A test runs once untouched and has to pass. It runs again for each removal and has to
fail, by the error that the table expects; that second run is reported as passed then.
What comes before the test's own lines (``setUp`` and ``setUpClass``) keeps its code.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import pytest
from _pytest.unittest import TestCaseFunction

from .removing import forget, taken_away
from .tables import AN_ASSERTION, Removal, TableError, chosen, problems, read

HEAD = "| ID | rule | test | taken away | the test says |\n|---|---|---|---|---|\n"
ROWS = pytest.StashKey[list[tuple[Removal, str]]]()
REMOVALS = pytest.StashKey[list[Removal]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--proof", action="append", default=[], metavar="ID|AREA")
    parser.addoption("--proof-report", type=Path, metavar="FILE")


def pytest_configure(config: pytest.Config) -> None:
    try:
        removals = read(config.rootpath / "tests/proof")
        removals = chosen(removals, config.getoption("--proof"))
        wrong = list(problems(removals, config.rootpath / "addons"))
        if wrong:
            raise TableError("\n".join(wrong))
    except TableError as error:
        raise pytest.UsageError(str(error)) from error
    config.stash[ROWS] = []
    config.stash[REMOVALS] = removals
    config.args = list(dict.fromkeys(one.node_id for one in removals))


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    wanted = config.stash[REMOVALS]
    found = []
    for item in items:
        found.append(item)
        for number, one in enumerate(wanted):
            if one.node_id == item.nodeid:
                without = WithoutCode.from_parent(item.parent, name=item.name)
                without.take(one, number)
                found.append(without)
    items[:] = found


class WithoutCode(TestCaseFunction):
    """A test that passes when the test fails."""

    def take(self, removal: Removal, number: int) -> None:
        self.removal = removal
        self._nodeid = f"{self.nodeid}[{removal.feature} {number}: {removal.without}]"

    def runtest(self) -> None:
        from odoo.models import BaseModel
        from odoo.modules.registry import Registry
        from odoo.tests.common import get_db_name

        test, registry = self.obj, Registry(get_db_name())
        addons = self.config.rootpath / "addons"

        @functools.wraps(test)
        def without(*args: Any, **options: Any) -> None:
            with taken_away(self.removal, addons, self.instance):
                forget(registry, BaseModel)
                test(*args, **options)

        self.obj = without
        try:
            super().runtest()
        finally:
            # what was computed without the code is kept for no other test
            caches = self._request.getfixturevalue("caches")
            caches.forget(caches.caches)
            forget(registry, BaseModel)
        self.judge()

    def addSubTest(self, test_case: Any, test: Any, exc_info: Any) -> None:
        if exc_info is not None:
            self._addexcinfo(exc_info)

    def judge(self) -> None:
        """Pass when the test has failed by the error that was expected.

        :raises Failed: when it has passed, or failed by another error
        """
        errors = self.__dict__.pop("_excinfo", None) or []
        says = " ".join(errors[0].exconly().split()) if errors else "passes"
        is_wanted = bool(errors) and is_expected(errors[0], self.removal.error)
        row = (self.removal, says if is_wanted else f"**wrong**: {says}")
        self.config.stash[ROWS].append(row)
        if not errors:
            pytest.fail(f"passes without {self.removal.what}", pytrace=False)
        if not is_wanted:
            place = errors[0].traceback[-1]
            where = f"{errors[0].exconly()}\n  at {place.path}:{place.lineno + 1}"
            pytest.fail(f"not {self.removal.error}, but {where}", pytrace=False)


def is_expected(error: pytest.ExceptionInfo[BaseException], name: str) -> bool:
    """Whether a test has ended by the error that was expected.

    An assertion has to be one of a test: what asserts inside of Odoo says nothing.
    Its own frames and those of ``with`` are passed over.
    """
    if isinstance(error.value, TableError):
        return False
    if name not in (kind.__name__ for kind in type(error.value).__mro__):
        return False
    frames = [
        entry
        for entry in error.traceback
        if not entry.frame.f_globals.get("__unittest")
        and entry.frame.f_globals.get("__name__") != "contextlib"
    ]
    return name != AN_ASSERTION or "tests" in Path(frames[-1].path).parts


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    rows: list[tuple[Removal, str]] = config.stash[ROWS]
    in_order = sorted(rows, key=lambda row: row[0].feature)
    lines = [_line(removal, says) for removal, says in in_order]
    terminalreporter.write(f"\n{HEAD}{''.join(lines)}\n")
    path = config.getoption("--proof-report")
    if path:
        path.write_text(HEAD + "".join(lines), encoding="utf-8")


def _line(removal: Removal, says: str) -> str:
    name = removal.test.rpartition("::")[2]
    cells = [removal.feature, removal.rule, name, removal.what, says[:160]]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"

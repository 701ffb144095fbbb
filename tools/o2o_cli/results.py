"""What pytest's reports, Odoo's logs and .pot files say, and the count of it all."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .steps import duration

LOG_LINE = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ (?P<level>[A-Z]+) \S+ (?P<logger>[^:]+): "
    r"(?P<message>.*)$"
)
# two people acted at once: Odoo logs the query of the second one and repeats it
RETRIED = "could not serialize access"


@dataclass
class Tally:
    """What was counted, and what went wrong, in one line each."""

    passed: int = 0
    failed: int = 0
    parts: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, part: str, passed: int, failed: int, seconds: float) -> None:
        self.passed += passed
        self.failed += failed
        self.parts.append(
            f"{part}: {passed} passed, {failed} failed ({duration(seconds)})"
        )

    def problem(self, text: str) -> None:
        self.problems.append(text)

    def take(self, other: Tally) -> None:
        """Count what was counted apart."""
        self.passed += other.passed
        self.failed += other.failed
        self.parts += other.parts
        self.problems += other.problems

    @property
    def line(self) -> str:
        return f"{self.passed} passed, {self.failed} failed"

    @property
    def ok(self) -> bool:
        return self.failed == 0 and self.passed > 0


def counts(report: Path) -> tuple[int, int, list[str]]:
    """Passed, failed and the names of what failed, from pytest's XML report.

    A skipped test is a failure: what is not run protects nothing.
    """
    passed = failed = 0
    names = []
    for case in ElementTree.parse(report).iter("testcase"):
        bad = [
            child.tag for child in case if child.tag in ("failure", "error", "skipped")
        ]
        if bad:
            failed += 1
            reason = "skipped" if bad == ["skipped"] else "failed"
            names.append(f"{case.get('classname')}.{case.get('name')} {reason}")
        else:
            passed += 1
    return passed, failed, names


def own_warnings(log: Path) -> list[str]:
    """Lines of an Odoo log at WARNING or above that concern our addons."""
    found = []
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    lines = text.splitlines()
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        match = LOG_LINE.match(line)
        if not match or match["level"] not in ("WARNING", "ERROR", "CRITICAL"):
            continue
        if match["logger"] == "odoo.sql_db" and RETRIED in following:
            continue
        if re.search(r"\bo2o[._]", f"{match['logger']} {match['message']}"):
            found.append(line.strip()[:300])
    return found


def pot_terms(path: Path) -> Iterator[str]:
    """The msgids of a .pot file (a small reader: this runs before the environment)."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    parts: list[str] | None = None
    for line in [*lines, ""]:
        if line.startswith("msgid "):
            parts = [line[6:]]
        elif parts is not None and line.startswith('"'):
            parts.append(line)
        elif parts is not None:
            term = "".join(json.loads(part) for part in parts)
            if term:
                yield term
            parts = None

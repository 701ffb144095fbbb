"""What pytest's reports, Odoo's logs and .pot files say."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

LOG_LINE = re.compile(
    r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ (?P<level>[A-Z]+) \S+ (?P<logger>[^:]+): "
    r"(?P<message>.*)$"
)
# two people acted at once: Odoo logs the query of the second one and repeats it
RETRIED = "could not serialize access"


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

"""The fault cases of payments: what the table says, and what the tests name.

A test names its cases in its docstring: ``FAULT-29``, ``FAULT-5, 9, 13``,
``FAULT-44 to 48``.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

#: of the plan of payments
CASES = range(1, 71)
GATEWAYS = ("alipay", "wechat", "unionpay")
#: what every gateway's client meets: notifications, calls, refunds, bills
OF_GATEWAYS = frozenset([*range(1, 24), *range(29, 42), *range(44, 51), *range(65, 70)])

_NUMBERS = re.compile(r"FAULT-(\d+(?:(?:,| and| to)\s+(?:FAULT-)?\d+)*)")
_PART = re.compile(r"(to\s+)?(?:FAULT-)?(\d+)")


def numbers_in(text: str) -> set[int]:
    """The cases that a docstring names; ranges are counted out."""
    found: set[int] = set()
    for match in _NUMBERS.finditer(text):
        last = 0
        for to, digits in _PART.findall(match.group(1)):
            number = int(digits)
            found.update(range(last, number + 1) if to else [number])
            last = number
    return found


def collect(addons: Path) -> dict[int, set[str]]:
    """Which tests name which case.

    A test is ``addon/path.py::function`` or ``addon/path.py::Class.method``. What the
    docstring of a class names holds for its tests.
    """
    found: dict[int, set[str]] = defaultdict(set)
    for path in sorted(addons.glob("*/tests*/**/test_*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for name, text in _tests(tree):
            for number in numbers_in(text):
                found[number].add(f"{path.relative_to(addons).as_posix()}::{name}")
    return found


def _tests(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            of_class = ast.get_docstring(node) or ""
            for one in node.body:
                if _is_test(one):
                    text = f"{of_class}\n{ast.get_docstring(one) or ''}"
                    yield f"{node.name}.{one.name}", text
        elif _is_test(node):
            yield node.name, ast.get_docstring(node) or ""


def _is_test(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name.startswith("test_")


def read(path: Path) -> dict[int, dict[str, Any]]:
    """The table: for each case what it is, and a test or a reason for each layer."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return {int(name.removeprefix("FAULT-")): row for name, row in table.items()}


def problems(
    number: int, row: dict[str, Any], named: set[str], addons: Path
) -> Iterator[str]:
    """What is wrong with the row of one case.

    :param named: the tests whose docstrings name the case
    """
    layers = {
        name: cell for name, cell in row.items() if name not in ("case", "expect")
    }
    if not row.get("case") or not row.get("expect"):
        yield "does not say what it is and what has to come out"
    needed = {"odoo", *(GATEWAYS if number in OF_GATEWAYS else ())}
    for layer in sorted(needed - layers.keys()):
        yield f"{layer}: neither a test nor a reason"
    for layer, cell in layers.items():
        if isinstance(cell, dict):
            yield from _no_test(layer, cell, named)
            continue
        for place in [cell] if isinstance(cell, str) else cell:
            if not _is_there(place, named, addons):
                yield f"{layer}: {place} is not there, or does not name the case"
    if all(isinstance(cell, dict) for cell in layers.values()) and not any(
        "follows" in cell for cell in layers.values()
    ):
        yield "no test at all"


def _no_test(layer: str, cell: dict[str, str], named: set[str]) -> Iterator[str]:
    """A reason, or a promise, that was overtaken by a test or says nothing."""
    [(kind, text)] = cell.items()
    if kind not in ("why_not", "follows") or len(text) < (
        20 if kind == "why_not" else 5
    ):
        yield f"{layer}: {cell} is no reason"
    if found := sorted(_of_layer(layer, named)):
        yield f"{layer}: has a test, name it: {', '.join(found)}"


def _of_layer(layer: str, named: Iterable[str]) -> list[str]:
    if layer in GATEWAYS:
        return [place for place in named if f"/test_{layer}" in place]
    # what else meets the case has no place of its own by which to know its tests
    return [place for place in named if layer == "odoo" and "/tests/" in place]


def _is_there(place: str, named: set[str], addons: Path) -> bool:
    path, _, title = place.partition("::")
    if not path.endswith(".js"):
        return place in named
    # tests of the browser have a title instead of a docstring
    file = addons / path
    return file.is_file() and f'test("{title}"' in file.read_text(encoding="utf-8")

"""The tables of tests/proof, and whether they name what there is.

Places are written from the folder of the addons: a test or a method as
``addon/path.py::Class.name`` (a function as ``addon/path.py::name``), a template as
``addon/path.xml::id``, a file for the browser as ``addon/path.js``.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FEATURE = re.compile(r"[A-Z]{2,5}-\d{2}")
KEYS = {"rule", "test", "without", "gives", "cut", "put", "error"}
#: what stands in place of a method, when it is no plain value
ANSWERS = {"nothing", "self", "empty", "argument", "super"}
AN_ASSERTION = "AssertionError"


class TableError(Exception):
    """A table names something that is not there, or says too much or too little."""


@dataclass(frozen=True)
class Removal:
    """One thing that is taken away, and the test that must fail without it."""

    feature: str
    #: what the feature promises, in a few words
    rule: str
    #: the test
    test: str
    #: what is taken away
    without: str
    #: what the method answers instead: one of ANSWERS, or a value
    gives: Any = None
    #: a piece of the source that is taken away instead, and what stands there then
    cut: str = ""
    put: str = ""
    #: the test ends by this error; by an assertion of its own when nothing is said
    error: str = AN_ASSERTION

    @property
    def path(self) -> str:
        return self.without.partition("::")[0]

    @property
    def name(self) -> str:
        return self.without.partition("::")[2]

    @property
    def what(self) -> str:
        """What is taken away, for people."""
        if not self.cut:
            return f"{self.without} gives {self.gives!r}".replace("'", "")
        first = " ".join(self.cut.split())
        instead = f" → {' '.join(self.put.split())}" if self.put else ""
        return f"{self.without}: {first}{instead}"

    @property
    def node_id(self) -> str:
        path, _, name = self.test.partition("::")
        return f"addons/{path}::{name.replace('.', '::')}"


def read(folder: Path) -> list[Removal]:
    """All removals of the tables in `folder`.

    :raises TableError: when a table cannot be understood
    """
    found = []
    for path in sorted(folder.glob("*.toml")):
        try:
            table = tomllib.loads(path.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            raise TableError(f"{path.name}: {error}") from error
        for feature, entries in table.items():
            if not FEATURE.fullmatch(feature):
                raise TableError(f"{path.name}: {feature} is no feature")
            found += [_removal(feature, entry) for entry in entries]
    return found


def _removal(feature: str, entry: dict[str, Any]) -> Removal:
    if entry.keys() - KEYS or not {"rule", "test", "without"} <= entry.keys():
        raise TableError(f"{feature}: {sorted(entry)} are not the keys of a removal")
    if ("gives" in entry) == ("cut" in entry):
        raise TableError(f"{feature}: {entry['without']}: either gives or cut")
    gives = entry.get("gives")
    if isinstance(gives, str) and gives and gives not in ANSWERS:
        raise TableError(f"{feature}: gives {gives}: one of {sorted(ANSWERS)}")
    return Removal(feature, **entry)


def chosen(removals: list[Removal], names: list[str]) -> list[Removal]:
    """Those of the named features and areas (``ORD-05``, ``ORD``), or all.

    :raises TableError: when there is none of that name
    """
    found = []
    for name in names:
        named = [one for one in removals if name in (one.feature, one.feature[:-3])]
        if not named:
            raise TableError(f"There is no removal for {name}.")
        found += named
    return found if names else removals


def problems(removals: list[Removal], addons: Path) -> Iterator[str]:
    """What the tables name and the source of the addons does not have."""
    for one in removals:
        try:
            test = source_of(addons, one.test)
            whole = test + _docstring_of_class(addons, one.test)
            if one.feature not in whole:
                yield f"{one.feature}: {one.test} does not name it"
            if not one.without.startswith("o2o_"):
                # Odoo's own: known when it is taken away
                continue
            text = source_of(addons, one.without)
        except TableError as error:
            yield f"{one.feature}: {error}"
            continue
        if one.cut and text.count(one.cut) != 1:
            yield f"{one.feature}: {one.without} has not once: {one.cut}"


def source_of(addons: Path, place: str) -> str:
    """The source of a method, function, template or file.

    :raises TableError: when it is not there
    """
    path, _, name = place.partition("::")
    try:
        text = (addons / path).read_text(encoding="utf-8")
    except OSError:
        raise TableError(f"there is no file {path}") from None
    if not name:
        return text
    if path.endswith(".xml"):
        start = text.find(f'id="{name}"')
        if start < 0:
            raise TableError(f"{path} has no {name}")
        ends = [text.find(end, start) for end in ("</template>", "</record>")]
        return text[start : min([end for end in ends if end >= 0], default=len(text))]
    node: ast.AST = ast.parse(text)
    for part in name.split("."):
        node = _child(node, part, place)
    return ast.get_source_segment(text, node) or ""


def _docstring_of_class(addons: Path, place: str) -> str:
    path, _, name = place.partition("::")
    tree = ast.parse((addons / path).read_text(encoding="utf-8"))
    node = _child(tree, name.partition(".")[0], place)
    return ast.get_docstring(node) or "" if isinstance(node, ast.ClassDef) else ""


def _child(node: ast.AST, name: str, place: str) -> ast.AST:
    for child in getattr(node, "body", ()):
        # a method, or what is assigned: a rule of the database
        names = [getattr(child, "name", None)]
        names += [getattr(target, "id", None) for target in _targets(child)]
        if name in names:
            found: ast.AST = child
            return found
    raise TableError(f"there is no {place}")


def _targets(node: ast.AST) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else []

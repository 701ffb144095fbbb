"""Taking code away for the time of a block, in the running Odoo.

Odoo is not loaded again: a model's class looks its methods up in the classes that
define it, so what is put into the defining class holds at once and everywhere.
"""

from __future__ import annotations

import copy
import functools
import inspect
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from .tables import Removal, TableError

#: lists of methods that Odoo collects once for each model's class
COLLECTED = ("_constraint_methods", "_ondelete_methods", "_onchange_methods")

Function = Callable[..., Any]


@contextmanager
def taken_away(removal: Removal, addons: Path, test: Any) -> Iterator[None]:
    """Run the block without what `removal` names.

    :param test: the running test; its cursor changes templates
    """
    if removal.path.endswith(".py"):
        context = _without_python(removal, test)
    elif removal.name:
        context = _without_template(removal, test.env)
    else:
        context = _without_text(removal, addons / removal.path)
    with context:
        yield


# Python


@contextmanager
def _without_python(removal: Removal, test: Any) -> Iterator[None]:
    module = import_module("odoo.addons." + removal.path[:-3].replace("/", "."))
    owner_name, _, name = removal.name.rpartition(".")
    owner = getattr(module, owner_name) if owner_name else module
    raw = vars(owner)[name]
    if hasattr(raw, "apply_to_database"):
        _drop_rule(raw, test.env)
        yield
        return
    if removal.cut:
        new = _without_piece(removal, raw, module, owner)
    else:
        new = _answering(removal.gives, raw, owner)
    places = [owner] if owner_name else _importers(name, raw)
    for place in places:
        setattr(place, name, new)
    try:
        yield
    finally:
        for place in places:
            setattr(place, name, raw)


def _drop_rule(rule: Any, env: Any) -> None:
    """Drop a constraint or index of the database; it comes back with the rollback."""
    table, name = next(
        (model._table, name)
        for model in env.registry.values()
        for name, known in model._table_objects.items()
        if known is rule
    )
    env.flush_all()
    if hasattr(rule, "unique"):
        env.cr.execute(f'DROP INDEX "{name}"')
    else:
        env.cr.execute(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"')


def _plain(raw: Any) -> Function:
    """The function behind a property, class method or static method."""
    found: Function = getattr(raw, "fget", None) or getattr(raw, "__func__", raw)
    return found


def _answering(gives: Any, raw: Any, owner: Any) -> Any:
    """Has the marks of the function (what it depends on, its route), not its body."""
    function = _plain(raw)

    @functools.wraps(function)
    def instead(*args: Any, **options: Any) -> Any:
        if gives == "nothing":
            return None
        if gives == "self":
            return args[0]
        if gives == "empty":
            return args[0].browse()
        if gives == "argument":
            return args[1] if isinstance(owner, type) else args[0]
        if gives == "super":
            parent = super(owner, args[0])
            return getattr(parent, function.__name__)(*args[1:], **options)
        return copy.deepcopy(gives)

    return instead if function is raw else type(raw)(instead)


def _without_piece(removal: Removal, raw: Any, module: ModuleType, owner: Any) -> Any:
    """The function compiled again, with its decorators, without a piece of source."""
    function = _plain(raw)
    source = inspect.getsource(inspect.unwrap(function))
    if source.count(removal.cut) != 1:
        raise TableError(f"{removal.without} has not once: {removal.cut}")
    body = textwrap.dedent(source.replace(removal.cut, removal.put))
    # an argument of that name is what super() without arguments looks for
    text = "def make(__class__):\n" + textwrap.indent(body, "    ")
    text += f"\n    return {function.__name__}"
    scope: dict[str, Any] = {}
    code = compile(text, module.__file__ or "", "exec", dont_inherit=True)
    exec(code, vars(module), scope)
    return scope["make"](owner)


def _importers(name: str, function: Function) -> list[ModuleType]:
    """The modules that know a function by its name."""
    return [
        module
        for key, module in list(sys.modules.items())
        if key.startswith("odoo.addons.") and vars(module).get(name) is function
    ]


# what the browser and the pages are made of


@contextmanager
def _without_text(removal: Removal, path: Path) -> Iterator[None]:
    """Change the file for the block; its time is what bundles are known by.

    :raises TableError: git could not give the file back, should this be killed
    """
    status = ["git", "status", "--porcelain", "--", path.name]
    if subprocess.run(status, cwd=path.parent, capture_output=True).stdout:
        raise TableError(f"commit {removal.path} first: it is changed in its place")
    old, times = path.read_bytes(), path.stat()
    new = old.decode("utf-8").replace(removal.cut, removal.put)
    path.write_text(new, encoding="utf-8")
    try:
        yield
    finally:
        path.write_bytes(old)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


@contextmanager
def _without_template(removal: Removal, env: Any) -> Iterator[None]:
    """Change the view; it is rolled back with the test."""
    addon = removal.path.partition("/")[0]
    view = env.ref(f"{addon}.{removal.name}").sudo().with_context(lang=None)
    old = view.arch_db
    if old.count(removal.cut) != 1:
        raise TableError(f"{removal.without} has not once: {removal.cut}")
    view.arch_db = old.replace(removal.cut, removal.put)
    env.flush_all()
    yield


def forget(registry: Any, base_model: Any) -> None:
    """Empty what Odoo has computed with the code as it was before."""
    type(registry).clear_all_caches(registry)
    for model in registry.values():
        for name in COLLECTED:
            setattr(model, name, vars(base_model)[name])

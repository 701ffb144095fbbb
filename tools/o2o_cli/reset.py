"""./o2o reset: remove what the runner made, and nothing else."""

from __future__ import annotations

import contextlib
import os
import sys

from .database import PREPARED_PREFIX
from .errors import NotRunning, UsageError
from .files import remove_tree
from .home import Home
from .postgres import Embedded
from .stack import Stack
from .steps import Progress
from .testing import TEST_DATABASES

# entries of the state folder that are ours; O2O_HOME may name any folder
ENTRIES = [
    "box",
    "bench",
    "browser",
    "cache",
    "data",
    "journal.json",
    "log",
    "odoo.conf",
    "pairing.json",
    "paysim",
    "postgres",
    "run",
    "settings.json",
    "terms.json",
    "test-reports",
    "test.lock",
    "test-stack",
]


def confirm(question: str, *, yes: bool) -> None:
    """Ask on a terminal; without one only --yes goes on."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(f"{question} Nobody is here to ask.", "Pass --yes.")
    print(f"{question} Type yes to go on: ", end="", flush=True)
    if sys.stdin.readline().strip().lower() != "yes":
        raise UsageError("Nothing was changed.")


def run(stack: Stack, *, cache: bool) -> None:
    home = stack.home
    if home.test_stack.is_dir():
        inner = Home(home.checkout, home.test_stack, home.cache)
        _clear(Stack(inner, Progress()))
    _clear(stack)
    if cache:
        remove_tree(home.cache)


def _clear(stack: Stack) -> None:
    stack.stop(keep_database_server=True)
    if stack.environment.has_runtime():
        server = stack.server
        if isinstance(server, Embedded):
            server.remove()
        else:
            _drop_databases(stack)
    elif os.geteuid() == 0:
        remove_tree(Embedded.outside_of(stack.home))
    for name in ENTRIES:
        remove_tree(stack.home.state / name)
    for path in stack.home.state.glob("*-test.conf"):
        path.unlink()
    with contextlib.suppress(OSError):
        (stack.home.state / "lock").unlink()
        stack.home.state.rmdir()


def _drop_databases(stack: Stack) -> None:
    """On a real server: our databases, by their names."""
    with contextlib.suppress(NotRunning):
        ours = {stack.database, *TEST_DATABASES}
        for name in stack.server.databases():
            base = name.removesuffix("_building").removesuffix("_restoring")
            if base in ours or name.startswith(PREPARED_PREFIX):
                stack.server.drop(name)

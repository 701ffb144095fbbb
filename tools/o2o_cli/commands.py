"""Running other programs: logged, killed with us, failing with a line that helps."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from .errors import StepFailed

_children: set[subprocess.Popen[Any]] = set()
_children_lock = threading.Lock()


def _tied(command: Sequence[str | Path]) -> list[str]:
    """The command such that it dies with us, even when we are killed with -9.

    A half-done installation that goes on in the background would race with the
    next run. setpriv is part of util-linux; without it only Ctrl-C is covered.
    """
    parts = [str(part) for part in command]
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--", *parts] if setpriv else parts


def environment(
    extra: Mapping[str, str] | None = None, *, drop: Sequence[str] = ()
) -> dict[str, str]:
    """Our environment without what would leak into Python programs, plus `extra`."""
    env = {
        name: value
        for name, value in os.environ.items()
        if name
        not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
        and name not in drop
    }
    env.update(extra or {})
    return env


def kill_children() -> None:
    """End what this run still has running (after Ctrl-C)."""
    with _children_lock:
        children = list(_children)
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            child.terminate()
    for child in children:
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()


def tail(path: Path, lines: int = 15) -> str:
    try:
        with path.open("rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(0, stream.tell() - 20000))
            text = stream.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-lines:])


def run(
    command: Sequence[str | Path],
    *,
    what: str,
    log: Path | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    account: Account | None = None,
    stdin: str | None = None,
    remedy: str = "",
) -> str:
    """Run to the end and return its standard output (empty when it goes to `log`).

    :param what: what the program does, for the error line
    :raises StepFailed: when it exits with another status than 0
    """
    status, output = attempt(
        command, log=log, env=env, cwd=cwd, account=account, stdin=stdin
    )
    if status:
        reason = likely_reason(tail(log, 60) if log else output)
        raise StepFailed(
            f"{what} failed (exit status {status}): {reason}",
            remedy or (f"The log is {log}." if log else ""),
        )
    return output


def likely_reason(text: str) -> str:
    """The line of a program's output that most likely says why it failed."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for line in reversed(lines):
        if re.search(r"\b(ERROR|CRITICAL|FATAL|Error:|Exception:|error:)", line):
            return line[-300:]
    return lines[-1][-300:] if lines else "it gave no reason."


def attempt(
    command: Sequence[str | Path],
    *,
    log: Path | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    account: Account | None = None,
    stdin: str | None = None,
    separate: bool = False,
) -> tuple[int, str]:
    """Like `run`, but hand back the status instead of raising.

    :param separate: leave standard error out of the returned text
    """
    with contextlib.ExitStack() as stack:
        if log:
            log.parent.mkdir(parents=True, exist_ok=True)
            target: Any = stack.enter_context(log.open("ab"))
        else:
            target = subprocess.PIPE
        child = subprocess.Popen(
            _tied(command),
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=target,
            stderr=subprocess.DEVNULL if separate and not log else subprocess.STDOUT,
            env=dict(env) if env is not None else environment(),
            cwd=cwd,
            **(account.popen if account else {}),
        )
        with _children_lock:
            _children.add(child)
        try:
            output, _ = child.communicate(stdin.encode() if stdin is not None else None)
        finally:
            with _children_lock:
                _children.discard(child)
    return child.returncode, (output or b"").decode("utf-8", "replace")


def follow(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    output: TextIO | None = None,
) -> int:
    """Run with our own output, or with `output`; the exit status."""
    (output or sys.stdout).flush()
    child = subprocess.Popen(
        _tied(command),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        env=dict(env) if env is not None else environment(),
        cwd=cwd,
    )
    with _children_lock:
        _children.add(child)
    try:
        return child.wait()
    finally:
        with _children_lock:
            _children.discard(child)


class Account:
    """A system user to run a program as (only root can)."""

    def __init__(self, name: str, uid: int, gid: int) -> None:
        self.name = name
        self.uid = uid
        self.gid = gid

    @property
    def popen(self) -> dict[str, Any]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

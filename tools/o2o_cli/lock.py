"""One changer at a time; the kernel frees the lock however its holder dies."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from .errors import Busy


def _holder(path: Path) -> str:
    with contextlib.suppress(OSError):
        return path.read_text(encoding="utf-8").strip()
    return ""


def is_held(path: Path) -> bool:
    """Whether somebody holds the lock right now."""
    if not path.exists():
        return False
    try:
        with exclusive(path):
            return False
    except Busy:
        return True


@contextlib.contextmanager
def exclusive(
    path: Path,
    *,
    wait: float = 0,
    waiting: Callable[[str], None] | None = None,
) -> Iterator[None]:
    """Hold `path` for the block.

    :param wait: seconds to wait for another holder before giving up
    :param waiting: told once who holds it, when there is something to wait for
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # never inherited by the programs we start: descriptors are close-on-exec
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        deadline = time.monotonic() + wait
        told = False
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                holder = _holder(path)
                if time.monotonic() >= deadline:
                    raise Busy(
                        f"Another o2o command is at work here ({holder or 'unknown'}).",
                        "Wait until it has finished, or stop it, then try again.",
                    ) from None
                if waiting and not told:
                    waiting(holder)
                    told = True
                time.sleep(0.2)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"pid {os.getpid()}".encode(), 0)
        yield
    finally:
        os.close(descriptor)

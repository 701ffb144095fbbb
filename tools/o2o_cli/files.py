"""Writing so that an interruption leaves the old or the new, never half."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from .errors import DiskError

GIB = 1024**3


def write_atomic(path: Path, text: str, mode: int = 0o644) -> None:
    """Replace `path` in one step; `mode` holds from the first byte on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # of this thread: parts of a test run write the same files at the same moment
    writer = f"{os.getpid()}-{threading.get_ident()}"
    temporary = path.with_name(f".{path.name}.{writer}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        os.fchmod(descriptor, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def remove_tree(path: Path) -> None:
    """Remove a folder, file or link; what is not there is fine."""
    if path.is_symlink() or path.is_file():
        path.unlink(missing_ok=True)
    else:
        for attempt in range(5):
            try:
                shutil.rmtree(path)
                return
            except FileNotFoundError:
                if not path.exists():
                    return
            except OSError:
                # a program that is just ending may still have written there
                if attempt == 4:
                    raise
            time.sleep(0.2)


@contextlib.contextmanager
def building(final: Path) -> Iterator[Path]:
    """Yield an empty folder that becomes `final` only when the block succeeds.

    The caller holds the lock of the place, so leftovers of killed runs can go.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    for leftover in final.parent.glob(f".{final.name}.building-*"):
        remove_tree(leftover)
    work = final.with_name(f".{final.name}.building-{os.getpid()}")
    work.mkdir()
    try:
        yield work
        remove_tree(final)
        work.rename(final)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise


def tree_files(root: Path, skip: frozenset[str] = frozenset()) -> Iterator[Path]:
    """Files below `root` in a stable order, without folders named in `skip`."""
    for folder, names, files in os.walk(root):
        names[:] = sorted(name for name in names if name not in skip)
        for name in sorted(files):
            yield Path(folder, name)


def content_hash(files: Iterable[Path], root: Path) -> str:
    """Hash of names and contents, independent of times and of where `root` is."""
    digest = hashlib.sha256()
    for path in files:
        digest.update(str(path.relative_to(root)).encode())
        digest.update(b"\0")
        digest.update(path.read_bytes())
        digest.update(b"\0")
    return digest.hexdigest()


def existing_parent(path: Path) -> Path:
    """The nearest folder above `path` that exists."""
    while not path.exists():
        path = path.parent
    return path


def check_disk(needs: Iterable[tuple[Path, float, str]]) -> None:
    """Raise DiskError unless each file system has the GiB that its folders need."""
    wanted: dict[int, float] = {}
    shown: dict[int, tuple[Path, list[str]]] = {}
    for path, gib, why in needs:
        folder = existing_parent(path)
        device = folder.stat().st_dev
        wanted[device] = wanted.get(device, 0.0) + gib
        shown.setdefault(device, (path, []))[1].append(why)
    for device, gib in wanted.items():
        path, reasons = shown[device]
        free = shutil.disk_usage(existing_parent(path)).free / GIB
        if free < gib:
            raise DiskError(
                f"Only {free:.1f} GB free at {path}, {gib:.1f} GB needed"
                f" ({', '.join(reasons)}).",
                "Free some space, or set O2O_HOME and XDG_CACHE_HOME to folders on"
                " a larger disk.",
            )

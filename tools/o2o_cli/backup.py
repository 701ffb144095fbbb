"""One file with database and stored files together, and the way back from it."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import IO, Any

from .database import Databases, extract_files
from .errors import ArchiveError, NotRunning
from .files import GIB, check_disk, remove_tree
from .postgres import quoted
from .steps import Progress

KIND = "o2o-backup"
VERSION = 1
META = "meta.json"
DUMP = "database.dump"
FILES = "filestore"


@dataclass(frozen=True)
class Content:
    """What a checked archive holds."""

    meta: dict[str, Any]
    dump_size: int
    file_count: int


def _digest(stream: IO[bytes], kind: str) -> str:
    digest = hashlib.new(kind, usedforsecurity=False)
    for block in iter(lambda: stream.read(1 << 20), b""):
        digest.update(block)
    return digest.hexdigest()


def save(databases: Databases, name: str, target: Path, progress: Progress) -> None:
    """Write the archive beside `target` and rename: a half one never has its name.

    Works while the shop runs: the dump is one snapshot, and stored files are only
    ever added, so files saved after the dump hold all that it refers to.
    """
    if name not in databases.server.databases():
        raise NotRunning(f"There is no database {name}.", "Run ./o2o up first.")
    target = target.absolute()
    if not target.parent.is_dir():
        raise ArchiveError(f"There is no folder {target.parent}.", "Create it first.")
    work = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    dump = work.with_suffix(".dump")
    try:
        with progress.step("Database"):
            databases.dump(name, dump)
        with progress.step("Stored files"), dump.open("rb") as stream:
            _pack(databases, name, dump, _digest(stream, "sha256"), work)
        work.replace(target)
    finally:
        work.unlink(missing_ok=True)
        dump.unlink(missing_ok=True)


def _pack(databases: Databases, name: str, dump: Path, digest: str, work: Path) -> None:
    files = list(_stored(databases.filestore(name)))
    meta = {
        "kind": KIND,
        "version": VERSION,
        "created": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "database": name,
        "odoo": databases.odoo.source.identity,
        "postgres": databases.server.major(),
        "addons": databases.recorded(name),
        "dump_sha256": digest,
        "files": len(files),
    }
    # personal data is in it: for the owner's eyes from the first byte on
    descriptor = os.open(work, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with (
        os.fdopen(descriptor, "wb") as stream,
        tarfile.open(fileobj=stream, mode="w") as archive,
    ):
        text = json.dumps(meta, indent=1).encode()
        info = tarfile.TarInfo(META)
        info.size = len(text)
        archive.addfile(info, io.BytesIO(text))
        archive.add(dump, arcname=DUMP)
        for path in files:
            relative = path.relative_to(databases.filestore(name))
            # collected as garbage meanwhile: then nothing refers to it
            with contextlib.suppress(FileNotFoundError):
                archive.add(path, arcname=f"{FILES}/{relative}")


def _stored(folder: Path) -> Iterator[Path]:
    """Stored files are named by their SHA-1, in folders of its first two digits."""
    for path in sorted(folder.glob("??/*")):
        if len(path.name) == 40 and path.is_file():
            yield path


def check(source: Path) -> Content:
    """Read the whole archive and verify every byte of it, changing nothing."""
    wrong = f"{source} is not a usable backup"
    remedy = "Nothing was changed. Use a file that ./o2o backup wrote."
    try:
        with tarfile.open(source, mode="r:") as archive:
            return _check_members(archive)
    except FileNotFoundError:
        raise ArchiveError(f"There is no file {source}.", "Check its name.") from None
    except (tarfile.TarError, OSError, EOFError, ValueError, KeyError) as error:
        raise ArchiveError(f"{wrong}: {error}.", remedy) from error


def _check_members(archive: tarfile.TarFile) -> Content:
    meta: dict[str, Any] | None = None
    dump_size = count = 0
    for member in archive:
        stream = archive.extractfile(member) if member.isfile() else None
        if stream is None:
            raise ValueError(f"{member.name} is no plain file")
        if meta is None:
            meta = _meta(member.name, stream)
        elif member.name == DUMP:
            dump_size = member.size
            if _digest(stream, "sha256") != meta["dump_sha256"]:
                raise ValueError("its database does not match its checksum")
        else:
            count += 1
            _check_file(member.name, stream)
    if meta is None or not dump_size:
        raise ValueError("it holds no database")
    if count > meta["files"]:
        raise ValueError("it holds more files than it should")
    return Content(meta, dump_size, count)


def _meta(name: str, stream: IO[bytes]) -> dict[str, Any]:
    meta = json.loads(stream.read()) if name == META else None
    if not isinstance(meta, dict) or meta.get("kind") != KIND:
        raise ValueError("it was made by something else")
    if meta.get("version") != VERSION:
        raise ValueError(f"its format {meta.get('version')} is newer than this runner")
    return meta


def _check_file(name: str, stream: IO[bytes]) -> None:
    parts = name.split("/")
    if len(parts) != 3 or parts[0] != FILES or parts[1] != parts[2][:2]:
        raise ValueError(f"it holds a file that does not belong: {name}")
    if _digest(stream, "sha1") != parts[2]:
        raise ValueError(f"the stored file {parts[2]} is damaged")


def load(databases: Databases, name: str, source: Path, progress: Progress) -> None:
    """Into a database of its own; `finish` puts it in place."""
    with progress.step("Checking the archive"):
        content = check(source)
    size = source.stat().st_size / GIB
    check_disk([(databases.home.state, 0.3 + size * 4, "the restored database")])
    temporary = f"{name}_restoring"
    dump = databases.home.state / f"restore-{os.getpid()}.dump"
    try:
        databases.drop(temporary)
        databases.server.create(temporary)
        with progress.step("Database"):
            with tarfile.open(source, mode="r:") as archive:
                stream = archive.extractfile(DUMP)
                assert stream is not None, "checked above"
                with stream, dump.open("wb") as out:
                    shutil.copyfileobj(stream, out)
            databases.load_dump(temporary, dump)
        with (
            progress.step(f"Stored files ({content.file_count})"),
            tarfile.open(source, mode="r:") as archive,
        ):
            extract_files(archive, FILES, databases.filestore(temporary))
    except BaseException:
        databases.drop(temporary)
        raise
    finally:
        dump.unlink(missing_ok=True)


def finish(databases: Databases, name: str) -> None:
    """Swap the restored database in: at each moment the name has one whole database.

    The files come first, beside the old ones; the names change in one transaction;
    what only the old database needed goes last.
    """
    temporary, replaced = f"{name}_restoring", f"{name}_replaced"
    server = databases.server
    shutil.copytree(
        databases.filestore(temporary), databases.filestore(name), dirs_exist_ok=True
    )
    databases.drop(replaced)
    renames = f"ALTER DATABASE {quoted(temporary)} RENAME TO {quoted(name)};"
    if name in server.databases():
        old = f"ALTER DATABASE {quoted(name)} RENAME TO {quoted(replaced)};"
        renames = old + renames
        server.disconnect(name)
    server.disconnect(temporary)
    server.psql("postgres", f"BEGIN; {renames} COMMIT;")
    remove_tree(databases.filestore(name))
    databases.filestore(temporary).rename(databases.filestore(name))
    databases.drop(replaced)

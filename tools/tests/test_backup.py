"""Bad archives are refused before anything is touched."""

import hashlib
import io
import json
import tarfile

import pytest

from o2o_cli import backup
from o2o_cli.database import extract_files
from o2o_cli.errors import ArchiveError

DUMP = b"PGDMP-content"
PICTURE = b"a picture"
PICTURE_NAME = hashlib.sha1(PICTURE, usedforsecurity=False).hexdigest()
META = {
    "kind": backup.KIND,
    "version": backup.VERSION,
    "dump_sha256": hashlib.sha256(DUMP).hexdigest(),
    "files": 1,
}


def member(archive, name, content):
    info = tarfile.TarInfo(name)
    info.size = len(content)
    archive.addfile(info, io.BytesIO(content))


def write(path, meta=META, dump=DUMP, files=((PICTURE_NAME, PICTURE),)):
    with tarfile.open(path, "w") as archive:
        if meta is not None:
            member(archive, "meta.json", json.dumps(meta).encode())
        if dump is not None:
            member(archive, "database.dump", dump)
        for name, content in files:
            member(archive, f"filestore/{name[:2]}/{name}", content)
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "backup.tar"


def test_good_archive_is_accepted(path):
    content = backup.check(write(path))
    assert content.file_count == 1
    assert content.dump_size == len(DUMP)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"meta": None}, "made by something else"),
        ({"meta": {**META, "kind": "other"}}, "made by something else"),
        ({"meta": {**META, "version": 99}}, "newer than this runner"),
        ({"dump": None}, "holds no database"),
        ({"dump": b"changed"}, "checksum"),
        ({"files": [(PICTURE_NAME, b"changed")]}, "is damaged"),
        ({"files": [("../../../etc/x", b"x")]}, "does not belong"),
        ({"files": [(PICTURE_NAME, PICTURE)] * 2}, "more files than it should"),
    ],
)
def test_bad_archive_is_refused(path, change, words):
    with pytest.raises(ArchiveError, match=words) as caught:
        backup.check(write(path, **change))
    assert caught.value.exit_code == 12


def test_truncated_archive_is_refused(path):
    data = write(path, dump=DUMP * 1000).read_bytes()
    path.write_bytes(data[:2000])
    with pytest.raises(ArchiveError):
        backup.check(path)


@pytest.mark.parametrize("content", [b"", b"not a tar at all", b"\0" * 10240])
def test_something_else_is_refused(path, content):
    path.write_bytes(content)
    with pytest.raises(ArchiveError):
        backup.check(path)


def test_missing_file_is_named(path):
    with pytest.raises(ArchiveError, match="There is no file"):
        backup.check(path)


def test_links_in_an_archive_are_refused(path):
    with tarfile.open(path, "w") as archive:
        member(archive, "meta.json", json.dumps(META).encode())
        member(archive, "database.dump", DUMP)
        info = tarfile.TarInfo(f"filestore/{PICTURE_NAME[:2]}/{PICTURE_NAME}")
        info.type = tarfile.SYMTYPE
        info.linkname = "/etc/passwd"
        archive.addfile(info)
    with pytest.raises(ArchiveError, match="no plain file"):
        backup.check(path)


def test_extraction_stays_below_its_folder(tmp_path, path):
    with tarfile.open(path, "w") as archive:
        member(archive, "filestore/aa/good", b"1")
        member(archive, "filestore/../../evil", b"2")
        member(archive, "other/aa/x", b"3")
    with tarfile.open(path) as archive:
        extract_files(archive, "filestore", tmp_path / "deep/target")
    assert (tmp_path / "deep/target/aa/good").read_bytes() == b"1"
    assert not (tmp_path / "evil").exists()
    assert not (tmp_path / "deep/evil").exists()
    assert not (tmp_path / "deep/target/x").exists()

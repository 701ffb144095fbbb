"""Atomic writing, content hashes, disk space."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from o2o_cli import files
from o2o_cli.errors import DiskError


def test_building_appears_only_when_whole(tmp_path):
    final = tmp_path / "thing"
    with files.building(final) as work:
        (work / "a").write_text("1")
        assert not final.exists()
    assert (final / "a").read_text() == "1"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["thing"]


def test_failed_building_leaves_the_old_one(tmp_path):
    final = tmp_path / "thing"
    with files.building(final) as work:
        (work / "a").write_text("old")
    with pytest.raises(RuntimeError), files.building(final) as work:
        (work / "a").write_text("half")
        raise RuntimeError
    assert (final / "a").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["thing"]


def test_building_removes_what_a_killed_run_left(tmp_path):
    (tmp_path / ".thing.building-1").mkdir()
    (tmp_path / ".thing.building-1/half").touch()
    with files.building(tmp_path / "thing"):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == ["thing"]


def test_write_atomic_by_several_threads(tmp_path):
    path = tmp_path / "script"
    with ThreadPoolExecutor(max_workers=4) as pool:
        list(pool.map(lambda _: files.write_atomic(path, "same"), range(200)))
    assert path.read_text() == "same"
    assert [each.name for each in tmp_path.iterdir()] == ["script"]


def test_write_atomic_replaces_and_sets_the_mode(tmp_path):
    path = tmp_path / "deep/secret"
    files.write_atomic(path, "one", 0o600)
    files.write_atomic(path, "two", 0o600)
    assert path.read_text() == "two"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["secret"]


def test_content_hash_sees_names_and_contents(tmp_path):
    (tmp_path / "a").write_text("1")
    (tmp_path / "b").write_text("2")

    def digest():
        return files.content_hash(files.tree_files(tmp_path), tmp_path)

    first = digest()
    assert digest() == first
    (tmp_path / "b").write_text("3")
    second = digest()
    assert second != first
    (tmp_path / "b").rename(tmp_path / "c")
    assert digest() not in (first, second)


def test_disk_too_small_names_place_need_and_remedy(tmp_path):
    with pytest.raises(DiskError) as caught:
        files.check_disk([(tmp_path / "not/there/yet", 10**6, "Odoo")])
    assert "1000000.0 GB needed (Odoo)" in caught.value.message
    assert "O2O_HOME" in caught.value.remedy
    assert caught.value.exit_code == 6


def test_needs_on_one_disk_are_added_up(tmp_path, monkeypatch):
    class Usage:
        free = 3 * files.GIB

    monkeypatch.setattr(files.shutil, "disk_usage", lambda _path: Usage)
    files.check_disk([(tmp_path / "a", 2, "x")])
    with pytest.raises(DiskError):
        files.check_disk([(tmp_path / "a", 2, "x"), (tmp_path / "b", 2, "y")])

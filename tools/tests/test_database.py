"""Databases appear under their name only when whole, and are made once."""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from o2o_cli.database import EXTRA_MODULES, FINGERPRINTS, Databases
from o2o_cli.errors import StepFailed
from o2o_cli.odoo_source import OdooSource
from o2o_cli.steps import Progress


@dataclass
class FakeServer:
    """Remembers databases as {name: [modules]} and comments on them."""

    known: dict = field(default_factory=dict)
    comments: dict = field(default_factory=dict)
    records: dict = field(default_factory=dict)
    embedded: bool = True

    def databases(self):
        return set(self.known)

    def major(self):
        return "18"

    def create(self, name, template="template0"):
        self.known[name] = list(self.known.get(template, []))

    def drop(self, name):
        self.known.pop(name, None)
        self.comments.pop(name, None)

    def rename(self, old, new):
        assert new not in self.known
        self.known[new] = self.known.pop(old)
        if old in self.records:
            self.records[new] = self.records.pop(old)

    def psql(self, database, sql):
        if "ir_module_module" in sql:
            return "\n".join(self.known[database])
        if sql.startswith("COMMENT"):
            self.comments[database] = "complete"
        if "shobj_description" in sql:
            name = sql.rpartition("datname = ")[2].strip("'")
            return self.comments.get(name, "")
        if sql.startswith("INSERT INTO ir_config_parameter"):
            self.records[database] = sql.split("VALUES (")[1].split("', '")[1]
            self.records[database] = self.records[database].split("', now")[0]
        if sql.startswith("SELECT value FROM ir_config_parameter"):
            assert FINGERPRINTS in sql
            return self.records.get(database, "")
        return ""


@dataclass
class FakeOdoo:
    server: FakeServer
    source: OdooSource
    calls: list = field(default_factory=list)
    fails: bool = False

    def run(self, database, *arguments, what, log):
        self.calls.append((database, arguments))
        if self.fails:
            raise StepFailed(what)
        for option, names in zip(arguments, arguments[1:], strict=False):
            if option in ("-i", "-u"):
                present = self.server.known[database]
                present += [n for n in names.split(",") if n not in present]

    def shell(self, database, script, *, what, log):
        self.calls.append((database, "shell"))


class Fake(Databases):
    def dump(self, name, target):
        Path(target).write_text(",".join(self.server.known[name]))

    def load_dump(self, name, source):
        text = Path(source).read_text()
        if text == "damaged":
            raise StepFailed("pg_restore failed")
        self.server.known[name] = text.split(",")


@pytest.fixture
def databases(home):
    addon = home.addons / "o2o_a"
    (addon / "models").mkdir(parents=True)
    (addon / "__manifest__.py").write_text("{'name': 'A', 'depends': ['fleet']}")
    server = FakeServer()
    source = OdooSource(home.cache / "odoo", (), "19.0-test")
    return Fake(home, server, FakeOdoo(server, source))


@pytest.fixture
def progress(tmp_path):
    with (tmp_path / "out").open("w") as stream:
        yield Progress(stream)


def test_module_list_is_derived_from_our_addons(databases):
    assert set(databases.modules()) == EXTRA_MODULES | {"fleet"}


def test_prepared_database_is_made_once_and_cached(databases, progress):
    name = databases.prepared(progress)
    calls = len(databases.odoo.calls)
    assert databases.prepared(progress) == name
    databases.server.known.clear()
    assert databases.prepared(progress) == name
    assert len(databases.odoo.calls) == calls, "loaded from the cache"
    assert "fleet" in databases.server.known[name]


def test_key_changes_with_what_the_database_contains(databases):
    first = databases.prepared_key()
    manifest = databases.home.addons / "o2o_a/__manifest__.py"
    manifest.write_text("{'name': 'A', 'depends': ['fleet', 'hr']}")
    assert databases.prepared_key() != first


def test_module_that_does_not_exist_is_named(databases, progress, monkeypatch):
    monkeypatch.setattr(databases.odoo, "run", lambda *args, **kwargs: None)
    with pytest.raises(StepFailed, match="fleet"):
        databases.prepared(progress)
    assert not list(databases.home.cache.glob("prepared-*/meta.json"))


def test_complete_build_that_was_cut_off_is_not_repeated(databases, progress):
    name = f"o2o_prepared_{databases.prepared_key()}_building"
    databases.server.known[name] = databases.modules()
    databases.server.comments[name] = "complete"
    final = databases.prepared(progress)
    assert databases.odoo.calls == []
    assert set(databases.server.known) == {final}


def test_half_build_is_thrown_away(databases, progress):
    name = f"o2o_prepared_{databases.prepared_key()}_building"
    databases.server.known[name] = ["base", "half"]
    final = databases.prepared(progress)
    assert "half" not in databases.server.known[final]


def test_damaged_cache_is_made_anew(databases, progress):
    databases.prepared(progress)
    databases.server.known.clear()
    cached = next(databases.home.cache.glob("prepared-*/database.dump"))
    cached.write_text("damaged")
    name = databases.prepared(progress)
    assert "fleet" in databases.server.known[name]
    assert cached.read_text() != "damaged"


def test_shop_appears_only_when_installed(databases, progress):
    databases.prepared(progress)
    databases.odoo.fails = True
    with pytest.raises(StepFailed):
        databases.build("o2o", ["o2o_a"], progress, title="Shop")
    assert "o2o" not in databases.server.known
    databases.odoo.fails = False
    databases.build("o2o", ["o2o_a"], progress, title="Shop")
    assert "o2o_a" in databases.server.known["o2o"]
    assert "o2o_building" not in databases.server.known
    assert databases.outdated("o2o", ["o2o_a"]) == ([], [])


def test_only_what_changed_is_upgraded(databases, progress):
    databases.build("o2o", ["o2o_a"], progress, title="Shop")
    (databases.home.addons / "o2o_a/models/thing.py").write_text("x = 1\n")
    assert databases.outdated("o2o", ["o2o_a"]) == ([], ["o2o_a"])
    databases.upgrade("o2o", [], ["o2o_a"], progress)
    assert "-u" in databases.odoo.calls[-1][1]
    assert databases.outdated("o2o", ["o2o_a"]) == ([], [])


def test_failed_upgrade_is_done_again(databases, progress):
    databases.build("o2o", ["o2o_a"], progress, title="Shop")
    (databases.home.addons / "o2o_a/models/thing.py").write_text("x = 1\n")
    databases.odoo.fails = True
    with pytest.raises(StepFailed):
        databases.upgrade("o2o", [], ["o2o_a"], progress)
    assert databases.outdated("o2o", ["o2o_a"]) == ([], ["o2o_a"])


def test_files_of_a_copy_do_not_lead_back(databases):
    original = databases.filestore("a")
    (original / "00").mkdir(parents=True)
    (original / "00/file").write_text("1")
    databases.server.create("a")
    databases.clone("a", "b")
    (databases.filestore("b") / "00/file").unlink()
    assert (original / "00/file").read_text() == "1"
    databases.drop("a")
    assert not original.exists()

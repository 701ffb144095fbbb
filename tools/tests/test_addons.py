"""What must be installed and upgraded is derived from the addons on disk."""

import pytest

from o2o_cli import addons
from o2o_cli.errors import StepFailed, UsageError


def make(folder, name, **manifest):
    path = folder / name
    (path / "models").mkdir(parents=True)
    (path / "__manifest__.py").write_text(repr({"name": name, **manifest}))
    (path / "models/thing.py").write_text("x = 1\n")
    return path


def test_third_party_modules_are_what_ours_depend_on(home):
    make(home.addons, "o2o_a", depends=["sale", "o2o_b"])
    make(home.addons, "o2o_b", depends=["stock"])
    make(home.addons, "o2o_old", depends=["fleet"], installable=False)
    found = addons.discover(home.addons)
    assert sorted(found) == ["o2o_a", "o2o_b"]
    assert addons.third_party(found) == {"sale", "stock"}


def test_fingerprint_changes_with_code_and_not_with_assets(home):
    path = make(home.addons, "o2o_a")
    first = addons.fingerprint(path)
    for name in ("static/src/a.js", "tests/test_a.py", "i18n/o2o_a.pot", "a.pyc"):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text("1")
    assert addons.fingerprint(path) == first
    (path / "models/thing.py").write_text("x = 2\n")
    assert addons.fingerprint(path) != first


def test_translations_change_the_fingerprint(home):
    path = make(home.addons, "o2o_a")
    first = addons.fingerprint(path)
    (path / "i18n").mkdir()
    (path / "i18n/zh_CN.po").write_text("1")
    assert addons.fingerprint(path) != first


def test_addon_may_be_named_by_its_path(home):
    make(home.addons, "o2o_a")
    assert addons.check_names(["addons/o2o_a/"], home.addons) == ["o2o_a"]
    with pytest.raises(UsageError, match="Known: o2o_a"):
        addons.check_names(["o2o_b"], home.addons)


def test_broken_manifest_is_named(home):
    path = make(home.addons, "o2o_a")
    (path / "__manifest__.py").write_text("{")
    with pytest.raises(StepFailed, match="o2o_a/__manifest__"):
        addons.discover(home.addons)

"""Finding Odoo, and closing what its package leaves open."""

import os

import pytest

from o2o_cli import odoo_source
from o2o_cli.errors import PlatformError, StepFailed

RELEASE = "version_info = (19, 0, 0, FINAL, 0, '')\n"


def make_package(tree, release=RELEASE):
    package = tree / odoo_source.DIST_PACKAGES / "odoo"
    (package / "addons/web/static/lib").mkdir(parents=True)
    (package / "release.py").write_text(release)
    return package


def test_dangling_links_are_listed(tmp_path):
    (tmp_path / "real").touch()
    (tmp_path / "good").symlink_to("real")
    (tmp_path / "bad").symlink_to("gone")
    (tmp_path / "outside").symlink_to("/etc")
    names = [path.name for path in odoo_source.dangling_links(tmp_path)]
    assert names == ["bad", "outside"]


def test_dangling_link_is_closed_from_the_unpacked_packages(tmp_path):
    package = make_package(tmp_path)
    font = tmp_path / "usr/share/fonts/opentype/inconsolata/Inconsolata-Regular.otf"
    font.parent.mkdir(parents=True)
    font.write_text("font")
    link = package / "addons/web/static/lib/Inconsolata.otf"
    link.symlink_to("../../../nowhere/Inconsolata.otf")
    odoo_source.complete(tmp_path)
    assert link.read_text() == "font"
    assert not os.readlink(link).startswith("/")


def test_tree_can_be_moved(tmp_path):
    old = tmp_path / "old"
    package = make_package(old)
    target = old / "usr/share/javascript/jquery/jquery.js"
    target.parent.mkdir(parents=True)
    target.write_text("js")
    link = package / "addons/web/static/lib/jquery.js"
    link.symlink_to("/usr/share/javascript/missing/jquery.js")
    odoo_source.complete(old)
    old.rename(tmp_path / "new")
    moved = tmp_path / "new" / link.relative_to(old)
    assert moved.read_text() == "js"
    assert odoo_source.dangling_links(tmp_path / "new") == []


def test_link_that_nothing_closes_stops_with_its_name(tmp_path):
    package = make_package(tmp_path)
    (package / "addons/web/static/lib/x.js").symlink_to("gone.js")
    with pytest.raises(StepFailed, match=r"x\.js"):
        odoo_source.complete(tmp_path)


def test_missing_asset_of_mail_is_made_empty(tmp_path):
    package = make_package(tmp_path)
    (package / "addons/mail/static/lib").mkdir(parents=True)
    odoo_source.complete(tmp_path)
    made = package / odoo_source.EMPTY_FILES[0]
    assert made.read_text() == ""


def test_crossed_font_links_lead_to_their_own_format(tmp_path):
    package = make_package(tmp_path)
    own = package / "addons/web/static/src/libs/fontawesome/fonts"
    own.mkdir(parents=True)
    (own / "fontawesome-webfont.woff").write_text("woff")
    (own / "fontawesome-webfont.woff2").write_text("woff2")
    crossed = package / "addons/web/static/lib/fontawesome/fonts"
    crossed.mkdir(parents=True)
    (crossed / "fontawesome-webfont.woff").symlink_to("fontawesome-webfont.woff2")
    (crossed / "fontawesome-webfont.woff2").symlink_to("fontawesome-webfont.woff")
    odoo_source.complete(tmp_path)
    assert (crossed / "fontawesome-webfont.woff").read_text() == "woff"
    assert (crossed / "fontawesome-webfont.woff2").read_text() == "woff2"


def test_package_and_checkout_are_both_understood(tmp_path):
    make_package(tmp_path / "package")
    source = odoo_source.at(tmp_path / "package")
    assert source.python_path == tmp_path / "package" / odoo_source.DIST_PACKAGES
    assert source.addons == (source.python_path / "odoo/addons",)
    checkout = tmp_path / "checkout"
    (checkout / "odoo/addons/base").mkdir(parents=True)
    (checkout / "addons/web").mkdir(parents=True)
    (checkout / "odoo/release.py").write_text(RELEASE)
    source = odoo_source.at(checkout)
    assert source.python_path == checkout
    assert source.addons == (checkout / "odoo/addons", checkout / "addons")


def test_other_version_is_refused(tmp_path, home, monkeypatch):
    make_package(tmp_path / "odoo18", RELEASE.replace("19", "18"))
    monkeypatch.setenv("O2O_ODOO_PATH", str(tmp_path / "odoo18"))
    with pytest.raises(PlatformError, match=r"is Odoo 18\.0"):
        odoo_source.locate(home)


def test_path_without_odoo_is_refused(tmp_path, home, monkeypatch):
    monkeypatch.setenv("O2O_ODOO_PATH", str(tmp_path))
    with pytest.raises(PlatformError, match="holds no Odoo"):
        odoo_source.locate(home)


def test_cached_tree_is_used_without_network(home, monkeypatch):
    monkeypatch.delenv("O2O_ODOO_PATH", raising=False)
    assert odoo_source.locate(home) is None
    make_package(home.cache / f"odoo-r{odoo_source.TREE_RECIPE}-19.0.0+x-1")
    assert odoo_source.locate(home).identity == "19.0.0+x-1"

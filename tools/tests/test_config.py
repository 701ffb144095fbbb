"""Odoo's configuration is config/odoo.conf plus a few overrides."""

import configparser
import stat
from pathlib import Path

import pytest

from o2o_cli import odoo_config
from o2o_cli.errors import StepFailed

ROOT = Path(__file__).resolve().parents[2]


def options(path):
    parser = configparser.RawConfigParser()
    parser.read(path)
    return dict(parser["options"])


def test_template_is_kept_and_overridden(home):
    target = home.state / "odoo.conf"
    odoo_config.write(target, home.config_template, {"workers": "0", "db_name": "o2o"})
    found = options(target)
    assert found["workers"] == "0"
    assert found["list_db"] == "False"
    assert found["db_name"] == "o2o"


def test_rendered_file_is_private_and_keeps_its_master_password(home):
    target = home.state / "odoo.conf"
    odoo_config.write(target, home.config_template, {"workers": "0"})
    password = options(target)["admin_passwd"]
    assert len(password) > 20
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    odoo_config.write(target, home.config_template, {"workers": "1"})
    assert options(target)["admin_passwd"] == password


def test_broken_template_is_one_clear_line(home):
    home.config_template.write_text("no section")
    with pytest.raises(StepFailed) as caught:
        odoo_config.render(home.config_template, {})
    assert "\n" not in str(caught.value)


def test_shipped_template_is_fit_for_production():
    found = options(ROOT / "config/odoo.conf")
    assert found["list_db"] == "False"
    assert found["proxy_mode"] == "True"
    assert found["with_demo"] == "False"
    assert int(found["workers"]) >= 2
    assert "db_password" not in found
    assert "admin_passwd" not in found


def test_production_keeps_what_it_must(home):
    local = odoo_config.local(
        addons=[home.addons], data=home.data, database="o2o", http_port=1
    )
    for key in ("workers", "proxy_mode", "http_interface"):
        assert key in local
        assert key in odoo_config.PRODUCTION_KEPT

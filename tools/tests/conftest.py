"""Plain tests of the runner: no network, no Odoo, seconds."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from o2o_cli.home import Home  # noqa: E402


@pytest.fixture
def home(tmp_path: Path) -> Home:
    checkout = tmp_path / "checkout"
    (checkout / "addons").mkdir(parents=True)
    (checkout / "config").mkdir()
    (checkout / "config/odoo.conf").write_text(
        "[options]\nworkers = 4\nlist_db = False\nproxy_mode = True\n"
    )
    home = Home(checkout, tmp_path / "state", tmp_path / "cache")
    home.create()
    return home

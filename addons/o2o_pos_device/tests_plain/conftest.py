"""Tests of what needs no Odoo: the clients of the clouds against simulators."""

import sys
import types
from pathlib import Path

import pytest

_ADDON = Path(__file__).parents[1]
# the addon as a package of plain folders: its own __init__ would import Odoo
_package = types.ModuleType("o2o_pos_device")
_package.__path__ = [str(_ADDON)]
sys.modules["o2o_pos_device"] = _package
sys.path.insert(0, str(_ADDON / "tests"))


@pytest.fixture
def feie():
    from cloud_simulator import FeieCloud

    cloud = FeieCloud().start()
    cloud.add_printer(registered=True)
    yield cloud
    cloud.stop()


@pytest.fixture
def yilianyun():
    from cloud_simulator import YilianyunCloud

    cloud = YilianyunCloud().start()
    cloud.add_printer(registered=True)
    yield cloud
    cloud.stop()

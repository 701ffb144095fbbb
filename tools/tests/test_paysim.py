"""The demo's payment simulator: started, asked for its keys, stopped."""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from o2o_cli import paysim
from o2o_cli.home import Home

CHECKOUT = Path(__file__).parents[2]


@dataclass
class FakeStack:
    """As much of a stack as the simulator needs."""

    home: Home
    environment: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(python=sys.executable)
    )


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[paysim.PaySim]:
    folder = tmp_path_factory.mktemp("paysim")
    home = Home(CHECKOUT, folder / "state", folder / "cache")
    home.create()
    found = paysim.PaySim.of(home)
    found.start(FakeStack(home))  # type: ignore[arg-type]
    yield found
    found.service.stop()


def test_keys_come_from_its_memory(simulator: paysim.PaySim) -> None:
    kits = simulator.kits()
    assert set(kits) == {"alipay", "wechat", "unionpay"}
    assert "PRIVATE KEY" in kits["alipay"]["app_private_key"]


def test_no_secret_in_its_files(simulator: paysim.PaySim) -> None:
    texts = simulator.ready.read_text() + simulator.service.log.read_text()
    assert "phone" in texts
    assert simulator.token not in texts
    assert simulator.kits()["wechat"]["api_key"] not in texts


def test_switchboard_is_closed_to_others(simulator: paysim.PaySim) -> None:
    request = urllib.request.Request(
        f"{simulator.address()['url']}/_sim/merchant",
        json.dumps({"gateway": "alipay"}).encode(),
        {"X-Sim-Token": "guess"},
    )
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(request, timeout=10)


def test_phone_is_there(simulator: paysim.PaySim) -> None:
    with urllib.request.urlopen(simulator.address()["phone"], timeout=10) as page:
        assert page.status == 200


def test_no_address_without_a_simulator(home: Home) -> None:
    assert paysim.PaySim.of(home).address() == {}
    assert paysim.phone(home) == ""

"""A running simulator and its client."""

import pytest
from unionpay_helpers import (
    MERCHANT,
    NOON,
    House,
    client_of,
    client_with,
    new_order,
)

from o2o_gateway.unionpay import Settings
from o2o_paysim import Simulator


@pytest.fixture
def own_sim(running):
    """One whose clock and books belong to this test; making keys takes long."""
    simulator = Simulator(start=NOON).start()
    simulator.unionpay.identity = running.unionpay.identity
    yield simulator
    simulator.stop()


@pytest.fixture
def client(sim):
    return client_of(sim)


@pytest.fixture
def order(sim, client):
    return new_order(client, sim.clock)


@pytest.fixture(scope="module")
def house():
    return House()


@pytest.fixture
def rude(rude_server, house):
    settings = Settings(
        MERCHANT, house.signing(), house.trust(), rude_server.url, rude_server.url
    )
    return client_with(settings, lambda: NOON)

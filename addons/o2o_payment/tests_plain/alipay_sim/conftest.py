"""A running simulator and its client."""

import pytest
from alipay_helpers import NOW, client_of, new_order

from o2o_paysim import Simulator


@pytest.fixture(scope="module")
def running():
    simulator = Simulator(start=NOW).start()
    yield simulator
    simulator.stop()


@pytest.fixture
def sim(running):
    running.faults.clear()
    return running


@pytest.fixture
def client(sim):
    return client_of(sim)


@pytest.fixture
def order(sim):
    return new_order(sim)

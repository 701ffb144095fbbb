"""A running simulator and its client."""

import pytest
from wechat_sim_helpers import a_day_of_sales, client_of, new_order


@pytest.fixture
def sim(running):
    running.faults.clear()
    running.wechat.identity.mode = "public_key"
    return running


@pytest.fixture
def client(sim):
    return client_of(sim)


@pytest.fixture
def order(sim):
    return new_order(sim)


@pytest.fixture
def sold(sim, client):
    """A day of its own, and what it added to the books."""
    sim.clock.advance(86400)
    before = sim.wechat.ledger.books()
    day, orders = a_day_of_sales(sim, client)
    after = sim.wechat.ledger.books()
    added = {name: after[name] - before[name] for name in after}
    return day, orders, added

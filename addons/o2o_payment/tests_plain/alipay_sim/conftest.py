"""A running simulator and its client."""

import pytest
from alipay_helpers import client_of, new_order


@pytest.fixture
def client(sim):
    return client_of(sim)


@pytest.fixture
def order(sim):
    return new_order(sim)

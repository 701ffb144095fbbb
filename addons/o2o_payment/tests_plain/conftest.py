"""Tests of what needs no Odoo: the gateway clients against vectors and simulators."""

import json
import sys
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from hypothesis import settings

_HERE = Path(__file__).parent
sys.path[:0] = [str(_HERE), str(_HERE.parent / "lib")]

from key_texts import KeyTexts  # noqa: E402

from o2o_gateway import keys  # noqa: E402

# a private key is checked when it is read: a tenth of a second for what hundreds of
# tests read from the same simulator. What is read depends on the bytes only
keys._private = cache(keys._private)
pkcs12.load_key_and_certificates = cache(pkcs12.load_key_and_certificates)

# signatures take milliseconds, and many of them run beside other tests
settings.register_profile("o2o", deadline=None, max_examples=60)
settings.load_profile("o2o")


class KeyPool:
    """RSA keys made once: a test gets those that no other test holds at the moment.

    What one test made for itself the next one gets again; the keys of fixtures that
    live longer stay apart, and so do any two keys within a test.
    """

    def __init__(self):
        self._make = rsa.generate_private_key
        self._keys = []
        self.taken = 0

    def __call__(self, public_exponent, key_size):
        if key_size != 2048:
            return self._make(public_exponent=public_exponent, key_size=key_size)
        if self.taken == len(self._keys):
            self._keys.append(self._make(public_exponent=65537, key_size=2048))
        self.taken += 1
        return self._keys[self.taken - 1]


rsa.generate_private_key = KeyPool()


@pytest.fixture(autouse=True)
def keys_of_this_test():
    """Fixtures that live longer are there already: pytest makes them first."""
    pool = rsa.generate_private_key
    before = pool.taken
    yield
    pool.taken = before


@pytest.fixture(scope="session")
def vectors():
    """Published examples; their keys are for tests only, see each ``source``."""
    return json.loads((_HERE / "vectors.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def key_texts():
    return KeyTexts()


@pytest.fixture(scope="session")
def other_texts():
    return KeyTexts()


@pytest.fixture
def rude_server():
    """A server that answers with whatever bytes a test gives it."""
    from rude_server import RudeServer

    server = RudeServer().start()
    yield server
    server.stop()


@pytest.fixture
def shop():
    """A shop that gateways tell of payments."""
    # knows the library, which is on the path only now
    from shop import Shop

    shop = Shop().start()
    yield shop
    shop.stop()


@pytest.fixture(scope="module")
def running():
    """All three gateways; one for the tests of a file, for making keys takes long."""
    from moments import NOW

    from o2o_paysim import Simulator

    simulator = Simulator(start=NOW).start()
    yield simulator
    simulator.stop()


@pytest.fixture
def sim(running):
    running.faults.clear()
    return running

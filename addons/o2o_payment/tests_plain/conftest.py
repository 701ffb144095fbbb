"""Tests of what needs no Odoo: the gateway clients against vectors and simulators."""

import json
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import settings

_HERE = Path(__file__).parent
sys.path[:0] = [str(_HERE), str(_HERE.parent / "lib")]

# signatures take milliseconds, and many of them run beside other tests
settings.register_profile("o2o", deadline=None)
settings.load_profile("o2o")


@pytest.fixture(scope="session")
def vectors():
    """Published examples; their keys are for tests only, see each ``source``."""
    return json.loads((_HERE / "vectors.json").read_text(encoding="utf-8"))


class KeyTexts:
    """One RSA key in all the shapes in which people have it."""

    def __init__(self, bits=2048):
        self.raw = rsa.generate_private_key(public_exponent=65537, key_size=bits)

    def private(self, form="PKCS8", encoding="PEM", password=None):
        return self.raw.private_bytes(
            getattr(serialization.Encoding, encoding),
            getattr(serialization.PrivateFormat, form),
            serialization.BestAvailableEncryption(password)
            if password
            else serialization.NoEncryption(),
        )

    def public(self, form="SubjectPublicKeyInfo", encoding="PEM"):
        return self.raw.public_key().public_bytes(
            getattr(serialization.Encoding, encoding),
            getattr(serialization.PublicFormat, form),
        )


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

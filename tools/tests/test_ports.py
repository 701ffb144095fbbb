"""Ports: taken, automatic, remembered."""

import socket

import pytest

from o2o_cli import ports
from o2o_cli.errors import PortTaken, UsageError


@pytest.fixture
def taken():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_taken_port_is_an_error_with_the_remedy(taken):
    with pytest.raises(PortTaken) as caught:
        ports.choose(str(taken), None)
    assert f"Port {taken} is taken" in caught.value.message
    assert "./o2o up --port auto" in caught.value.remedy
    assert caught.value.exit_code == 4


def test_auto_finds_another_port(taken):
    found = ports.choose("auto", taken)
    assert found != taken
    assert ports.is_free(found)


def test_remembered_port_is_kept_while_free():
    port = ports.find_free()
    assert ports.choose(None, port) == port
    assert ports.choose("auto", port) == port


def test_remembered_port_that_is_taken_is_an_error_without_auto(taken):
    with pytest.raises(PortTaken):
        ports.choose(None, taken)


@pytest.mark.parametrize("text", ["0", "70000", "abc", "-1", ""])
def test_nonsense_is_a_usage_error(text):
    with pytest.raises(UsageError):
        ports.parse(text)

"""The box talks to its own server only, and verifies who answers."""

import pytest
from box_helpers import FakeServer

from o2o_box import client as http


@pytest.fixture
def server():
    fake = FakeServer()
    yield fake
    fake.stop()


def test_wrong_code_and_wrong_token_are_told_apart_from_no_network(server):
    client = http.Client(server.url)
    with pytest.raises(http.Unauthorized):
        client.pair("WRONG", "box")
    with pytest.raises(http.Unauthorized):
        client.sync("1.wrong", {"acks": [], "printers": [], "holding": []})
    server.stop()
    with pytest.raises(http.ServerError):
        http.Client("http://127.0.0.1:9").pair("CODE2345", "box")


def test_netrc_does_not_replace_the_token(server, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login eve password eve\n")
    monkeypatch.setenv("NETRC", str(netrc))
    answer = http.Client(server.url).sync(
        server.token, {"acks": [], "printers": [], "holding": []}
    )
    assert answer["jobs"] == []


def test_certificates_are_always_verified(server, monkeypatch):
    """No environment and no option turns verification off."""
    monkeypatch.setenv("CURL_CA_BUNDLE", "")
    seen = {}

    def send(self, request, **options):
        seen.update(options)
        raise http.requests.ConnectionError

    monkeypatch.setattr(http.requests.Session, "send", send)
    client = http.Client("https://127.0.0.1:1")
    with pytest.raises(http.ServerError):
        client.pair("x", "y")
    assert seen["verify"]
    assert seen["allow_redirects"] is False

"""Issue 6, §1: what an answer, half an answer and no answer come to."""

import logging
import socket
import ssl
import threading
import time
from datetime import datetime, timedelta, timezone

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID
from rude_server import RudeServer, http

from o2o_gateway.outcome import BAD_ANSWER, NO_ANSWER, NOT_SENT
from o2o_gateway.transport import Transport, check_url

SECRET = b"auth_code=280123456789012345"


def post(*hosts, timeout=(3, 3), deadline=6, **more):
    urls = [getattr(host, "url", host) for host in hosts]
    transport = Transport(urls, timeout=timeout, deadline=deadline)
    return transport.exchange("POST", "/pay?app=1", body=SECRET, **more)


@pytest.fixture
def closed_port():
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return f"http://127.0.0.1:{port}"


@pytest.fixture
def second():
    server = RudeServer().start()
    server.answers = [http(b"second")]
    yield server
    server.stop()


def test_an_answer_is_an_answer_whatever_its_status(rude_server):
    """FAULT-39: 429, 500 and 502 are judged by the gateway, they may say why."""
    for status in ("200 OK", "404 Not Found", "429 Slow", "500 Oops", "502 Bad"):
        rude_server.answers = [http(b"{}", status)]
        reply = post(rude_server).value
        assert (reply.status, reply.body) == (int(status[:3]), b"{}")
    assert rude_server.requests[0].startswith(b"POST /pay?app=1 HTTP/1.1\r\n")
    assert rude_server.requests[0].endswith(SECRET)


def test_nobody_listens_is_not_sent(closed_port):
    """FAULT-40: a refused connection has done nothing."""
    outcome = post(closed_port)
    assert outcome.is_rejected
    assert outcome.code == NOT_SENT and not outcome.was_sent


def test_an_unknown_name_is_not_sent():
    """FAULT-40: no address, nothing sent. ``.invalid`` never resolves (RFC 2606)."""
    outcome = post("https://gateway.invalid")
    assert outcome.code == NOT_SENT


def test_the_next_host_when_nothing_was_sent(closed_port, second):
    """FAULT-40: failover."""
    assert post(closed_port, second).value.body == b"second"
    assert len(second.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf",
        b"not http at all\r\n\r\n",
        lambda connection: time.sleep(1.5),
    ],
    ids=["closed", "half body", "half chunk", "not http", "silent"],
)
def test_a_lost_answer_is_unknown_and_stays_here(rude_server, second, answer):
    """FAULT-29, FAULT-39: it was sent; another host could do it twice."""
    rude_server.answers = [answer]
    outcome = post(rude_server, second, timeout=(3, 1))
    assert outcome.is_unknown
    assert outcome.code == NO_ANSWER and outcome.was_sent
    assert second.requests == []


def test_a_redirect_is_not_followed(rude_server, second):
    """FAULT-39: 302 would carry what we sent elsewhere."""
    rude_server.answers = [http(b"", "302 Found", Location=second.url)]
    outcome = post(rude_server)
    assert outcome.is_unknown and outcome.code == BAD_ANSWER
    assert second.requests == []


def test_an_endless_answer_is_cut(rude_server):
    """FAULT-23: ten megabytes are not read."""
    sent = []

    def flood(connection):
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n"
        connection.sendall(head)
        for _ in range(1000):
            connection.sendall(b"x" * 10000)
            sent.append(10000)

    rude_server.answers = [flood]
    outcome = post(rude_server, max_bytes=50_000)
    assert outcome.is_unknown and outcome.code == BAD_ANSWER
    assert sum(sent) < 9_000_000


def test_a_bomb_of_gzip_is_cut(rude_server):
    """FAULT-23: what is small on the line and large in memory."""
    import gzip

    bomb = gzip.compress(b"0" * 20_000_000)
    assert len(bomb) < 50_000
    rude_server.answers = [http(bomb, Content_Encoding="gzip")]
    outcome = post(rude_server, max_bytes=50_000)
    assert outcome.is_unknown and outcome.code == BAD_ANSWER


def test_a_dripping_server_holds_nobody(rude_server):
    def drip(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(100):
            connection.sendall(b"x")
            time.sleep(0.1)

    rude_server.answers = [drip]
    start = time.monotonic()
    outcome = post(rude_server, deadline=1)
    assert outcome.is_unknown
    assert time.monotonic() - start < 7


def test_an_untrusted_certificate_is_not_sent(tls_server, second):
    """FAULT-40: TLS is verified before a byte of the request leaves."""
    outcome = post(tls_server.url)
    assert outcome.code == NOT_SENT
    assert post(tls_server.url, second).value.body == b"second"
    assert tls_server.received == []


def test_a_get_fails_over_too(closed_port, second):
    transport = Transport([closed_port, second.url])
    assert transport.exchange("GET", "/query").value.body == b"second"
    assert Transport([closed_port]).exchange("GET").code == NOT_SENT


def test_netrc_does_not_replace_our_authorization(rude_server, tmp_path, monkeypatch):
    """The machine's .netrc is for other programs."""
    (tmp_path / ".netrc").write_text("default login a password b\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    rude_server.answers = [http()]
    assert post(rude_server, headers={"Authorization": "OURS"}).is_ok
    assert b"Authorization: OURS" in rude_server.requests[0]


def test_nothing_secret_is_logged(rude_server, caplog):
    """Issue 6: no code, no key, no address with its query in any log."""
    caplog.set_level(logging.DEBUG)
    rude_server.answers = [http(b'{"buyer_id":"2088111"}'), b"", http(b"x", "302 Go")]
    outcomes = [post(rude_server) for _ in range(3)]
    shown = caplog.text.replace(str(outcomes), "") + repr(outcomes)
    own = "".join(r.getMessage() for r in caplog.records if "o2o" in r.name)
    assert "200" in own
    for secret in ("2801234", "2088111", "app=1"):
        assert secret not in own
    for secret in ("2801234", "2088111"):
        assert secret not in shown


@pytest.mark.parametrize(
    "url",
    [
        "http://openapi.alipay.com/gateway.do",
        "https://",
        "ftp://127.0.0.1",
        "http://127.0.0.1.example.com",
        "https://user:pass@openapi.alipay.com",
        "file:///etc/passwd",
        "",
    ],
)
def test_an_address_that_is_not_safe(url):
    with pytest.raises(ValueError):
        check_url(url)
    with pytest.raises(ValueError):
        Transport([url])
    with pytest.raises(ValueError):
        Transport([])


def test_an_address_that_is_given_to_us(rude_server):
    """A bill's address comes from outside: it is checked like ours."""
    transport = Transport(["https://openapi.alipay.com"])
    rude_server.answers = [http(b"file")]
    assert transport.fetch(rude_server.url, max_bytes=10).value.body == b"file"
    with pytest.raises(ValueError):
        transport.fetch("http://169.254.169.254/latest", max_bytes=10)


# a server with a certificate that nobody vouches for


class TlsServer:
    def __init__(self, folder, key):
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
        now = datetime.now(timezone.utc)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.raw.public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .sign(key.raw, hashes.SHA256())
        )
        path = folder / "server.pem"
        path.write_bytes(
            key.private() + certificate.public_bytes(serialization.Encoding.PEM)
        )
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(path)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._socket.getsockname()[1]}"
        self.received = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            try:
                with self._context.wrap_socket(connection, server_side=True) as secure:
                    self.received.append(secure.recv(100))
            except OSError:
                connection.close()

    def stop(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)


@pytest.fixture
def tls_server(tmp_path, key_texts):
    server = TlsServer(tmp_path, key_texts)
    yield server
    server.stop()

"""POS-05: an encrypted line to a cloud that breaks: was the slip sent?"""

import datetime
import ipaddress
import socket
import ssl
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from o2o_pos_device.clouds.errors import Unclear, Unreached
from o2o_pos_device.clouds.transport import post_form


class BreakingServer:
    """Takes one request over TLS, then answers with bytes that are no TLS."""

    def __init__(self, folder):
        self.certificate = folder / "server.pem"
        self.certificate.write_bytes(self._make_certificate())
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self.certificate)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._socket.getsockname()[1]}"
        self.received = b""
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @staticmethod
    def _make_certificate():
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        now = datetime.datetime.now(datetime.timezone.utc)
        day = datetime.timedelta(days=1)
        certificate = (
            x509.CertificateBuilder(
                name, name, key.public_key(), 1, now - day, now + day
            )
            .add_extension(x509.SubjectAlternativeName([address]), critical=False)
            .sign(key, hashes.SHA256())
        )
        return key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ) + certificate.public_bytes(serialization.Encoding.PEM)

    def _serve(self):
        connection, _address = self._socket.accept()
        with connection:
            try:
                secure = self._context.wrap_socket(connection, server_side=True)
            except OSError:
                return
            while b"sn=1" not in self.received:
                self.received += secure.recv(1000)
            socket.socket.sendall(secure, b"HTTP/1.1 200 OK\r\n\r\n{}")
            secure.close()

    def stop(self):
        self._socket.close()
        self._thread.join(5)


@pytest.fixture
def server(tmp_path):
    server = BreakingServer(tmp_path)
    yield server
    server.stop()


def test_line_that_breaks_after_sending_is_unclear(server, monkeypatch):
    """Taken for "not sent", the slip would be printed by the next printer as well."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(server.certificate))
    with pytest.raises(Unclear):
        post_form(server.url, {"sn": 1}, timeout=3)
    assert b"sn=1" in server.received


def test_certificate_of_a_stranger_gets_nothing(server):
    with pytest.raises(Unreached):
        post_form(server.url, {"sn": 1}, timeout=3)
    assert server.received == b""

"""Keys and certificates made at start; they live as long as the process."""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from o2o_gateway.keys import PrivateKey, load_private_key


class KeyPair:
    """An RSA key of ours, in the shapes that are needed."""

    def __init__(self) -> None:
        self.raw = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.pem = self.raw.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()
        self.key: PrivateKey = load_private_key(self.pem)

    def public_pem(self) -> str:
        return self.key.public().pem()


class Authority:
    """A root and an intermediate authority that issue certificates."""

    def __init__(self, name: str, now: datetime) -> None:
        self._name = name
        root_key, self._key = KeyPair(), KeyPair()
        self.root = self._make("Root", None, root_key, root_key, now, 3650)
        self.middle = self._make("Class 2", self.root, self._key, root_key, now, 3650)

    def issue(
        self, common_name: str, pair: KeyPair, now: datetime, days: int = 1825
    ) -> x509.Certificate:
        """A certificate for a service or a merchant."""
        return self._make(common_name, self.middle, pair, self._key, now, days)

    def _make(
        self,
        common_name: str,
        issuer: x509.Certificate | None,
        pair: KeyPair,
        signer: KeyPair,
        now: datetime,
        days: int,
    ) -> x509.Certificate:
        is_authority = pair is self._key or pair is signer
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, self._name),
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "Simulated"),
                x509.NameAttribute(NameOID.COMMON_NAME, common_name),
            ]
        )
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(issuer.subject if issuer else name)
            .public_key(pair.raw.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(
                x509.BasicConstraints(ca=is_authority, path_length=None), critical=True
            )
            .sign(signer.raw, hashes.SHA256())
        )


def pem(*certificates: x509.Certificate) -> str:
    return "".join(
        one.public_bytes(serialization.Encoding.PEM).decode() for one in certificates
    )

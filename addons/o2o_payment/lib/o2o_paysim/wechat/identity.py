"""Who is who at the simulated WeChat Pay: one merchant, WeChat Pay, its keys."""

from __future__ import annotations

import base64
import itertools
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from o2o_gateway.clock import Clock

from ..authority import Authority, KeyPair, pem

MCHID = "1900000109"
APP_ID = "wxd678efh567hg6787"
SCHEME = "WECHATPAY2-SHA256-RSA2048"
#: how WeChat Pay proves itself to this merchant
MODES = ("public_key", "grey", "certificate")
Box = dict[str, str]


@dataclass(frozen=True)
class Signer:
    """A key of WeChat Pay and the number under which it signs."""

    serial: str
    pair: KeyPair

    def headers(self, body: bytes, timestamp: int) -> dict[str, str]:
        nonce = secrets.token_hex(16)
        message = b"\n".join([str(timestamp).encode(), nonce.encode(), body, b""])
        return {
            "Wechatpay-Timestamp": str(timestamp),
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": self.serial,
            "Wechatpay-Signature": self.pair.key.sign(message),
            "Wechatpay-Signature-Type": SCHEME,
        }


class Identity:
    """Keys of merchant and WeChat Pay.

    ``mode``: in ``public_key`` there are no certificates; in ``certificate`` there is
    no public key; in ``grey`` the two take turns, message by message.
    """

    def __init__(self, clock: Clock) -> None:
        self.mode = "public_key"
        self._clock = clock
        self._authority = Authority("Tenpay.com simulated", clock())
        self.merchant = KeyPair()
        certificate = self._authority.issue(MCHID, self.merchant, clock())
        self.merchant_serial = serial_of(certificate)
        self.api_key = secrets.token_hex(16)
        self.public = Signer(f"PUB_KEY_ID_0{MCHID}{secrets.token_hex(11)}", KeyPair())
        self._certificates: list[tuple[x509.Certificate, Signer]] = []
        self._turns = itertools.count()
        self._other = KeyPair()
        self.add_certificate()

    def impostor(self, signer: Signer) -> Signer:
        """Another key under the number of ``signer``."""
        return Signer(signer.serial, self._other)

    def stranger(self) -> Signer:
        """A key of which nobody has heard."""
        return Signer(secrets.token_hex(20).upper(), self._other)

    def open(self, sealed: str) -> str:
        """What a merchant encrypted for WeChat Pay, with any of its keys.

        :raise ValueError: none of them opens it
        """
        oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
        data = base64.b64decode(sealed, validate=True)
        for signer in (self.public, *(one for _c, one in self._certificates)):
            try:
                return signer.pair.raw.decrypt(data, oaep).decode()
            except ValueError:
                continue
        raise ValueError("it is encrypted for somebody else")

    def add_certificate(self) -> None:
        """A new key with its certificate; the old ones stay valid."""
        pair = KeyPair()
        certificate = self._authority.issue("Tenpay.com", pair, self._clock())
        self._certificates.append((certificate, Signer(serial_of(certificate), pair)))

    def by_certificate(self) -> Signer:
        return self._certificates[-1][1]

    def signer(self, wanted: str = "") -> Signer:
        """Who signs the next message.

        :param wanted: the number that a request asks for; a notification has none
        """
        if self.mode == "certificate":
            return self.by_certificate()
        is_asked_for = wanted == self.public.serial
        if self.mode == "public_key" or is_asked_for or next(self._turns) % 2:
            return self.public
        return self.by_certificate()

    def certificates(self) -> list[dict[str, object]]:
        """The certificates as ``/v3/certificates`` tells them."""
        if self.mode == "public_key":
            return []
        return [
            {
                "serial_no": signer.serial,
                "effective_time": certificate.not_valid_before_utc.isoformat(),
                "expire_time": certificate.not_valid_after_utc.isoformat(),
                "encrypt_certificate": self.seal(
                    pem(certificate).encode(), "certificate"
                ),
            }
            for certificate, signer in self._certificates
        ]

    def seal(self, content: bytes, associated: str, key: str = "") -> Box:
        """``content`` for the merchant, or for whoever has another ``key``."""
        nonce = secrets.token_hex(6)
        data = AESGCM((key or self.api_key).encode()).encrypt(
            nonce.encode(), content, associated.encode()
        )
        return {
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": base64.b64encode(data).decode(),
            "associated_data": associated,
            "nonce": nonce,
        }

    def texts(self) -> Mapping[str, str]:
        """All that is handed to the merchant."""
        return {
            "mchid": MCHID,
            "app_id": APP_ID,
            "serial_no": self.merchant_serial,
            "private_key": self.merchant.pem,
            "api_key": self.api_key,
            "public_key_id": self.public.serial,
            "public_key": self.public.pair.public_pem(),
            "certificate": pem(self._certificates[-1][0]),
        }


def serial_of(certificate: x509.Certificate) -> str:
    """As WeChat Pay writes it: forty digits, with the zeros in front."""
    return f"{certificate.serial_number:040X}"

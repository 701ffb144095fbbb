"""Who is who at the simulated UnionPay: a merchant, UnionPay, their authority."""

from __future__ import annotations

import base64
from datetime import timedelta
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from o2o_gateway.clock import Clock

from ..authority import Authority, KeyPair, pem

MERCHANT = "777290058110048"
PASSWORD = "000000"
_COMPANY = "041@8310000000083040@中国银联股份有限公司@00016495"
_ANOTHER = "041@8310000000083041@隔壁商行有限公司@00016496"
_MERCHANT_NAME = f"041@Z2026-11-27@{MERCHANT}:SIGN@00000001"


class Identity:
    """Keys and certificates; the last signing pair is the one in use."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        now = clock()
        self._authority = Authority("CFCA simulated", now)
        self.merchant = KeyPair()
        self.certificate = self._authority.issue(_MERCHANT_NAME, self.merchant, now)
        self._pair = KeyPair()
        self._leaf = self._authority.issue(_COMPANY, self._pair, now)

    @cached_property
    def _forged(self) -> tuple[KeyPair, x509.Certificate]:
        """UnionPay in everything but the keys, down to the authority's name."""
        pair, now = KeyPair(), self._clock()
        return pair, Authority("CFCA simulated", now).issue(_COMPANY, pair, now)

    @cached_property
    def _neighbour(self) -> tuple[KeyPair, x509.Certificate]:
        """Another customer of the real authority."""
        pair, now = KeyPair(), self._clock()
        return pair, self._authority.issue(_ANOTHER, pair, now)

    def signer(self, fault: str) -> tuple[KeyPair, x509.Certificate]:
        """What a message is signed with, or what a forger would sign it with."""
        now = self._clock()
        if fault == "wrong_key":
            return self._forged
        if fault == "wrong_name":
            return self._neighbour
        if fault == "expired":
            past = now - timedelta(days=400)
            return self._pair, self._authority.issue(_COMPANY, self._pair, past, 365)
        return self._pair, self._leaf

    def rotate(self) -> None:
        """A new certificate of the same authority; messages bring it along."""
        self._pair = KeyPair()
        self._leaf = self._authority.issue(_COMPANY, self._pair, self._clock())

    @property
    def cert_id(self) -> str:
        return str(self.certificate.serial_number)

    @cached_property
    def _file(self) -> bytes:
        """The ``.pfx``; to encrypt one takes a while."""
        return pkcs12.serialize_key_and_certificates(
            b"simulated",
            self.merchant.raw,
            self.certificate,
            None,
            serialization.BestAvailableEncryption(PASSWORD.encode()),
        )

    def texts(self) -> dict[str, str]:
        """All that is handed to the merchant."""
        return {
            "pfx": base64.b64encode(self._file).decode(),
            "pfx_password": PASSWORD,
            "middle_certificate": pem(self._authority.middle),
            "root_certificate": pem(self._authority.root),
        }

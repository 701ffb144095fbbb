"""Who is who at the simulated Alipay: one seller, Alipay, an authority."""

from __future__ import annotations

import hashlib
from functools import cached_property

from cryptography import x509

from o2o_gateway.clock import Clock

from ..authority import Authority, KeyPair, pem

APP_ID = "2021000122682882"
SELLER_ID = "2088721003899159"
_ALIPAY = f"支付宝(中国)网络技术有限公司-{SELLER_ID}"


def serial_of(certificate: x509.Certificate) -> str:
    """As Alipay names certificates: MD5 of issuer and decimal serial."""
    issuer = certificate.issuer.rfc4514_string()
    text = f"{issuer}{certificate.serial_number}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class Identity:
    """Keys of seller and Alipay; certificates when somebody asks for them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.app = KeyPair()
        #: all keys of Alipay, the last one signs
        self.alipay = [KeyPair()]
        self.stranger = KeyPair()

    @property
    def current(self) -> KeyPair:
        return self.alipay[-1]

    @cached_property
    def _authority(self) -> Authority:
        return Authority("Ant Financial simulated", self._clock())

    @cached_property
    def app_certificate(self) -> x509.Certificate:
        name = f"{SELLER_ID}-{APP_ID}"
        return self._authority.issue(name, self.app, self._clock())

    @cached_property
    def _certificates(self) -> list[x509.Certificate]:
        return [
            self._authority.issue(_ALIPAY, pair, self._clock()) for pair in self.alipay
        ]

    @property
    def serial(self) -> str:
        return serial_of(self._certificates[-1])

    @property
    def root_serial(self) -> str:
        return serial_of(self._authority.root)

    def rotate(self) -> None:
        """A new key and certificate; the old ones stay valid."""
        pair = KeyPair()
        self._certificates.append(self._authority.issue(_ALIPAY, pair, self._clock()))
        self.alipay.append(pair)

    def certificate(self, serial: str) -> str | None:
        """PEM of a certificate of Alipay and its issuer."""
        for one in self._certificates:
            if serial_of(one) == serial:
                return pem(one, self._authority.middle)
        return None

    def texts(self) -> dict[str, str]:
        """All that is handed to the seller, as PEM."""
        return {
            "app_private_key": self.app.pem,
            "alipay_public_key": self.current.public_pem(),
            "app_certificate": pem(self.app_certificate),
            "alipay_certificate": pem(self._certificates[-1], self._authority.middle),
            "root_certificate": pem(self._authority.root),
        }

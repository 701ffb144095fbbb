"""Whom a signature of Alipay is checked against: one key, or certificates by serial."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509

from ..keys import (
    KeyProblem,
    PrivateKey,
    PublicKey,
    certificate_key,
    check_pair,
    load_certificates,
)
from ..keyset import Entry, KeySet
from ..results import Finding
from ..texts import lazy as _lt
from .certificates import certificate_sn, is_trusted, owner, root_sn


class KeyTrust:
    """Key mode: Alipay's public key, pasted from its console."""

    def __init__(self, alipay_key: PublicKey) -> None:
        self._key = alipay_key

    def request_params(self) -> dict[str, str]:
        return {}

    def findings(self, private_key: PrivateKey, moment: datetime) -> list[Finding]:
        """What is wrong here without asking anybody."""
        if check_pair(private_key, self._key):
            text = _lt(
                "This is the application's own public key. "
                "Copy the key that the console calls Alipay's public key."
            )
            return [Finding("own_key", text)]
        return []

    def knows(self, serial: str, moment: datetime) -> bool:
        return True

    def verify(
        self, data: bytes, signature: str, serial: str, moment: datetime
    ) -> bool:
        return self._key.verify(data, signature)


class CertificateTrust:
    """Certificate mode: our certificate, Alipay's root bundle, Alipay's certificates.

    Unchangeable: :meth:`adding` makes another one.
    """

    def __init__(
        self,
        app_certificate: x509.Certificate,
        roots: Sequence[x509.Certificate],
        alipay_certificates: Sequence[x509.Certificate],
    ) -> None:
        """
        :param alipay_certificates: those in use, old and new; a file of Alipay may hold
            intermediate ones as well, they do no harm
        :raise KeyProblem: no certificate of a service among them
        """
        self._app_certificate = app_certificate
        self._roots = list(roots)
        self._certificates = list(alipay_certificates)
        self._owners = {owner(one) for one in alipay_certificates} - {""}
        if not self._owners:
            raise KeyProblem(
                "not_a_certificate", _lt("Alipay's own certificate is not among these.")
            )
        self._keys = KeySet(
            Entry.of_certificate(certificate_sn(one), one)
            for one in alipay_certificates
            if owner(one)
        )

    def request_params(self) -> dict[str, str]:
        return {
            "app_cert_sn": certificate_sn(self._app_certificate),
            "alipay_root_cert_sn": root_sn(self._roots),
        }

    def findings(self, private_key: PrivateKey, moment: datetime) -> list[Finding]:
        """What is wrong here without asking anybody."""
        found = []
        if not check_pair(private_key, certificate_key(self._app_certificate)):
            text = _lt("The application's certificate belongs to another private key.")
            found.append(Finding("wrong_pair", text))
        if self._app_certificate.not_valid_after_utc < moment:
            text = _lt("The application's certificate has expired.")
            found.append(Finding("expired", text))
        if not self._keys.valid(moment):
            text = _lt("Alipay's certificate has expired: load the new one.")
            found.append(Finding("expired", text))
        return found

    def knows(self, serial: str, moment: datetime) -> bool:
        """Whether ``serial`` is a key of ours; a message without one may be any's."""
        return not serial or self._keys.find(serial, moment) is not None

    def verify(
        self, data: bytes, signature: str, serial: str, moment: datetime
    ) -> bool:
        if serial:
            key = self._keys.find(serial, moment)
            return key is not None and key.verify(data, signature)
        return any(one.key.verify(data, signature) for one in self._keys.valid(moment))

    def adding(
        self, pem: str, serial: str, moment: datetime
    ) -> CertificateTrust | None:
        """This trust and a new certificate of Alipay, or None if it is not one.

        :param pem: the certificate, with the intermediate ones if Alipay sends them
        :param serial: which one was asked for
        """
        try:
            certificates = load_certificates(pem)
            new = next(one for one in certificates if certificate_sn(one) == serial)
            known = [*certificates, *self._certificates]
            if owner(new) not in self._owners or not is_trusted(
                new, known, self._roots, moment
            ):
                return None
            return CertificateTrust(
                self._app_certificate, self._roots, [*self._certificates, *certificates]
            )
        except (KeyProblem, StopIteration):
            return None

"""The files that UnionPay hands out: our ``.pfx``, its ``.cer``.

``acp_test_sign.pfx`` with the password ``000000`` is the test kit's; what a merchant
downloads later looks the same. Old ones are encrypted with RC2, which still opens.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12

from ..keys import KeyProblem, PrivateKey, load_certificates, load_private_key
from ..secret import Secret
from ..texts import lazy as _lt
from .trust import UNIONPAY, owner

MAX_FILE = 64 * 1024


@dataclass(frozen=True)
class SigningKey:
    """What we sign with, and the number by which UnionPay knows it (``certId``)."""

    key: PrivateKey
    #: the serial of the certificate, decimal
    cert_id: str
    valid_from: datetime
    valid_to: datetime


def load_pfx(data: bytes, password: Secret) -> SigningKey:
    """Our key from a ``.pfx``.

    :raise KeyProblem: ``empty``, ``too_long``, ``is_certificate``, ``not_a_pfx``,
        ``wrong_password`` (which a damaged file looks like), ``no_key``,
        ``no_certificate``, ``is_unionpay`` and those of a key
    """
    _check_size(data)
    if data.lstrip().startswith(b"-----BEGIN"):
        raise KeyProblem(
            "not_a_pfx", _lt("This is a text file. The .pfx belongs here.")
        )
    try:
        key, certificate, _more = pkcs12.load_key_and_certificates(
            data, password.reveal().encode()
        )
    except UnsupportedAlgorithm:
        raise KeyProblem(
            "not_a_pfx",
            _lt("This .pfx is encrypted in a way that cannot be opened here."),
        ) from None
    except (ValueError, TypeError) as error:
        raise _unreadable(data, str(error)) from None
    if key is None:
        raise KeyProblem("no_key", _lt("This .pfx holds no private key."))
    if certificate is None:
        raise KeyProblem("no_certificate", _lt("This .pfx holds no certificate."))
    if owner(certificate) == UNIONPAY:
        raise KeyProblem(
            "is_unionpay", _lt("This certificate is UnionPay's, not yours.")
        )
    text = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    return SigningKey(
        load_private_key(text),
        str(certificate.serial_number),
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
    )


def load_cer(data: bytes) -> list[x509.Certificate]:
    """Certificates from a ``.cer``, which is binary or text.

    :raise KeyProblem: ``empty``, ``too_long``, and what it is instead
    """
    _check_size(data)
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        text = base64.b64encode(data).decode()
    return load_certificates(text)


def _check_size(data: bytes) -> None:
    if not data:
        raise KeyProblem("empty", _lt("There is nothing here."))
    if len(data) > MAX_FILE:
        raise KeyProblem("too_long", _lt("This is far too long for a certificate."))


def _unreadable(data: bytes, why: str) -> KeyProblem:
    if "password" in why.lower():
        return KeyProblem(
            "wrong_password",
            _lt("The password of this .pfx is wrong, or it is damaged."),
        )
    try:
        x509.load_der_x509_certificate(data)
    except ValueError:
        return KeyProblem(
            "not_a_pfx", _lt("This is no .pfx, or a part of it is missing.")
        )
    return KeyProblem(
        "is_certificate",
        _lt("This is a certificate. The .pfx with the key belongs here."),
    )

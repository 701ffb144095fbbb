"""The keys of WeChat Pay: one public key, certificates, or both in a grey week.

A message names its key by serial. While a merchant moves from certificates to the
public key, WeChat Pay alternates for seven days (payments.md §0.7), so all of them are
in one :class:`~..keyset.KeySet`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from cryptography import x509

from ..keys import KeyProblem, PublicKey, load_certificates
from ..keyset import Entry, KeySet
from ..secret import Secret
from ..texts import lazy as _lt
from .sealed import unseal

#: the serial of a public key begins so, that of a certificate is a hexadecimal number
PUBLIC_KEY_PREFIX = "PUB_KEY_ID_"
#: certificates in one answer; there are one or two
_MAX_CERTIFICATES = 20


def normal_serial(text: str) -> str:
    """One form for one serial: hexadecimal ones are written with and without zeros."""
    if text.startswith(PUBLIC_KEY_PREFIX):
        return text
    return text.upper().lstrip("0")


def told_serial(serial: str) -> str:
    """A serial as WeChat Pay is told it: that of a certificate has forty digits."""
    return serial if serial.startswith(PUBLIC_KEY_PREFIX) else serial.rjust(40, "0")


def certificate_serial(certificate: x509.Certificate) -> str:
    return f"{certificate.serial_number:X}"


def platform_keys(
    public_keys: Mapping[str, PublicKey] | None = None,
    certificates: Iterable[x509.Certificate] = (),
) -> KeySet:
    """All keys that may sign for WeChat Pay.

    :param public_keys: by their number (``PUB_KEY_ID_…``), as the console shows it
    :raise KeyProblem: a number without that beginning, or a certificate without RSA key
    """
    entries = []
    for serial, key in (public_keys or {}).items():
        if not serial.startswith(PUBLIC_KEY_PREFIX):
            raise KeyProblem(
                "not_a_key",
                _lt(
                    "The number of WeChat Pay's public key begins with %(prefix)s.",
                    prefix=PUBLIC_KEY_PREFIX,
                ),
            )
        entries.append(Entry(serial, key))
    for one in certificates:
        entries.append(Entry.of_certificate(certificate_serial(one), one))
    return KeySet(entries)


def public_key_serial(keys: KeySet, now: datetime) -> str:
    """The serial to ask answers for: the public key's; "" in certificate mode."""
    for entry in keys.valid(now):
        if entry.serial.startswith(PUBLIC_KEY_PREFIX):
            return entry.serial
    return ""


def read_certificates(
    answer: Mapping[str, Any], api_key: Secret
) -> list[x509.Certificate]:
    """The certificates in an answer of ``/v3/certificates``.

    Who made them is not proved by this: check the signature of the answer.

    :raise SealProblem: the APIv3 key does not open them
    :raise ValueError: not such an answer
    """
    rows = answer.get("data")
    if not isinstance(rows, list) or len(rows) > _MAX_CERTIFICATES:
        raise ValueError("no list of certificates")
    return [_certificate(row, api_key) for row in rows]


def _certificate(row: Any, api_key: Secret) -> x509.Certificate:
    if not isinstance(row, dict):
        raise ValueError(_lt("no certificate"))
    text = unseal(row.get("encrypt_certificate"), api_key)
    found = load_certificates(text.decode("ascii"))[0]
    if certificate_serial(found) != normal_serial(str(row.get("serial_no"))):
        raise ValueError(
            _lt("a certificate has another number than it is said to have")
        )
    return found

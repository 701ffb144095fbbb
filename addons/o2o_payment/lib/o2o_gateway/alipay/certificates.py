"""Serials and chains of Alipay's certificate mode."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509.oid import NameOID

from ..keys import is_authority

_RSA_SIGNED = "1.2.840.113549.1.1."
_MAX_DEPTH = 5


def certificate_sn(certificate: x509.Certificate) -> str:
    """Alipay's name of a certificate: MD5 of issuer and decimal serial."""
    text = f"{certificate.issuer.rfc4514_string()}{certificate.serial_number}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def root_sn(certificates: Iterable[x509.Certificate]) -> str:
    """The name of a bundle of roots: those with an RSA signature, joined by ``_``."""
    return "_".join(
        certificate_sn(one)
        for one in certificates
        if one.signature_algorithm_oid.dotted_string.startswith(_RSA_SIGNED)
    )


def common_name(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""


def owner(certificate: x509.Certificate) -> str:
    """Whose certificate it is: the common name without the account behind the dash.

    The same authority issues Alipay's certificates and those of all merchants: a valid
    chain alone says nothing about who signs. "" for an authority.
    """
    if is_authority(certificate):
        return ""
    return common_name(certificate).rpartition("-")[0]


def is_trusted(
    leaf: x509.Certificate,
    others: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
    moment: datetime,
) -> bool:
    """Whether a chain of valid certificates leads from ``leaf`` to one of ``roots``.

    ``others`` may hold anything, in any order; they are believed only as far as they
    are vouched for.
    """
    current = leaf
    for _step in range(_MAX_DEPTH):
        if not _is_valid(current, moment):
            return False
        if any(_issued(current, root) and _is_valid(root, moment) for root in roots):
            return True
        above = [one for one in others if is_authority(one) and _issued(current, one)]
        if not above or above[0] == current:
            return False
        current = above[0]
    return False


def _is_valid(certificate: x509.Certificate, moment: datetime) -> bool:
    return certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    if certificate.issuer != issuer.subject:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True

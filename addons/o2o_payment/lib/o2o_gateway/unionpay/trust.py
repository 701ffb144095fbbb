"""Whom we believe to be UnionPay.

Each message brings the certificate that it is signed with. That alone proves nothing:
everybody can make one. It counts only if a pinned middle authority has issued it, a
pinned root that one, all three are valid now, and the name in it is UnionPay's – the
same authority issues certificates to every merchant (payments.md §0.8, FAULT-10, 11,
12).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

from ..keys import (
    KeyProblem,
    PublicKey,
    certificate_key,
    is_authority,
    load_certificates,
)
from ..outcome import NOT_AUTHENTIC, UNKNOWN_KEY, Outcome, ok, rejected, unknown
from ..texts import lazy as _lt
from . import wire

UNIONPAY = "中国银联股份有限公司"
#: what the certificates of UnionPay's test system may be called instead
TEST_NAME = "00040000:SIGN"

#: signs of a certificate; real ones have some 1,600
_MAX_CERTIFICATE = 8 * 1024
#: UnionPay's authority signs with SHA-1, a newer one with SHA-256
_HASHES = (hashes.SHA1, hashes.SHA256)
_VERSION = "5.1.0"
_RSA = "01"


class Trust:
    """Pinned authorities and the name that UnionPay's certificates carry."""

    def __init__(
        self,
        middles: Sequence[x509.Certificate],
        roots: Sequence[x509.Certificate],
        names: Sequence[str] = (UNIONPAY,),
    ) -> None:
        """
        :param middles: several while UnionPay changes from one authority to another
        :raise ValueError: the certificates do not make a chain
        """
        for root in roots:
            if not is_authority(root) or not _has_issued(root, root):
                raise ValueError(_lt("the root certificate is no root"))
        for middle in middles:
            if not is_authority(middle):
                raise ValueError(_lt("the middle certificate is no authority's"))
            if not any(_has_issued(root, middle) for root in roots):
                raise ValueError(
                    _lt("the middle certificate is not issued by the root")
                )
        if not middles:
            raise ValueError(_lt("there is no middle certificate"))
        self._middles = tuple(middles)
        self._roots = tuple(roots)
        self._names = frozenset(names)

    @classmethod
    def of_texts(
        cls, middle: str, root: str, names: Sequence[str] = (UNIONPAY,)
    ) -> Trust:
        """From PEM or base64, as it is pasted; each may hold several.

        :raise KeyProblem: what was pasted instead
        :raise ValueError: the certificates do not make a chain
        """
        return cls(load_certificates(middle), load_certificates(root), names)

    def check(
        self, fields: Mapping[str, str], charset: str, now: datetime
    ) -> Outcome[None]:
        """Whether UnionPay has signed a message.

        ``REJECTED``: it has not, or not with 5.1.0, RSA and SHA-256. ``UNKNOWN``: it is
        signed under an authority that is not pinned – somebody's own, or a new one of
        UnionPay.
        """
        if (fields.get("version"), fields.get("signMethod")) != (_VERSION, _RSA):
            return rejected(
                NOT_AUTHENTIC, _lt("The message is not signed as ACP 5.1.0.")
            )
        found = self.key(fields.get(wire.CERTIFICATE, ""), now)
        if not found.is_ok:
            return found.failure()
        data = wire.digest(fields, charset)
        if not found.value.verify(data, fields.get(wire.SIGNATURE, "").strip()):
            return rejected(
                NOT_AUTHENTIC, _lt("The signature of the message is wrong.")
            )
        return ok(None)

    def key(self, text: str, now: datetime) -> Outcome[PublicKey]:
        """The key of a certificate, if it is UnionPay's and valid at ``now``."""
        leaf = _read(text)
        if leaf is None:
            return rejected(NOT_AUTHENTIC, _lt("The message has no certificate."))
        above = [one for one in self._middles if one.subject == leaf.issuer]
        if not above:
            return unknown(
                UNKNOWN_KEY,
                _lt("The certificate is issued by an authority we do not know."),
            )
        if not any(self._vouches(middle, leaf, now) for middle in above):
            return rejected(
                NOT_AUTHENTIC, _lt("The chain of the certificate is broken.")
            )
        if not _is_valid(leaf, now):
            return rejected(NOT_AUTHENTIC, _lt("The certificate is not valid today."))
        if is_authority(leaf) or owner(leaf) not in self._names:
            return rejected(NOT_AUTHENTIC, _lt("The certificate is not UnionPay's."))
        try:
            return ok(certificate_key(leaf))
        except KeyProblem:
            return rejected(NOT_AUTHENTIC, _lt("The certificate's key is too weak."))

    def _vouches(
        self, middle: x509.Certificate, leaf: x509.Certificate, now: datetime
    ) -> bool:
        return (
            _has_issued(middle, leaf)
            and _is_valid(middle, now)
            and any(
                _is_valid(root, now) and _has_issued(root, middle)
                for root in self._roots
            )
        )

    def expires_at(self) -> datetime:
        """When the pinned authorities end; before that day new ones are needed."""
        return min(
            max(one.not_valid_after_utc for one in ring)
            for ring in (self._middles, self._roots)
        )


def owner(certificate: x509.Certificate) -> str:
    """The company in the common name ``041@<number>@<company>@<serial>``; or "".

    The name is read from its own field: a company called ``CN=041@x@…`` gains nothing.
    """
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    parts = str(names[0].value).split("@") if len(names) == 1 else []
    return parts[2] if len(parts) == 4 else ""


def _read(text: str) -> x509.Certificate | None:
    if not text or len(text) > _MAX_CERTIFICATE:
        return None
    try:
        found = load_certificates(text)
    except KeyProblem:
        return None
    return found[0] if len(found) == 1 else None


def _is_valid(certificate: x509.Certificate, now: datetime) -> bool:
    return certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc


def _has_issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    """By hand: ``verify_directly_issued_by`` refuses SHA-1, which UnionPay uses."""
    key = issuer.public_key()
    try:
        algorithm = certificate.signature_hash_algorithm
        scheme = certificate.signature_algorithm_parameters
        if (
            certificate.issuer != issuer.subject
            or not isinstance(key, rsa.RSAPublicKey)
            or not isinstance(scheme, padding.PKCS1v15)
            or not isinstance(algorithm, _HASHES)
        ):
            return False
        key.verify(
            certificate.signature, certificate.tbs_certificate_bytes, scheme, algorithm
        )
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True

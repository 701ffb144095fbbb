"""RSA keys as people paste them, and signatures with one fixed hash.

What is pasted wrongly is named (issue 6, the self-test of a provider): the public key
where the private one belongs, a certificate for a key, half a key, another length.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import ExtensionOID

from .texts import lazy as _lt

#: what the gateways hand out and ask for; shorter keys can be broken
MIN_BITS = 2048
MAX_BITS = 4096
#: a bundle of certificates is the longest that is ever pasted
MAX_TEXT = 128 * 1024
_ARMOUR = re.compile(
    r"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.ASCII | re.DOTALL
)
_PADDING = padding.PKCS1v15()
_HASH = hashes.SHA256()


_IS_REQUEST = {
    "private": _lt(
        "This is a request for a certificate. The private key belongs here."
    ),
    "public": _lt("This is a request for a certificate. The public key belongs here."),
}
_IS_NO_KEY = {
    "private": _lt("This is no private key: a part is missing or has changed."),
    "public": _lt("This is no public key: a part is missing or has changed."),
}


class KeyProblem(ValueError):
    """What was pasted is not what is wanted: ``code`` and a plain text say how.

    Codes: ``empty``, ``too_long``, ``not_a_key``, ``is_public``, ``is_private``,
    ``is_certificate``, ``is_request``, ``is_encrypted``, ``not_rsa``, ``wrong_length``,
    ``not_a_certificate``. The text never holds a part of a key.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, repr=False)
class PublicKey:
    """The key of the other side: verifies."""

    _key: rsa.RSAPublicKey

    def verify(self, data: bytes, signature: str) -> bool:
        """Whether ``signature`` (base64) is this key's, by SHA-256 and nothing else.

        Any nonsense is False: what arrives is not ours to trust or to trip over.
        """
        try:
            raw = base64.b64decode(signature.encode("ascii"), validate=True)
            self._key.verify(raw, data, _PADDING, _HASH)
        except (InvalidSignature, binascii.Error, UnicodeEncodeError, ValueError):
            return False
        return True

    def encrypt(self, text: str) -> str:
        """``text`` for the owner of this key alone: OAEP with SHA-1, base64.

        That is what WeChat Pay takes for names and numbers of bank cards; SHA-1 only
        mixes here, nothing depends on its collisions.

        :raise ValueError: more than about two hundred bytes
        """
        oaep = padding.OAEP(padding.MGF1(hashes.SHA1()), hashes.SHA1(), None)
        return base64.b64encode(self._key.encrypt(text.encode(), oaep)).decode()

    @property
    def fingerprint(self) -> str:
        """Sixteen digits to compare two keys by eye; they are public."""
        return hashlib.sha256(self._der()).hexdigest()[:16]

    def pem(self) -> str:
        return self._key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ).decode()

    def _der(self) -> bytes:
        return self._key.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    def __repr__(self) -> str:
        return f"PublicKey({self.fingerprint})"


@dataclass(frozen=True, repr=False)
class PrivateKey:
    """Our key: signs. Its text leaves this object by no way."""

    _key: rsa.RSAPrivateKey

    def sign(self, data: bytes) -> str:
        """PKCS#1 v1.5 over SHA-256, base64 on one line."""
        return base64.b64encode(self._key.sign(data, _PADDING, _HASH)).decode()

    def public(self) -> PublicKey:
        return PublicKey(self._key.public_key())

    def __repr__(self) -> str:
        return f"PrivateKey(of {self.public().fingerprint})"

    def __reduce__(self) -> str:
        raise TypeError("a private key is not written anywhere")


def load_private_key(text: str) -> PrivateKey:
    """A private key: PEM or bare base64, PKCS#1 or PKCS#8, whatever the line ends.

    :raise KeyProblem: what it is instead
    """
    label, der = _unpack(text)
    if label and "ENCRYPTED" in label:
        raise KeyProblem("is_encrypted", _lt("This key is protected by a password."))
    key = _private(der)
    if key is not None:
        _check_rsa(key)
        return PrivateKey(key)
    if _public(der) is not None:
        raise KeyProblem(
            "is_public", _lt("This is a public key. The private key belongs here.")
        )
    if _certificate(der) is not None:
        raise KeyProblem(
            "is_certificate",
            _lt("This is a certificate. The private key belongs here."),
        )
    raise _no_key(label, "private")


def load_public_key(text: str) -> PublicKey:
    """A public key: PEM or bare base64, PKCS#1 or X.509.

    :raise KeyProblem: what it is instead
    """
    label, der = _unpack(text)
    key = _public(der)
    if key is not None:
        _check_rsa(key)
        return PublicKey(key)
    if (label and "ENCRYPTED" in label) or _private(der) is not None:
        raise KeyProblem(
            "is_private",
            _lt(
                "This is a private key. The public key belongs here; "
                "a private key that was pasted in a wrong place should be replaced."
            ),
        )
    if _certificate(der) is not None:
        raise KeyProblem(
            "is_certificate", _lt("This is a certificate. The public key belongs here.")
        )
    raise _no_key(label, "public")


def load_certificates(text: str) -> list[x509.Certificate]:
    """All certificates of a PEM bundle, or the one of bare base64.

    What ``cryptography`` cannot parse is left out: Alipay's root bundle holds one such
    (payments.md §0.9).

    :raise KeyProblem: there is none, or it is a key
    """
    blocks = [
        block for block in _ARMOUR.findall(_bounded(text)) if block[0] == "CERTIFICATE"
    ]
    if not blocks:
        label, der = _unpack(text)
        if _private(der) is not None:
            raise KeyProblem(
                "is_private", _lt("This is a private key. A certificate belongs here.")
            )
        if _public(der) is not None:
            raise KeyProblem(
                "is_public", _lt("This is a public key. A certificate belongs here.")
            )
        ders = [der] if label in ("", "CERTIFICATE") else []
    else:
        ders = [_decode(body) for _label, body in blocks]
    found = [one for one in map(_certificate, ders) if one is not None]
    if not found:
        raise KeyProblem("not_a_certificate", _lt("No certificate can be read here."))
    return found


def certificate_key(certificate: x509.Certificate) -> PublicKey:
    """:raise KeyProblem: not an RSA key of a fitting length"""
    key = certificate.public_key()
    _check_rsa(key)
    assert isinstance(key, rsa.RSAPublicKey)
    return PublicKey(key)


def is_authority(certificate: x509.Certificate) -> bool:
    """Whether it may issue others, as it says of itself."""
    try:
        found = certificate.extensions.get_extension_for_oid(
            ExtensionOID.BASIC_CONSTRAINTS
        ).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    return isinstance(found, x509.BasicConstraints) and found.ca


def check_pair(private: PrivateKey, public: PublicKey) -> bool:
    """Whether the two belong together."""
    return private.public().fingerprint == public.fingerprint


def _bounded(text: str) -> str:
    if not text or not text.strip():
        raise KeyProblem("empty", _lt("There is nothing here."))
    if len(text) > MAX_TEXT:
        raise KeyProblem("too_long", _lt("This is far too long for a key."))
    return text


def _unpack(text: str) -> tuple[str, bytes]:
    """The label of the armour ("" for bare base64) and what it holds."""
    match = _ARMOUR.search(_bounded(text))
    if match:
        label, body = match.groups()
        # headers of old PEM files: "Proc-Type: 4,ENCRYPTED"
        if "ENCRYPTED" in body:
            label = f"ENCRYPTED {label}"
            body = ""
        return label, _decode(body)
    if "-----" in text:
        raise KeyProblem(
            "not_a_key", _lt("The first or last line is missing: copy the whole key.")
        )
    return "", _decode(text)


def _decode(body: str) -> bytes:
    try:
        return base64.b64decode("".join(body.split()).encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise KeyProblem(
            "not_a_key", _lt("This is no key: a part is missing or has changed.")
        ) from None


def _attempt(load: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return load(*arguments)
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion):
        return None


def _private(der: bytes) -> Any:
    return _attempt(serialization.load_der_private_key, der, None)


def _public(der: bytes) -> Any:
    return _attempt(serialization.load_der_public_key, der)


def _certificate(der: bytes) -> x509.Certificate | None:
    found: x509.Certificate | None = _attempt(x509.load_der_x509_certificate, der)
    return found


def _check_rsa(key: Any) -> None:
    if not isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey):
        raise KeyProblem("not_rsa", _lt("This key is not an RSA key."))
    if not MIN_BITS <= key.key_size <= MAX_BITS:
        raise KeyProblem(
            "wrong_length",
            _lt(
                "This key has %(found)s bits; %(wanted)s are needed.",
                found=key.key_size,
                wanted=MIN_BITS,
            ),
        )


def _no_key(label: str, wanted: str) -> KeyProblem:
    if "REQUEST" in label:
        return KeyProblem("is_request", _IS_REQUEST[wanted])
    return KeyProblem("not_a_key", _IS_NO_KEY[wanted])

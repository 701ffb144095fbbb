"""Forms, answers and signatures as UnionPay makes them; nothing shared with clients."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from cryptography import x509

from ..authority import KeyPair, pem

Fields = dict[str, str]


def read(body: bytes) -> Fields:
    """The form of a request, in the charset that it names."""
    text = body.decode("ascii")
    charset = dict(parse_qsl(text, encoding="latin-1")).get("encoding", "UTF-8")
    return dict(parse_qsl(text, encoding=charset, errors="strict"))


def text_to_sign(fields: Mapping[str, str]) -> bytes:
    """:raise LookupError: an unknown charset"""
    lines = [f"{k}={v}" for k, v in sorted(fields.items()) if k != "signature" and v]
    encoded = "&".join(lines).encode(fields.get("encoding", "UTF-8"))
    return hashlib.sha256(encoded).hexdigest().encode()


def signed(fields: Mapping[str, str], pair: KeyPair, leaf: x509.Certificate) -> Fields:
    # with the line ends that its certificates have
    full = {**fields, "signPubKeyCert": pem(leaf).strip().replace("\n", "\r\n")}
    return {**full, "signature": pair.key.sign(text_to_sign(full))}


def answer(fields: Mapping[str, str]) -> bytes:
    """As an answer travels: bare."""
    text = "&".join(f"{name}={value}" for name, value in fields.items())
    return text.encode(fields.get("encoding", "UTF-8"))


def letter(fields: Mapping[str, str]) -> bytes:
    """As a notification travels: a form."""
    encoding = fields.get("encoding", "UTF-8")
    return urlencode(fields, encoding=encoding).encode()

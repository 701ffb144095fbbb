"""How UnionPay writes: forms to it and from it, and answers that are almost forms.

A request and a notification are forms of HTML, percent-encoded in the charset that
their field ``encoding`` names. An answer is ``k=v&k=v`` with nothing encoded at all:
the plus signs of base64, the line ends of a certificate and braces with ``&`` between
them stand there as they are (payments.md §2.3, the publisher's demo kit).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote_to_bytes, urlencode

from ..texts import lazy as _lt

#: what ``encoding`` may say, in lower case; there are no others at UnionPay
CHARSETS = {"utf-8": "utf-8", "gbk": "gbk"}
#: fields of a message; real ones have some thirty
MAX_FIELDS = 200
SIGNATURE = "signature"
CERTIFICATE = "signPubKeyCert"

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_ENCODING = re.compile(rb"(?:^|&)encoding=([A-Za-z0-9-]{1,20})(?:&|$)")
_STOP = re.compile(r"[&{\[]")
_ENDS = {"{": "}", "[": "]"}
#: what would end a value early for those who read it, and what to write instead
_UNSAFE = str.maketrans("&={}[]\"'", "＆＝｛｝【】“‘")


def charset_of(encoding: str) -> str:
    """Python's name of a charset.

    :raise ValueError: one that UnionPay does not use
    """
    try:
        return CHARSETS[encoding.lower()]
    except KeyError:
        raise ValueError(_lt("the encoding is neither UTF-8 nor GBK")) from None


def digest(fields: Mapping[str, str], charset: str) -> bytes:
    """What is signed: the SHA-256 of all fields but the signature, as hex text.

    Names are sorted, empty values left out, nothing is encoded.

    :raise UnicodeEncodeError: (a ValueError) a sign that the charset does not have
    """
    text = "&".join(
        f"{name}={fields[name]}"
        for name in sorted(fields)
        if name != SIGNATURE and fields[name]
    )
    return hashlib.sha256(text.encode(charset)).hexdigest().encode()


def form(fields: Mapping[str, str], charset: str) -> bytes:
    """The body of a request."""
    return urlencode(fields, encoding=charset).encode("ascii")


def plain(text: str, charset: str, size: int) -> str:
    """``text`` for a field that UnionPay passes on: no signs of syntax, no controls.

    :param size: bytes in ``charset``; what is longer is cut between two signs
    """
    kept = "".join(
        sign
        for sign in text.translate(_UNSAFE)
        if sign.isprintable() and sign.encode(charset, "ignore")
    )
    return kept.encode(charset)[:size].decode(charset, "ignore")


def parse_answer(body: bytes, fallback: str) -> tuple[dict[str, str], str]:
    """The fields of an answer, and its charset.

    :param fallback: the charset, if the answer does not say
    :raise ValueError: no such answer: a page of HTML, half of it, a name twice
    """
    match = _ENCODING.search(body)
    charset = charset_of(match[1].decode()) if match else fallback
    pairs = (part.partition("=") for part in _parts(body.decode(charset)))
    return _collect((name, value) for name, _sign, value in pairs), charset


def parse_form(body: bytes) -> tuple[dict[str, str], str]:
    """The fields of a form, and its charset, which one of the fields names.

    :raise ValueError: no such form, another charset, or a name twice
    """
    match = _ENCODING.search(body)
    charset = charset_of(match[1].decode()) if match else CHARSETS["utf-8"]
    if body.count(b"&") >= MAX_FIELDS:
        raise ValueError(_lt("too many fields"))
    pairs = (part.partition(b"=") for part in body.split(b"&"))
    return _collect(
        (_unquote(name, "ascii"), _unquote(value, charset))
        for name, _sign, value in pairs
    ), charset


def _unquote(part: bytes, charset: str) -> str:
    return unquote_to_bytes(part.replace(b"+", b" ")).decode(charset)


def _parts(text: str) -> Iterator[str]:
    """Splits at each ``&`` that is not between brackets; they do not nest."""
    start = at = 0
    while match := _STOP.search(text, at):
        if match[0] == "&":
            yield text[start : match.start()]
            start = at = match.end()
            continue
        end = text.find(_ENDS[match[0]], match.end())
        if end < 0:
            break
        at = end + 1
    yield text[start:]


def _collect(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, value in pairs:
        if not _NAME.fullmatch(name):
            raise ValueError(_lt("this is no message of UnionPay"))
        if name in fields:
            raise ValueError(_lt("a name stands twice"))
        if len(fields) == MAX_FIELDS:
            raise ValueError(_lt("too many fields"))
        fields[name] = value
    return fields

"""What Alipay signs: sorted parameters, and the raw JSON of an answer's node."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from json.decoder import scanstring  # type: ignore[attr-defined]

from ..texts import lazy as _lt

_DECODER = json.JSONDecoder()
_SPACE = " \t\r\n"


def content(params: Mapping[str, str], without: Collection[str]) -> str:
    """``key=value`` of all parameters that are not empty, sorted, unencoded."""
    return "&".join(
        f"{key}={value}"
        for key, value in sorted(params.items())
        if value != "" and key not in without
    )


def request_content(params: Mapping[str, str]) -> str:
    """What we sign: everything but the signature itself."""
    return content(params, ("sign",))


def notification_content(params: Mapping[str, str]) -> str:
    """What Alipay signs of a notification or a return: without ``sign_type`` too."""
    return content(params, ("sign", "sign_type"))


def members(text: str) -> dict[str, str]:
    """The members of a JSON object, each as the text that stands there.

    Alipay signs the text of the answer's node as it was sent, with its escapes and its
    order: parsing and writing it again gives other bytes. Braces within strings are no
    structure (FAULT-14).

    :raise ValueError: not one JSON object, or a name twice (which of them is meant?)
    """
    try:
        return _members(text)
    except RecursionError:
        raise ValueError(_lt("nested too deeply")) from None


def _members(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    at = _expect(text, 0, "{")
    if text[at : at + 1] != "}":
        while True:
            at = _expect(text, at, '"')
            name, at = scanstring(text, at, True)
            at = _expect(text, at, ":")
            _value, end = _DECODER.raw_decode(text, at)
            if name in found:
                raise ValueError(_lt("a name stands twice"))
            found[name] = text[at:end]
            at = _skip(text, end)
            if text[at : at + 1] != ",":
                break
            at += 1
    at = _expect(text, at, "}")
    if at != len(text):
        raise ValueError(_lt("something follows the object"))
    return found


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def _expect(text: str, at: int, sign: str) -> int:
    """The place behind ``sign`` and the space around it (none inside of a string)."""
    at = _skip(text, at)
    if text[at : at + 1] != sign:
        raise ValueError(_lt("no %(sign)s where one is needed", sign=sign))
    return at + 1 if sign == '"' else _skip(text, at + 1)

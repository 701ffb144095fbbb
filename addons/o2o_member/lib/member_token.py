"""The text behind a member's QR: who, in which minute, and a signature.

``O2OM`` and 32 letters or digits, so that a QR of it is small and a till tells it from
a card number (at most 32 characters, hence never 36).
"""

import base64
import binascii
from dataclasses import dataclass

from .hashing import keyed_hash, same_hash

PREFIX = "O2OM"
WINDOW_SECONDS = 60
# How many windows the clocks of two servers may differ.
SKEW_WINDOWS = 1

_PURPOSE = "member_token"
_REFERENCE_BYTES = 5
_WINDOW_BYTES = 4
# 88 bits: what one could guess online in a minute is nothing
_SIGNATURE_BYTES = 11
_LENGTH = 32


class TokenError(Exception):
    """``reason`` is ``forged`` or ``expired``."""

    def __init__(self, reason):
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class MemberToken:
    reference: int
    window: int


def window_at(timestamp):
    """:param float timestamp: seconds since 1970, UTC"""
    return int(timestamp // WINDOW_SECONDS)


def make_token(key, audience, reference, timestamp):
    """:param str audience: for whom it is valid; a token of one is forged for others"""
    window = window_at(timestamp)
    payload = reference.to_bytes(_REFERENCE_BYTES, "big") + window.to_bytes(
        _WINDOW_BYTES, "big"
    )
    signature = bytes.fromhex(_sign(key, audience, payload))
    return PREFIX + base64.b32encode(payload + signature).decode()


def is_member_token(text):
    """Whether a text looks like one of ours; only :func:`read_token` believes it."""
    body = text.strip().upper()
    return len(body) == len(PREFIX) + _LENGTH and body.startswith(PREFIX)


def read_token(key, audience, text, timestamp):
    """:raises TokenError: the signature is checked before the time"""
    if not is_member_token(text):
        raise TokenError("forged")
    try:
        data = base64.b32decode(text.strip().upper()[len(PREFIX) :])
    except (binascii.Error, ValueError) as error:
        raise TokenError("forged") from error
    payload, signature = data[:-_SIGNATURE_BYTES], data[-_SIGNATURE_BYTES:]
    if not same_hash(signature.hex(), _sign(key, audience, payload)):
        raise TokenError("forged")
    token = MemberToken(
        int.from_bytes(payload[:_REFERENCE_BYTES], "big"),
        int.from_bytes(payload[_REFERENCE_BYTES:], "big"),
    )
    if abs(window_at(timestamp) - token.window) > SKEW_WINDOWS:
        raise TokenError("expired")
    return token


def looks_like_token(text):
    return text.strip().upper().startswith(PREFIX)


def _sign(key, audience, payload):
    digest = keyed_hash(key, _PURPOSE, audience, payload.hex())
    return digest[: 2 * _SIGNATURE_BYTES]

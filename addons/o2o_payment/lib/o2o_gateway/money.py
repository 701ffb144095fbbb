"""Money is an integer number of fen; yuan exist as text, at the edge only."""

from __future__ import annotations

import re

from .texts import lazy as _lt

_YUAN = re.compile(r"(-?[0-9]{1,15})(?:\.([0-9]{1,8}))?")
_FEN = re.compile(r"[0-9]{1,17}")


def parse_yuan(text: str) -> int:
    """Fen of a text as ``"12.30"``; a sign is allowed, an exponent is not.

    :raise ValueError: no such number, or not a whole number of fen
    """
    match = _YUAN.fullmatch(text) if isinstance(text, str) else None
    if not match:
        raise ValueError(_lt("not an amount in yuan"))
    # digits, not Decimal: a bill has a million of them
    whole, part = match.groups("")
    if part[2:].strip("0"):
        raise ValueError(_lt("an amount has parts of a fen"))
    return int(whole + part[:2].ljust(2, "0"))


def format_yuan(fen: int) -> str:
    """``1230`` is ``"12.30"``."""
    check_fen(fen)
    whole, part = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole}.{part:02d}"


def parse_fen(text: str) -> int:
    """Fen of a text of digits as ``"000000001230"``, never negative.

    :raise ValueError: anything but digits
    """
    if not isinstance(text, str) or not _FEN.fullmatch(text):
        raise ValueError(_lt("not an amount in fen"))
    return int(text)


def check_fen(fen: int) -> int:
    """``fen`` itself.

    :raise TypeError: not an integer; a float or a bool is one mistake away from money
    """
    if type(fen) is not int:
        raise TypeError(_lt("an amount is an int of fen"))
    return fen

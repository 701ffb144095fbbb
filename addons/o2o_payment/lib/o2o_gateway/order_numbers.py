"""Our numbers of payments and refunds: one form that every gateway takes.

Alipay takes up to 64 of ``[A-Za-z0-9_]``, WeChat Pay 6 to 32 with a few more signs,
UnionPay 8 to 40 letters and digits. Ours are 25 capital letters and digits::

    P 261127 00001A 0000004711 42
    | |      |      |          two check digits
    | |      |      number in a sequence of the database
    | |      store, in base 36
    | day in Beijing
    P payment, R refund, T top-up
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from .clock import beijing
from .texts import lazy as _lt

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_OWN = re.compile(r"([PRT])([0-9]{6})([0-9A-Z]{6})([0-9]{10})([0-9]{2})")
_LEGAL = re.compile(r"[A-Za-z0-9]{8,32}")
_MAX_STORE = 36**6
_MAX_SEQUENCE = 10**10


@dataclass(frozen=True)
class Number:
    """What a number of ours says."""

    purpose: str
    day: date
    store: int
    sequence: int


def make_number(purpose: str, moment: datetime, store: int, sequence: int) -> str:
    """A number that is unique as long as ``sequence`` is unique for ``purpose``.

    :param purpose: ``P`` payment, ``R`` refund, ``T`` top-up
    :raise ValueError: a part is out of its range
    """
    if purpose not in ("P", "R", "T"):
        raise ValueError(_lt("a number is for a payment, a refund or a top-up"))
    if not 0 <= store < _MAX_STORE or not 0 <= sequence < _MAX_SEQUENCE:
        raise ValueError(_lt("store or sequence out of range"))
    day = beijing(moment).strftime("%y%m%d")
    body = f"{purpose}{day}{_base36(store)}{sequence:010d}"
    return body + _check_digits(body)


def read_number(text: str) -> Number | None:
    """The parts of one of our numbers; None for any other text."""
    match = _OWN.fullmatch(text)
    if not match or _check_digits(text[:-2]) != text[-2:]:
        return None
    purpose, day, store, sequence, _check = match.groups()
    try:
        when = datetime.strptime(day, "%y%m%d").date()  # noqa: DTZ007 - a day, no moment
    except ValueError:
        return None
    return Number(purpose, when, int(store, 36), int(sequence))


def check_legal(text: str) -> str:
    """``text`` itself, if every gateway takes it as a number.

    :raise ValueError: it has a sign, a space, or the wrong length
    """
    if not isinstance(text, str) or not _LEGAL.fullmatch(text):
        raise ValueError(_lt("a number has 8 to 32 letters and digits"))
    return text


def _base36(value: int) -> str:
    digits = ""
    for _place in range(6):
        value, rest = divmod(value, 36)
        digits = _DIGITS[rest] + digits
    return digits


def _check_digits(body: str) -> str:
    """As an IBAN (ISO 7064 mod 97-10): finds a wrong digit and two swapped ones."""
    return f"{98 - int(''.join(str(int(sign, 36)) for sign in body)) * 100 % 97:02d}"

"""Tell apart what lands in the look-up box of a till: typed, scanned or swiped."""

import re
import unicodedata

from .text import clean_card_number

#: kept short: what no key can be is not searched for
MAX_QUERY_LENGTH = 256
MIN_DIGITS = 4
MIN_LETTERS = 2

_TRACK = re.compile(r"^[;%+]")
# the data of a track ends with a separator, the end sentinel, or the text
_TRACK_2 = re.compile(r"^[;+](?P<data>[0-9A-Z]+)")
_TRACK_1 = re.compile(r"^%(?:B(?=[0-9]))?(?P<data>[0-9A-Z]+)")
_ANY_PAN = re.compile(r"(?<![0-9])[0-9]{13,19}(?![0-9])")
_LETTERS = re.compile(r"[a-z]+")


class BankCardError(Exception):
    """A bank card was swiped. Carries nothing of what was on it."""


def clean_query(text):
    return unicodedata.normalize("NFKC", text or "").strip()[:MAX_QUERY_LENGTH]


def is_track(text):
    return bool(_TRACK.match(text))


def read_track(text):
    """The card number on a magnetic stripe, or an empty string.

    :raises BankCardError: when any number on the stripe is one a bank gives out
    """
    text = text.upper()
    if any(is_luhn(number) for number in _ANY_PAN.findall(text.replace(" ", ""))):
        raise BankCardError
    match = _TRACK_2.match(text) or _TRACK_1.match(text)
    return clean_card_number(match["data"]) if match else ""


def is_luhn(digits):
    """Whether the check digit of ISO/IEC 7812 fits: bank cards have it."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def pinyin_letters(text):
    """Letters of a query that is pinyin, else an empty string."""
    letters = re.sub(r"[\s'\u2019]+", "", text.lower())
    return letters if _LETTERS.fullmatch(letters) else ""

"""Tell apart what lands in the look-up box of a till: typed, scanned or swiped."""

import re
import unicodedata

from .bank_card import is_bank_card
from .text import clean_card_number

#: kept short: what no key can be is not searched for
MAX_QUERY_LENGTH = 256
MIN_DIGITS = 4
MIN_LETTERS = 2

_TRACK = re.compile(r"^[;%+]")
# the data of a track ends with a separator, the end sentinel, or the text
_TRACK_2 = re.compile(r"^[;+](?P<data>[0-9A-Z]+)")
_TRACK_1 = re.compile(r"^%(?:B(?=[0-9]))?(?P<data>[0-9A-Z]+)")
# a reader that sends neither sentinels nor a short number
_BARE = re.compile(r"^[0-9]{15,}(?:[=D][0-9]*)?$", re.IGNORECASE)
_LETTERS = re.compile(r"[a-z]+")


class BankCardError(Exception):
    """A bank card was swiped. Carries nothing of what was on it."""


def clean_query(text):
    return unicodedata.normalize("NFKC", text or "").strip()[:MAX_QUERY_LENGTH]


def is_track(text):
    return bool(_TRACK.match(text))


def refuse_bank_card(text):
    """Stop at what a reader, or a person, sends of a bank card (POS-14).

    Shorter digits without sentinels are the barcode of some goods or a phone.

    :raises BankCardError: when any number in it is one a bank gives out
    """
    if (is_track(text) or _BARE.match(text)) and is_bank_card(text):
        raise BankCardError


def read_track(text):
    """The card number on a magnetic stripe, or an empty string.

    :raises BankCardError: when any number on the stripe is one a bank gives out
    """
    refuse_bank_card(text)
    text = text.upper()
    match = _TRACK_2.match(text) or _TRACK_1.match(text)
    return clean_card_number(match["data"]) if match else ""


def pinyin_letters(text):
    """Letters of a query that is pinyin, else an empty string."""
    letters = re.sub(r"[\s'\u2019]+", "", text.lower())
    return letters if _LETTERS.fullmatch(letters) else ""

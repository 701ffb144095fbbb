"""Tell the card of a bank from the card of a member (POS-14, PCI DSS).

The box in the store has the same rule for its readers (``o2o_box/readers/bank.py`` of
o2o_pos_device), because it runs without this addon; a test there compares the two.
"""

import re

from .check_digit import is_luhn

#: how the numbers of card schemes begin (ISO/IEC 7812), with the older domestic cards
_ISSUER = re.compile(
    r"3|4|5|6|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|81[0-7]|9(?:4|55|84)"
)
#: separator, a name on track 1, then year and month
_EXPIRY = re.compile(r"(?:[=D]|\^[^^]*\^)[0-9]{2}(?:0[1-9]|1[0-2])")
_YEAR_MONTH = re.compile(r"[0-9]{2}(?:0[1-9]|1[0-2])")
_DIGITS = re.compile(r"[0-9]+")
_LENGTHS = range(13, 20)
#: ISO 4909: the number on track 3 stands behind two digits that name its format
_FORMAT_CODES = ("59", "99")


def is_bank_card(text):
    """Whether ``text``, the tracks of one swipe, holds the number of a bank card.

    Such a number has 13 to 19 digits, the check digit fits, and it begins like one of
    a card scheme or is followed by an expiry date. In doubt it is a bank card: a
    member swipes again, the number of a bank account must not be kept.
    """
    text = text.upper().replace(" ", "")
    return any(
        _is_bank_number(match[0], text[match.end() :])
        for match in _DIGITS.finditer(text)
    )


def _is_bank_number(digits, rest):
    candidates = [digits]
    if digits.startswith(_FORMAT_CODES):
        candidates.append(digits[2:])
    if any(
        len(number) in _LENGTHS
        and is_luhn(number)
        and (_ISSUER.match(number) or _EXPIRY.match(rest))
        for number in candidates
    ):
        return True
    # a reader that drops the separators: the expiry date follows at once
    return len(digits) >= _LENGTHS.stop and any(
        _ISSUER.match(digits)
        and is_luhn(digits[:length])
        and _YEAR_MONTH.match(digits, length)
        for length in _LENGTHS
    )

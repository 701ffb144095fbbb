"""Tell the card of a bank from the card of a member (POS-14, PCI DSS).

The rule is the one of the till's look-up box (``lib/bank_card.py`` of o2o_member); a
test of the addon compares the two. The box runs without that addon.
"""

import re

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


def is_luhn(digits):
    """Whether the check digit of ISO/IEC 7812 fits."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0

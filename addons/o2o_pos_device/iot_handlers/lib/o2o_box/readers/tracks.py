"""Magnetic stripes: from what a reader sends to the number on the card.

ISO/IEC 7811-2 and 7813, devices.md 4: track 1 ``%B number ^ name ^ ... ?``, track 2
``; number = ... ?``, track 3 ``+ ... ?``, each perhaps with a check character (LRC)
behind it. Readers may drop sentinels and LRC, so bare digits are a number, too.
"""

import re

from .bank import is_bank_card

MIN_NUMBER, MAX_NUMBER = 4, 40
#: longest track with sentinels and LRC
_MAX_LENGTH = {"%": 79, ";": 107, "+": 107}
_NUMBER = re.compile(r"[0-9A-Z]+")
_ERROR = "E"
_START_OF_3 = ";"


class UnreadableError(ValueError):
    """The stripe did not arrive whole. Carries nothing of what was on it."""


class BankCardError(Exception):
    """The stripe is that of a bank card. Carries nothing of what was on it."""


def read_number(text):
    """The number of a member card on the tracks in ``text``.

    :raise BankCardError: it is a bank card
    :raise UnreadableError: a track is torn, its check character is wrong, or there is
        no number
    """
    # first of all, so that a torn bank card is refused as what it is
    if is_bank_card(text):
        raise BankCardError
    tracks = _split(re.sub(r"[\r\n]", "", text.upper()).strip())
    for sentinel in (";", "", "%", "+"):
        for start, data in tracks:
            number = _number(start, data)
            if start == sentinel and number:
                return number
    raise UnreadableError("no number on the stripe")


def _split(text):
    """``[(start sentinel, data)]``; a text without sentinels is one track."""
    if text[:1] not in _MAX_LENGTH:
        return [("", text)]
    tracks = []
    while text:
        start = text[0]
        if start not in _MAX_LENGTH:
            raise UnreadableError("something stands between the tracks")
        data, end, rest = text[1:].partition("?")
        # another start inside: the end of this one and the start of that were lost
        is_torn = not end or "%" in data or ";" in data
        if is_torn or len(data) + 3 > _MAX_LENGTH[start]:
            raise UnreadableError("a track has no end")
        if rest and rest[0] == lrc(start + data + end):
            rest = rest[1:]
        if data != _ERROR:
            tracks.append((start, data))
        text = rest
    return tracks


def lrc(track):
    """The check character of ``track``, given with both sentinels.

    The exclusive or of the data bits of all characters: six bits on track 1, four on
    the others.
    """
    if track[0] == "%":
        bits, offset = 0x3F, 0x20
    else:
        bits, offset = 0x0F, 0x30
        # many readers name track 3 by a start sentinel of their own
        track = _START_OF_3 + track[1:]
    check = 0
    for char in track:
        check ^= (ord(char) - offset) & bits
    return chr(check + offset)


def _number(start, data):
    if start == "%" and data[:1] == "B" and data[1:2].isdigit():
        data = data[1:]
    match = _NUMBER.match(data)
    number = match[0] if match else ""
    # bare digits end the text, or stand before a separator
    if not start and data[len(number) : len(number) + 1] not in ("", "=", "^"):
        return ""
    return number if MIN_NUMBER <= len(number) <= MAX_NUMBER else ""

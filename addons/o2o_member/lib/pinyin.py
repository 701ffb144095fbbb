"""Pinyin of names, as a cashier types them: initials, or syllables run together."""

import re
import unicodedata
from functools import cache
from pathlib import Path

from pypinyin import lazy_pinyin

_HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]+")
_WORDS = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]+|[a-z0-9]+")
#: longer than that it is a company, whose first character is no surname
_MAX_PERSON_LENGTH = 4
_MAX_NAME_LENGTH = 64


def search_key(name):
    """Initials and full pinyin of a name: ``cxy chenxiaoyu``.

    The two parts are separated by the only space, so that a prefix of the whole finds
    by initials, and a prefix of the second part by syllables. Empty when the name has
    neither letters nor Chinese characters.
    """
    syllables = _syllables(name)
    if not syllables:
        return ""
    return f"{''.join(part[0] for part in syllables)} {''.join(syllables)}"


def has_han(text):
    return bool(_HAN.search(text or ""))


def _syllables(name):
    text = unicodedata.normalize("NFKD", (name or "")[:_MAX_NAME_LENGTH])
    # letters keep their base, accents go: NFKD has split them off
    text = "".join(char for char in text if not unicodedata.combining(char)).lower()
    result = []
    for word in _WORDS.findall(text):
        result += _han_syllables(word) if _HAN.match(word) else [word]
    return [part for part in result if part]


def _han_syllables(word):
    if 2 <= len(word) <= _MAX_PERSON_LENGTH:
        surnames = _surnames()
        for length in (2, 1):
            reading = surnames.get(word[:length])
            if reading and len(word) > length:
                return [*reading, *_read(word[length:])]
    return _read(word)


def _read(word):
    return [part for part in lazy_pinyin(word) if part.isascii() and part.isalpha()]


@cache
def _surnames():
    """Readings of surnames that differ from the everyday reading of the character."""
    text = Path(__file__).with_name("surnames.txt").read_text(encoding="utf-8")
    lines = (line.split() for line in text.splitlines() if line.strip())
    return {surname: reading for surname, *reading in lines}

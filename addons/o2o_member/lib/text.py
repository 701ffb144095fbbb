"""Clean up what people type or paste."""

import re
import unicodedata

CODE_LENGTH = 6
_CARD_NUMBER = re.compile(r"[0-9A-Z]{4,32}")
_CN_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_CN_PREFIX = re.compile(r"^(?:\+|00)?86(?=1[3-9][0-9]{9}$)")
_SEPARATORS = re.compile(r"[\s\-]+")


def _compact(text):
    """Full-width characters become ASCII; spaces and dashes go."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", text or ""))


def clean_card_number(text):
    return _compact(text).upper()


def is_card_number(number):
    return bool(_CARD_NUMBER.fullmatch(number))


def clean_code(text):
    return _compact(text)


def is_code(code):
    return len(code) == CODE_LENGTH and code.isascii() and code.isdigit()


def clean_mobile(text):
    """Mainland mobile number as eleven digits, without country prefix."""
    return _CN_PREFIX.sub("", _compact(text))


def is_mobile(number):
    return bool(_CN_MOBILE.fullmatch(number))


def mask_name(name):
    """The first character of a name: others may recognise it, not learn it."""
    name = (name or "").strip()
    return f"{name[:1]}**" if name else "**"

"""Keys as people vary them, made equal: a space or a dash more is no other address."""

import ipaddress
import re
import unicodedata

#: of an IPv6 address the provider gives a household this much
_IPV6_PREFIX = 64
_NOT_WORD = re.compile(r"[\W_]+")
_NOT_DIGIT = re.compile(r"\D+")
#: a Chinese mobile number without its country
_PHONE_DIGITS = 11
_CHINA = "86"


def normal_place(*parts):
    """A delivery address without case, width, spaces and punctuation; "" for none."""
    text = "".join(part for part in parts if part)
    return _NOT_WORD.sub("", unicodedata.normalize("NFKC", text)).casefold()


def normal_phone(text):
    """The digits of a phone, a Chinese one without its country; "" for none."""
    digits = _NOT_DIGIT.sub("", unicodedata.normalize("NFKC", text or ""))
    if len(digits) > _PHONE_DIGITS:
        digits = digits.removeprefix("00").removeprefix(_CHINA)
    return digits


def normal_network(address):
    """An address, or the network of a household for IPv6; "" for what is none."""
    try:
        found = ipaddress.ip_address((address or "").split("%")[0])
    except ValueError:
        return ""
    if found.version == 4:
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, _IPV6_PREFIX), strict=False))

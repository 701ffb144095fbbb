"""Addresses of a person: recognise them, and show them without giving them away."""

import re
import unicodedata

from .text import clean_mobile, is_mobile

MAX_EMAIL_LENGTH = 128
_EMAIL = re.compile(r"[^\s@,;<>\"'()\\]+@[^\s@,;<>\"'()\\]+\.[^\s@.,;<>\"'()\\]{2,}")


def clean_email(text):
    """Full-width characters become ASCII; case and outer spaces go."""
    return unicodedata.normalize("NFKC", text or "").strip().lower()


def is_email(text):
    return len(text) <= MAX_EMAIL_LENGTH and bool(_EMAIL.fullmatch(text))


def international(mobile):
    """A mainland mobile number as gateways want it."""
    return f"+86{mobile}" if is_mobile(mobile) else mobile


def mask_mobile(number):
    """``139****5678``, also from a number with a country prefix."""
    number = clean_mobile(number)
    if len(number) < 8:
        return "*" * len(number)
    return f"{number[:-8]}****{number[-4:]}"


def mask_email(email):
    """``z***@example.com``"""
    name, _at, domain = email.partition("@")
    return f"{name[:1]}***@{domain}" if domain else "***"


def mask_target(channel, target):
    return mask_mobile(target) if channel == "sms" else mask_email(target)


def mask_address(address):
    """The first half of a network address: enough to say "that was not me"."""
    if not address:
        return ""
    if ":" in address:
        return ":".join(address.split(":")[:3]) + ":*"
    return ".".join(address.split(".")[:2]) + ".*.*"

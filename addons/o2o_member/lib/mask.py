"""Show enough of an address to recognise it, and no more."""

from .text import clean_mobile


def mask_phone(text):
    """``138****8000``"""
    number = clean_mobile(text)
    if len(number) < 8:
        return "*" * len(number)
    return f"{number[:-8]}****{number[-4:]}"


def mask_email(text):
    """``z***@example.com``"""
    name, _at, domain = (text or "").partition("@")
    return f"{name[:1]}***@{domain}" if domain else ""

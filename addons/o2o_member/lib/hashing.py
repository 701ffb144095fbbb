"""Keyed hashes for what must be recognised but never read back."""

import hmac

_SEPARATOR = b"\x1f"


def keyed_hash(key, *parts):
    """HMAC-SHA256 of some texts, as 64 hex digits.

    A plain hash of a six-digit code falls to a million tries; the key, which lives
    outside the table, is what stops someone who only has the table.

    :param str key: secret of this database
    :param parts: texts; the first one names the purpose, so that a hash made for one
        purpose never equals a hash made for another
    """
    message = _SEPARATOR.join(part.encode() for part in parts)
    return hmac.digest(key.encode(), message, "sha256").hex()


def same_hash(left, right):
    """Compare in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())

"""Serial numbers of chip cards: one card, one form (devices.md 4).

Readers print the same 4, 7 or 10 bytes in different ways. The canonical form is the
bytes in the order of ISO/IEC 14443, as capital hexadecimal digits without separators.
"""

import re

FORMATS = ("hex", "hex_reversed", "decimal", "decimal_reversed", "wiegand26")
_SIZES = (4, 7, 10)
_SEPARATORS = re.compile(r"[\s:\-.]")
_WIEGAND = re.compile(r"([0-9]{1,3})[,:]([0-9]{1,5})")


class UidError(ValueError):
    """This is no serial number in that format. Carries nothing of what was read."""


def from_bytes(data, uid_format):
    """The canonical form of the data field of a frame: raw bytes, or text.

    :raise UidError: neither of both
    """
    if len(data) in _SIZES and uid_format in ("hex", "hex_reversed"):
        return _in_order(data, uid_format)
    try:
        text = data.decode("ascii")
    except UnicodeDecodeError:
        raise UidError("neither bytes of a card nor text") from None
    return from_text(text, uid_format)


def from_text(text, uid_format):
    """The canonical form of what a reader prints.

    ``wiegand26`` carries three bytes only (``178,41220`` is ``B2A104``), so such a
    reader knows the cards that were recorded with one of its kind.

    :param str uid_format: one of :data:`FORMATS`
    :raise UidError: this is no serial number in that format
    """
    text = text.strip().upper()
    if uid_format == "wiegand26":
        return _from_wiegand(text)
    if uid_format.startswith("decimal"):
        return _in_order(_from_decimal(text), uid_format)
    return _in_order(_from_hex(text), uid_format)


def _in_order(data, uid_format):
    if uid_format.endswith("_reversed"):
        data = data[::-1]
    return data.hex().upper()


def _from_hex(text):
    digits = _SEPARATORS.sub("", text.removeprefix("0X"))
    if len(digits) not in [2 * size for size in _SIZES]:
        raise UidError("a serial number has 8, 14 or 20 hexadecimal digits")
    try:
        return bytes.fromhex(digits)
    except ValueError:
        raise UidError("not hexadecimal") from None


def _from_decimal(text):
    # ten bytes have 25 digits
    if not re.fullmatch(r"[0-9]{1,25}", text):
        raise UidError("not decimal")
    number = int(text)
    for size in _SIZES:
        if number < 256**size:
            return number.to_bytes(size, "big")
    raise UidError("more than ten bytes")


def _from_wiegand(text):
    match = _WIEGAND.fullmatch(text)
    facility, card = (int(match[1]), int(match[2])) if match else (256, 0)
    if facility > 0xFF or card > 0xFFFF:
        raise UidError("expected facility,card")
    return f"{facility:02X}{card:04X}"

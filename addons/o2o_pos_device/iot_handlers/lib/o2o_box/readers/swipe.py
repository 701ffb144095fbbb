"""What a message of a reader means: a member card, a code, or why it is refused."""

from dataclasses import dataclass

from . import bank, protocols, tracks, uid

CARD, BARCODE = "card", "barcode"
BANK_CARD, UNREADABLE = "bank_card", "unreadable"
#: the longest code that is passed on, in characters
MAX_VALUE = 256


@dataclass(frozen=True)
class Swipe:
    """One reading. A bank card has no value: its number ends here.

    The value is not shown in a ``repr``, so that no log gets it by chance.
    """

    kind: str
    value: str = ""

    def __repr__(self):
        return f"Swipe({self.kind} {mask(self.value)})"


def understand(message, kind, uid_format="hex"):
    """The :class:`Swipe` a message of a reader of ``kind`` stands for.

    :param message: text, the bytes of a frame, or :data:`protocols.TORN`
    :return: the swipe; ``None`` for an empty message
    """
    if message is protocols.TORN:
        return Swipe(UNREADABLE)
    if not message:
        return None
    if kind == "barcode":
        return _code(message)
    try:
        if kind == "magnetic":
            return Swipe(CARD, tracks.read_number(message))
        if isinstance(message, bytes):
            return Swipe(CARD, uid.from_bytes(message, uid_format))
        return Swipe(CARD, uid.from_text(message, uid_format))
    except tracks.BankCardError:
        return Swipe(BANK_CARD)
    except (tracks.UnreadableError, uid.UidError):
        return Swipe(UNREADABLE)


def _code(text):
    # a scanner that also reads stripes sends them like a code
    if text[:1] in "%;+" and bank.is_bank_card(text):
        return Swipe(BANK_CARD)
    if len(text) > MAX_VALUE or not text.isprintable() or "\ufffd" in text:
        return Swipe(UNREADABLE)
    return Swipe(BARCODE, text)


def mask(value):
    """``****0101``: enough to find a swipe in a log, too little to use it."""
    return f"****{value[-4:]}" if len(value) > 8 else "*" * len(value)

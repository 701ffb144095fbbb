"""The ``bankall`` record of UnionPay Merchant Services: 59 bytes there, 148 back.

Fixed fields, GBK, texts padded with spaces on the right, amounts in fen padded with
zeros on the left. The last three bytes are random digits that come back unchanged
("LRC"). The record is published, what carries it is not: see :mod:`.frame`. Source:
devices.md 5.1.
"""

from dataclasses import dataclass

from .transaction import (
    BALANCE,
    REFUND,
    REPRINT,
    SALE,
    SETTLE,
    SIGN_IN,
    VOID,
)

REQUEST_BYTES, ANSWER_BYTES = 59, 148
ENCODING = "gbk"

REPRINT_SETTLEMENT = "reprint_settlement"
KINDS = {
    SALE: "00",
    VOID: "01",
    REFUND: "02",
    BALANCE: "03",
    REPRINT: "04",
    SIGN_IN: "05",
    SETTLE: "06",
    REPRINT_SETTLEMENT: "07",
}

#: answer codes; any other one means "declined" and says why in ``message``
CODE_OK = "00"
#: local answers of a terminal. The record leaves their values to the vendor: these
#: are the simulator's, an adapter to a real one translates
CODE_BUSY, CODE_SIGNED_OUT = "Z1", "Z2"
CODE_NO_RECORD, CODE_CANCELLED = "Z3", "Z4"

_REQUEST = (
    ("pos_no", 8),
    ("operator", 8),
    ("kind", 2),
    ("amount_fen", 12),
    ("orig_date", 8),
    ("orig_ref", 12),
    ("orig_trace", 6),
    ("echo", 3),
)
_ANSWER = (
    ("code", 2),
    ("bank", 4),
    ("card", 20),
    ("trace", 6),
    ("amount_fen", 12),
    ("message", 40),
    ("mid", 15),
    ("tid", 8),
    ("batch", 6),
    ("date", 4),
    ("time", 6),
    ("ref", 12),
    ("auth", 6),
    ("clearing_date", 4),
    ("echo", 3),
)


class RecordError(ValueError):
    """These bytes are not a record, or a value does not fit into one."""


@dataclass(frozen=True)
class RequestRecord:
    """The 59 bytes to the terminal."""

    kind: str
    echo: str
    pos_no: str = ""
    operator: str = ""
    amount_fen: int = 0
    orig_date: str = ""
    orig_ref: str = ""
    orig_trace: str = ""

    def encode(self):
        """:raise RecordError: a value is too long for its field"""
        return _encode(_REQUEST, self, cut=())

    @classmethod
    def decode(cls, data):
        """:raise RecordError: wrong length or an amount that is no number"""
        return cls(**_decode(_REQUEST, data))


@dataclass(frozen=True)
class AnswerRecord:
    """The 148 bytes from the terminal. ``date`` is MMDD, ``time`` HHMMSS."""

    code: str
    echo: str
    bank: str = ""
    card: str = ""
    trace: str = ""
    amount_fen: int = 0
    message: str = ""
    mid: str = ""
    tid: str = ""
    batch: str = ""
    date: str = ""
    time: str = ""
    ref: str = ""
    auth: str = ""
    clearing_date: str = ""

    def encode(self):
        """A message that is too long ends at the last whole character."""
        return _encode(_ANSWER, self, cut=("message",))

    @classmethod
    def decode(cls, data):
        """:raise RecordError: wrong length or an amount that is no number"""
        return cls(**_decode(_ANSWER, data))


def _encode(layout, record, cut):
    parts = []
    for name, size in layout:
        value = getattr(record, name)
        if name == "amount_fen":
            value = f"{value:0{size}d}"
        part = value.encode(ENCODING, "replace")
        if name in cut:
            # a character of two bytes never ends in the middle
            part = part[:size].decode(ENCODING, "ignore").encode(ENCODING)
        if len(part) > size:
            raise RecordError(f"{name} is longer than {size} bytes")
        parts.append(part.ljust(size))
    return b"".join(parts)


def _decode(layout, data):
    if len(data) != sum(size for _name, size in layout):
        raise RecordError(f"a record of {len(data)} bytes")
    values, start = {}, 0
    for name, size in layout:
        part = data[start : start + size]
        start += size
        if name == "amount_fen":
            if not part.isdigit():
                raise RecordError("the amount is not a number")
            values[name] = int(part)
        else:
            values[name] = part.decode(ENCODING, "replace").strip(" \0")
    return values

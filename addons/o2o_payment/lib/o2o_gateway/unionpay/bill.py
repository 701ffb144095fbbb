"""The file of a day of settlement: base64, deflate, zip, GBK, fixed widths.

``INN<yymmdd>88ZM_<merchant>`` holds payments, voids and refunds, one line of 607 bytes
each, ``…ZME_…`` adjustments and chargebacks. There are no totals in it; each line is
checked in itself instead.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import itertools
import operator
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from ..money import format_yuan, parse_fen
from ..results import Bill, BillLine, LineKind
from ..texts import lazy as _lt
from . import words
from .parsing import original_number
from .times import noon, parse_short

#: bytes of the zip and of all files in it; 100,000 lines have 61 million
MAX_ZIP = 64 * 1024 * 1024
MAX_TEXT = 256 * 1024 * 1024
_MAX_FILES = 20
#: widths of the columns, one space between two of them
WIDTHS = (
    *(3, 11, 11, 6, 10, 19, 12, 4, 2, 21, 2, 32, 2, 6, 10, 13, 13, 4, 15, 2, 2),
    *(6, 2, 4, 32, 1, 21, 15, 1, 15, 32, 13, 13, 8, 32, 13, 13, 12, 2, 1, 131),
)
#: the same for adjustments
ADJUSTMENT_WIDTHS = (
    *(3, 11, 11, 6, 10, 19, 12, 4, 2, 2, 6, 10, 4, 12, 13, 13, 15, 15, 1, 12, 2, 135),
)
#: places of what we read
CODE, TIME, AMOUNT, QUERY_ID, NUMBER, FEE, NET = 0, 4, 6, 9, 11, 15, 16
KIND, ORIGINAL, MERCHANT, RESERVED = 19, 26, 27, 34

#: how far a line may be from the day of its settlement
_FAR = timedelta(days=60)
_NAME = re.compile(r"INN[0-9]{6}88(ZME?)_([0-9A-Za-z]{15})(\.[A-Za-z]{1,4})?")
_SIGNED = re.compile(r"([DC])([0-9]{12})")
_KINDS = {
    words.PURCHASE: LineKind.PAYMENT,
    words.REFUND: LineKind.REFUND,
    words.VOID: LineKind.REFUND,
}


class BillProblem(ValueError):
    """The file cannot be read at all."""


def unpack(content: str) -> bytes:
    """The zip in ``fileContent``.

    :raise BillProblem: damaged or too large
    """
    inflater = zlib.decompressobj()
    try:
        packed = base64.b64decode(content.encode("ascii"), validate=True)
        raw = inflater.decompress(packed, MAX_ZIP)
    except (binascii.Error, UnicodeEncodeError, zlib.error):
        raise BillProblem(_lt("the file is damaged")) from None
    if not inflater.eof:
        raise BillProblem(_lt("the file is too large or ends too early"))
    return raw


def parse(raw: bytes, merchant_no: str, day: date) -> Bill:
    """The bill in the zip ``raw``.

    Lines that cannot be read or do not agree with themselves are ``problems``.

    :param day: the day of settlement
    :raise BillProblem: no zip, damaged, too large, or nothing of this merchant in it
    """
    try:
        files = dict(_files(raw, merchant_no))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise BillProblem(_lt("the bill is no zip or is damaged")) from None
    except zlib.error:
        raise BillProblem(_lt("the bill is damaged")) from None
    name, content = files.get("ZM", ("", b""))
    if not name:
        raise BillProblem(_lt("the bill holds nothing of this merchant"))
    reader = _Reader(merchant_no, day)
    reader.read(content)
    reader.read_adjustments(files.get("ZME", ("", b""))[1])
    return Bill(
        day=day,
        file_name=name,
        raw=raw,
        sha256=hashlib.sha256(raw).hexdigest(),
        lines=tuple(reader.finished()),
        problems=tuple(reader.problems),
    )


def _files(raw: bytes, merchant_no: str) -> Iterator[tuple[str, tuple[str, bytes]]]:
    """Kind, name and content. Nothing is written anywhere: a name is only a name."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        entries = archive.infolist()
        if len(entries) > _MAX_FILES:
            raise BillProblem(_lt("the bill has too many files"))
        room = MAX_TEXT
        seen: set[str] = set()
        for entry in entries:
            match = _NAME.fullmatch(entry.filename)
            if not match or match[2] != merchant_no:
                continue
            if match[1] in seen:
                raise BillProblem(_lt("the bill holds two files of one kind"))
            seen.add(match[1])
            with archive.open(entry) as stream:
                # the size in the zip's directory is a claim
                content = stream.read(room + 1)
            room -= len(content)
            if room < 0:
                raise BillProblem(_lt("the bill is too large"))
            yield match[1], (entry.filename, content)


class _Reader:
    def __init__(self, merchant_no: str, day: date) -> None:
        self.problems: list[str] = []
        self._merchant_no = merchant_no
        self._near = noon(day)
        self._lines: list[BillLine] = []
        #: our numbers by UnionPay's, for refunds of the same day
        self._payments: dict[str, str] = {}
        self._originals: dict[int, str] = {}

    def read(self, content: bytes) -> None:
        for row, line in enumerate(_rows(content), 1):
            try:
                self._lines.append(self._line(row, _PAYMENTS_LAYOUT.cut(line)))
            except ValueError as error:
                self.problems.append(
                    _lt("Row %(row)s cannot be read: %(error)s.", row=row, error=error)
                )

    def read_adjustments(self, content: bytes) -> None:
        """Nothing is booked by itself from here: a person looks at each."""
        for row, line in enumerate(_rows(content), 1):
            try:
                columns = _ADJUSTMENTS_LAYOUT.cut(line)
                entry = BillLine(
                    kind=LineKind.OTHER,
                    out_no="",
                    refund_no="",
                    provider_no=columns[3],
                    amount_fen=parse_fen(columns[AMOUNT]),
                    fee_fen=0,
                    at=self._moment(columns[TIME]),
                    word=columns[CODE],
                    row=row,
                )
            except ValueError as error:
                self.problems.append(
                    _lt(
                        "Adjustment %(row)s cannot be read: %(error)s.",
                        row=row,
                        error=error,
                    )
                )
                continue
            self._lines.append(entry)
            self.problems.append(
                _lt(
                    "Adjustment %(row)s: %(name)s of %(amount)s.",
                    row=row,
                    name=entry.word,
                    amount=format_yuan(entry.amount_fen),
                )
            )

    def finished(self) -> Iterator[BillLine]:
        """All lines; refunds know their payment if it is in the same file."""
        for line in self._lines:
            if line.kind is LineKind.REFUND and not line.out_no:
                original = self._originals.get(line.row, "")
                line = replace(line, out_no=self._payments.get(original, ""))
            yield line

    def _line(self, row: int, columns: _Columns) -> BillLine:
        """:raise ValueError: which says what is wrong"""
        if columns[MERCHANT] != self._merchant_no:
            raise ValueError(_lt("it is another merchant's"))
        kind = _KINDS.get(columns[KIND], LineKind.OTHER)
        number, reserved = columns[NUMBER], columns[RESERVED]
        out_no, refund_no = number, ""
        if kind is LineKind.REFUND:
            out_no, refund_no = original_number(reserved, number)
            self._originals[row] = columns[ORIGINAL]
        elif kind is LineKind.PAYMENT:
            self._payments[columns[QUERY_ID]] = number
        line = BillLine(
            kind=kind,
            out_no=out_no,
            refund_no=refund_no,
            provider_no=columns[QUERY_ID],
            amount_fen=parse_fen(columns[AMOUNT]),
            fee_fen=-_signed(columns[FEE]),
            at=self._moment(columns[TIME]),
            word=columns[CODE],
            row=row,
        )
        self._check(line, _signed(columns[NET]))
        return line

    def _moment(self, text: str) -> datetime:
        at = parse_short(text, self._near)
        if abs(at - self._near) > _FAR:
            raise ValueError(_lt("it is of another time of the year"))
        return at

    def _check(self, line: BillLine, net: int) -> None:
        """What we get is the amount without the fee (FAULT-68)."""
        if line.kind is LineKind.OTHER:
            self.problems.append(
                _lt(
                    "Row %(row)s is a %(name)s, look at it.",
                    row=line.row,
                    name=line.word,
                )
            )
            return
        amount = line.amount_fen
        if line.kind is LineKind.REFUND:
            amount = -amount
        if net != amount - line.fee_fen:
            self.problems.append(
                _lt(
                    "Row %(row)s: %(amount)s less the fee of %(fee)s is not %(net)s.",
                    row=line.row,
                    amount=format_yuan(amount),
                    fee=format_yuan(line.fee_fen),
                    net=format_yuan(net),
                )
            )


def _rows(content: bytes) -> Iterator[bytes]:
    for line in io.BytesIO(content):
        line = line.rstrip(b"\r\n")
        if line.strip():
            yield line


class _Layout:
    """Columns of fixed widths with one space between them."""

    def __init__(self, widths: Sequence[int]) -> None:
        self._columns = struct.Struct("x".join(f"{width}s" for width in widths))
        self._width = self._columns.size
        ends = list(itertools.accumulate(width + 1 for width in widths))[:-1]
        self._gaps = operator.itemgetter(*(end - 1 for end in ends))
        self._spaces = (ord(" "),) * len(ends)

    def cut(self, line: bytes) -> _Columns:
        """:raise ValueError: another length, or something between the columns"""
        if len(line) != self._width:
            raise ValueError(
                _lt(
                    "%(found)s bytes instead of %(wanted)s",
                    found=len(line),
                    wanted=self._width,
                )
            )
        if self._gaps(line) != self._spaces:
            raise ValueError(_lt("the columns are shifted"))
        return _Columns(self._columns.unpack(line))


class _Columns:
    """The columns of one line, as text when they are asked for.

    Widths are bytes, so a column is decoded after cutting: a cut through a sign of two
    bytes is the writer's, and happens in texts that are only shown.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Sequence[bytes]) -> None:
        self._values = values

    def __getitem__(self, place: int) -> str:
        return self._values[place].decode("gbk", "replace").strip()


_PAYMENTS_LAYOUT = _Layout(WIDTHS)
_ADJUSTMENTS_LAYOUT = _Layout(ADJUSTMENT_WIDTHS)


def _signed(text: str) -> int:
    """``C`` is for us, ``D`` against us; an empty one is nothing."""
    if not text:
        return 0
    match = _SIGNED.fullmatch(text)
    if not match:
        raise ValueError(_lt("no amount with C or D"))
    fen = parse_fen(match[2])
    return fen if match[1] == "C" else -fen

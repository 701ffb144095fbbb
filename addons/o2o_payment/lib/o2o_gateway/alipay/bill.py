"""The trade bill: a zip with GBK names, holding GBK CSV with tabs around the values."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date

from ..clock import parse_beijing
from ..money import format_yuan, parse_yuan
from ..results import Bill, BillLine, LineKind
from ..texts import lazy as _lt

#: bytes of the zip and of all files in it; 100,000 rows have about 30 million
MAX_ZIP = 64 * 1024 * 1024
MAX_CSV = 256 * 1024 * 1024
_MAX_FILES = 20
_DETAIL = "业务明细.csv"
_SUMMARY = "业务明细(汇总).csv"
_KINDS = {"交易": LineKind.PAYMENT, "退款": LineKind.REFUND}
_UTF8_NAME = 0x800
#: bytes in which the account and the day are named
_HEAD = 2048
_ACCOUNT = re.compile(r"#账号[：:]\[?([0-9A-Za-z]+)")
_BEGIN = re.compile(r"#起始日期[：:]\[?(\d{4})年(\d{1,2})月(\d{1,2})日")
_TOTAL = re.compile(r"#(交易|退款)合计[：:]\s*(\d+)笔，商家实收(?:退款)?共(-?[\d.]+)元")


class BillProblem(ValueError):
    """The file cannot be read at all."""


def parse(raw: bytes, day: date) -> Bill:
    """The bill in ``raw``.

    Rows that cannot be read and sums that do not agree are ``problems`` of the bill.

    :raise BillProblem: no zip, damaged, too large, or without the details
    """
    try:
        files = dict(_files(raw))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise BillProblem(_lt("the bill is no zip or is damaged")) from None
    name = next((one for one in files if one.endswith(_DETAIL)), None)
    if name is None:
        raise BillProblem(_lt("the bill has no details"))
    reader = _Reader(_decode(files[name]))
    problems = [*reader.problems, *reader.check_totals()]
    summary = next((files[one] for one in files if one.endswith(_SUMMARY)), None)
    if summary is not None:
        problems += reader.check_summary(_decode(summary))
    return Bill(
        day=day,
        file_name=name,
        raw=raw,
        sha256=hashlib.sha256(raw).hexdigest(),
        lines=tuple(reader.lines),
        problems=tuple(problems),
    )


def head(raw: bytes) -> tuple[str, date | None]:
    """The account and the day that the file names in its first lines, if it does.

    :raise BillProblem: as :func:`parse`
    """
    try:
        names = [(name, text) for name, text in _files(raw) if name.endswith(_DETAIL)]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError):
        raise BillProblem(_lt("the bill is no zip or is damaged")) from None
    first = _decode(names[0][1][:_HEAD].rpartition(b"\n")[0]) if names else ""
    account, begin = _ACCOUNT.search(first), _BEGIN.search(first)
    day = date(*map(int, begin.groups())) if begin else None
    return account[1] if account else "", day


def _files(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """Names and contents. Nothing is written anywhere, so a name is only a name."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        entries = archive.infolist()
        if len(entries) > _MAX_FILES:
            raise BillProblem(_lt("the bill has too many files"))
        room = MAX_CSV
        for entry in entries:
            name = entry.filename
            if not entry.flag_bits & _UTF8_NAME:
                # zipfile takes such names for cp437; they are GBK
                name = name.encode("cp437").decode("gb18030", "replace")
            with archive.open(entry) as stream:
                # the size in the zip's directory is a claim
                content = stream.read(room + 1)
            room -= len(content)
            if room < 0:
                raise BillProblem(_lt("the bill is too large"))
            yield name, content


def _decode(content: bytes) -> str:
    try:
        return content.decode("gb18030")
    except UnicodeDecodeError:
        raise BillProblem(_lt("the bill is not in GBK")) from None


class _Reader:
    """Goes through the details once: head, rows, totals."""

    def __init__(self, text: str) -> None:
        self.lines: list[BillLine] = []
        self.problems: list[str] = []
        self.received = {LineKind.PAYMENT: 0, LineKind.REFUND: 0}
        self.totals: dict[LineKind, tuple[int, int]] = {}
        self._columns: dict[str, int] = {}
        self._width = 0
        self._is_complete = False
        for number, row in enumerate(_rows(text), 1):
            self._take(number, row)
        if not self._columns:
            raise BillProblem(_lt("the bill has no table"))
        if not self._is_complete:
            self.problems.append(_lt("The file ends before the list does."))

    def _take(self, number: int, row: list[str]) -> None:
        first = row[0]
        if first.startswith("#"):
            self._is_complete |= "业务明细列表结束" in first
            self._take_total(first)
        elif not self._columns:
            self._columns = {name: place for place, name in enumerate(row)}
            self._width = len(row)
            missing = [name for name in _NEEDED if name not in self._columns]
            if missing:
                raise BillProblem(
                    _lt(
                        "the bill lacks the columns %(names)s", names=", ".join(missing)
                    )
                )
        else:
            try:
                self.lines.append(self._line(number, row))
            except ValueError as error:
                self.problems.append(
                    _lt(
                        "Row %(row)s cannot be read: %(error)s.",
                        row=number,
                        error=error,
                    )
                )

    def _take_total(self, text: str) -> None:
        if match := _TOTAL.match(text):
            kind, count, amount = match.groups()
            try:
                self.totals[_KINDS[kind]] = int(count), abs(parse_yuan(amount))
            except ValueError:
                self.problems.append(_lt("A total of the file cannot be read."))

    def _line(self, number: int, row: list[str]) -> BillLine:
        """:raise ValueError: which says what is wrong"""
        if len(row) != self._width:
            raise ValueError(
                _lt(
                    "%(found)s columns instead of %(wanted)s",
                    found=len(row),
                    wanted=self._width,
                )
            )
        word = self._value(row, "业务类型")
        kind = _KINDS.get(word, LineKind.OTHER)
        is_refund = kind is LineKind.REFUND
        amount = parse_yuan(self._value(row, "订单金额（元）"))
        received = parse_yuan(self._value(row, "商家实收（元）"))
        if kind in self.received:
            self.received[kind] += abs(received)
        # Alipay writes what it keeps with a minus in some bills, without in others
        fee = abs(parse_yuan(self._value(row, "服务费（元）")))
        return BillLine(
            kind=kind,
            out_no=self._value(row, "商户订单号"),
            refund_no=self._value(row, "退款批次号/请求号") if is_refund else "",
            provider_no=self._value(row, "支付宝交易号"),
            amount_fen=abs(amount),
            fee_fen=-fee if is_refund else fee,
            at=parse_beijing(self._value(row, "完成时间")),
            store_no=self._value(row, "门店编号"),
            subject=self._value(row, "商品名称"),
            word=word,
            row=number,
        )

    def _value(self, row: list[str], column: str) -> str:
        return row[self._columns[column]]

    def check_totals(self) -> Iterator[str]:
        """Where rows and the totals below them do not agree (FAULT-68)."""
        for word, kind in _KINDS.items():
            if kind not in self.totals:
                yield _lt("The file has no total of %(name)s.", name=word)
                continue
            count, amount = self.totals[kind]
            found = sum(line.kind is kind for line in self.lines)
            if count != found:
                yield _lt(
                    "%(name)s: the file says %(told)s rows, there are %(found)s.",
                    name=word,
                    told=count,
                    found=found,
                )
            if amount != self.received[kind]:
                yield (
                    _lt(
                        "%(name)s: the file says %(told)s, the rows make %(found)s.",
                        name=word,
                        told=format_yuan(amount),
                        found=format_yuan(self.received[kind]),
                    )
                )

    def check_summary(self, text: str) -> Iterator[str]:
        """Where rows and the file of the stores' sums do not agree."""
        columns: dict[str, int] = {}
        for row in _rows(text):
            if row[0] == "门店编号":
                columns = {name: place for place, name in enumerate(row)}
            elif row[0] == "合计" and len(row) == len(columns):
                yield from self._check_sums(
                    {name: row[at] for name, at in columns.items()}
                )
                return
        yield _lt("The summary has no sum.")

    def _check_sums(self, sums: dict[str, str]) -> Iterator[str]:
        counts = {
            "交易订单总笔数": LineKind.PAYMENT,
            "退款订单总笔数": LineKind.REFUND,
        }
        for name, kind in counts.items():
            found = sum(line.kind is kind for line in self.lines)
            if sums.get(name) != str(found):
                yield _lt(
                    "Summary: %(name)s is %(told)s, there are %(found)s.",
                    name=name,
                    told=sums.get(name),
                    found=found,
                )
        fees = abs(sum(line.fee_fen for line in self.lines))
        try:
            told = abs(parse_yuan(sums.get("服务费（元）", "")))
        except ValueError:
            yield _lt("Summary: the fees cannot be read.")
            return
        if told != fees:
            yield (
                _lt(
                    "Summary: the fees are %(told)s, the rows make %(found)s.",
                    told=format_yuan(told),
                    found=format_yuan(fees),
                )
            )


_NEEDED = (
    "支付宝交易号",
    "商户订单号",
    "业务类型",
    "商品名称",
    "完成时间",
    "门店编号",
    "订单金额（元）",
    "商家实收（元）",
    "退款批次号/请求号",
    "服务费（元）",
)


def _rows(text: str) -> Iterator[list[str]]:
    """Rows without the tabs around their values; empty ones are left out."""
    # no csv module: Alipay quotes nothing, and a " in a name must not swallow rows
    for line in io.StringIO(text):
        values = [value.strip() for value in line.split(",")]
        if any(values):
            yield values

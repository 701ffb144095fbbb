"""The trade bill and the fund flow: CSV with a backtick before each value."""

from __future__ import annotations

import hashlib
import hmac
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from ..clock import parse_beijing
from ..money import format_yuan, parse_yuan
from ..results import CURRENCY, Bill, BillLine, LineKind
from ..texts import lazy as _lt

#: bytes as they travel, and unpacked; 100,000 rows have about 40 million
MAX_RAW = 64 * 1024 * 1024
MAX_CSV = 256 * 1024 * 1024
_GZIP = b"\x1f\x8b"
_CHUNK = 1024 * 1024

_NEEDED = (
    "交易时间",
    "商户号",
    "微信订单号",
    "商户订单号",
    "交易状态",
    "货币种类",
    "应结订单金额",
    "商户退款单号",
    "退款金额",
    "充值券退款金额",
    "退款状态",
    "商品名称",
    "手续费",
    "订单金额",
    "申请退款金额",
)
#: names of the totals below the rows, and of the column that each of them adds up
_TOTALS = {
    "应结订单总金额": "应结订单金额",
    "退款总金额": "退款金额",
    "充值券退款总金额": "充值券退款金额",
    "手续费总金额": "手续费",
    "订单总金额": "订单金额",
    "申请退款总金额": "申请退款金额",
}
_COUNT = "总交易单数"

_FLOW_NEEDED = (
    "记账时间",
    "微信支付业务单号",
    "资金流水单号",
    "业务名称",
    "业务类型",
    "收支类型",
    "收支金额(元)",
    "账户结余(元)",
    "资金变更提交申请人",
    "备注",
    "业务凭证号",
)
_FLOW_COUNTS = {"收入": "收入笔数", "支出": "支出笔数"}
_FLOW_SUMS = {"收入": "收入金额", "支出": "支出金额"}
_FLOW_COUNT = "资金流水总笔数"


class BillProblem(ValueError):
    """The file cannot be read at all."""


@dataclass(frozen=True)
class FlowLine:
    """One movement of the merchant's account at WeChat Pay."""

    at: datetime
    #: number of the payment, refund or withdrawal at WeChat Pay
    business_no: str
    #: number of this movement, the only one that never repeats
    flow_no: str
    name: str
    kind: str
    #: what came in; negative for what went out
    amount_fen: int
    balance_fen: int
    applicant: str = field(default="", repr=False)
    remark: str = field(default="", repr=False)
    voucher_no: str = ""
    row: int = 0


@dataclass(frozen=True)
class FlowBill:
    """All movements of one day; ``problems`` as in :class:`~..results.Bill`."""

    day: date
    file_name: str
    raw: bytes = field(repr=False)
    sha256: str
    lines: tuple[FlowLine, ...] = field(repr=False)
    problems: tuple[str, ...] = ()


def unpack(raw: bytes, expected_sha1: str) -> bytes:
    """The file, once its hash is the one that WeChat Pay signed (FAULT-67).

    The hash is of the unpacked file with its byte order mark and line ends.

    :raise BillProblem: damaged, too large, or another file
    """
    content = _gunzip(raw) if raw.startswith(_GZIP) else raw
    # WeChat Pay says which hash it is, and it is never another one
    found = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    if not hmac.compare_digest(found.encode(), expected_sha1.lower().encode()):
        raise BillProblem(_lt("the hash of the bill is another one"))
    return content


def _gunzip(raw: bytes) -> bytes:
    """Bounded: what is small on the line can be large in memory (FAULT-23)."""
    unpacker = zlib.decompressobj(wbits=31)
    parts = []
    size = 0
    rest = raw
    try:
        while rest and not unpacker.eof:
            part = unpacker.decompress(rest, _CHUNK)
            rest = unpacker.unconsumed_tail
            size += len(part)
            if size > MAX_CSV:
                raise BillProblem(_lt("the bill is too large"))
            parts.append(part)
    except zlib.error:
        raise BillProblem(_lt("the bill is damaged")) from None
    if not unpacker.eof or unpacker.unused_data:
        raise BillProblem(_lt("the bill is cut off or longer than it should be"))
    return b"".join(parts)


def parse(content: bytes, day: date, mchid: str) -> Bill:
    """The trade bill in ``content``, which stays its ``raw``.

    Unpacked: that is the file whose hash WeChat Pay signs, and it is the same at each
    download, while gzip writes the time into its own (FAULT-70).

    Rows that cannot be read, rows of another merchant and sums that do not agree are
    ``problems`` of the bill.

    :raise BillProblem: not such a file
    """
    table = _Table(content, _NEEDED)
    lines = []
    sums = dict.fromkeys(_TOTALS.values(), 0)
    count = 0
    for number, values in table.rows():
        count += 1
        try:
            row = table.named(values)
            for column in sums:
                sums[column] += parse_yuan(row[column])
            lines.append(_line(row, number))
            table.problems += _strangers(row, number, mchid)
        except ValueError as error:
            table.problems.append(
                _lt("Row %(row)s cannot be read: %(error)s.", row=number, error=error)
            )
    table.check(_COUNT, count)
    for name, column in _TOTALS.items():
        table.check_sum(name, sums[column])
    return Bill(
        day=day,
        file_name=f"{mchid}All{day.isoformat()}.csv",
        raw=content,
        sha256=hashlib.sha256(content).hexdigest(),
        lines=tuple(lines),
        problems=tuple(table.problems),
    )


def _line(row: Mapping[str, str], number: int) -> BillLine:
    """:raise ValueError: which says what is wrong"""
    word = row["交易状态"]
    kind = {"SUCCESS": LineKind.PAYMENT, "REFUND": LineKind.REFUND}.get(word)
    asked_back = parse_yuan(row["申请退款金额"])
    if word == "REVOKED":
        # a payment by code that was reversed; with money only if it had been paid
        kind = LineKind.REFUND if asked_back else LineKind.OTHER
    is_refund = kind is LineKind.REFUND
    # what the order costs, not what is settled: vouchers are between the two
    amount = asked_back if is_refund else parse_yuan(row["订单金额"])
    if amount < 0:
        raise ValueError(_lt("an amount is negative"))
    return BillLine(
        kind=kind or LineKind.OTHER,
        out_no=row["商户订单号"],
        refund_no=row["商户退款单号"] if word == "REFUND" else "",
        provider_no=row["微信订单号"],
        amount_fen=amount,
        fee_fen=parse_yuan(row["手续费"]),
        at=parse_beijing(row["交易时间"]),
        store_no=row.get("设备号", ""),
        subject=row["商品名称"],
        word=f"{word} {row['退款状态']}".strip() if is_refund else word,
        row=number,
    )


def _strangers(row: Mapping[str, str], number: int, mchid: str) -> Iterator[str]:
    if row["商户号"] != mchid:
        yield _lt("Row %(row)s is of another merchant.", row=number)
    if row["货币种类"] != CURRENCY:
        yield _lt("Row %(row)s is in another currency.", row=number)


def parse_flow(content: bytes, day: date, mchid: str) -> FlowBill:
    """The fund flow in ``content``.

    :raise BillProblem: not such a file
    """
    table = _Table(content, _FLOW_NEEDED)
    lines = []
    counts = dict.fromkeys(_FLOW_SUMS, 0)
    sums = dict.fromkeys(_FLOW_SUMS, 0)
    for number, values in table.rows():
        try:
            row = table.named(values)
            lines.append(_flow_line(row, number))
        except ValueError as error:
            table.problems.append(
                _lt("Row %(row)s cannot be read: %(error)s.", row=number, error=error)
            )
            continue
        counts[row["收支类型"]] += 1
        sums[row["收支类型"]] += abs(lines[-1].amount_fen)
    table.check(_FLOW_COUNT, len(lines))
    for word in _FLOW_SUMS:
        table.check(_FLOW_COUNTS[word], counts[word])
        table.check_sum(_FLOW_SUMS[word], sums[word])
    return FlowBill(
        day=day,
        file_name=f"{mchid}Fund{day.isoformat()}.csv",
        raw=content,
        sha256=hashlib.sha256(content).hexdigest(),
        lines=tuple(lines),
        problems=tuple(table.problems),
    )


def _flow_line(row: Mapping[str, str], number: int) -> FlowLine:
    """:raise ValueError: which says what is wrong"""
    word = row["收支类型"]
    if word not in _FLOW_SUMS:
        raise ValueError(_lt("neither in nor out"))
    amount = parse_yuan(row["收支金额(元)"])
    return FlowLine(
        at=parse_beijing(row["记账时间"]),
        business_no=row["微信支付业务单号"],
        flow_no=row["资金流水单号"],
        name=row["业务名称"],
        kind=row["业务类型"],
        amount_fen=amount if word == "收入" else -amount,
        balance_fen=parse_yuan(row["账户结余(元)"]),
        applicant=row["资金变更提交申请人"],
        remark=row["备注"],
        voucher_no=row["业务凭证号"],
        row=number,
    )


class _Table:
    """Head, rows, head of the totals, totals."""

    def __init__(self, content: bytes, needed: tuple[str, ...]) -> None:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise BillProblem(_lt("the bill is not in UTF-8")) from None
        self.problems: list[str] = []
        # no splitlines(): a name may hold one of the rarer separators
        lines = [line.rstrip("\r") for line in text.split("\n")]
        self._lines = [(at, line) for at, line in enumerate(lines, 1) if line]
        if not self._lines:
            raise BillProblem(_lt("the bill is empty"))
        self._names = self._lines[0][1].split(",")
        missing = [name for name in needed if name not in self._names]
        if missing:
            raise BillProblem(
                _lt("the bill lacks the columns %(names)s", names=", ".join(missing))
            )
        self._totals = self._read_totals()

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Numbers and values of the rows between the two heads."""
        for number, line in self._lines[1:]:
            if not line.startswith("`"):
                return
            yield number, _values(line)

    def named(self, row: list[str]) -> dict[str, str]:
        """:raise ValueError: too many values, or too few"""
        if len(row) != len(self._names):
            raise ValueError(
                _lt(
                    "%(found)s columns instead of %(wanted)s",
                    found=len(row),
                    wanted=len(self._names),
                )
            )
        return dict(zip(self._names, row, strict=True))

    def _read_totals(self) -> dict[str, str]:
        for place, (_number, line) in enumerate(self._lines[1:], 1):
            if line.startswith("`"):
                continue
            names = line.split(",")
            values = (
                _values(self._lines[place + 1][1])
                if place + 1 < len(self._lines)
                else []
            )
            if len(values) == len(names):
                return dict(zip(names, values, strict=True))
            break
        self.problems.append(_lt("The file ends without totals."))
        return {}

    def check(self, name: str, found: int) -> None:
        """Compare a number of the totals with what the rows make (FAULT-68)."""
        if self._totals and self._totals.get(name) != str(found):
            told = self._totals.get(name, "-")
            self.problems.append(
                _lt(
                    "%(name)s: the file says %(told)s, there are %(found)s.",
                    name=name,
                    told=told,
                    found=found,
                )
            )

    def check_sum(self, name: str, found: int) -> None:
        if not self._totals:
            return
        try:
            told = parse_yuan(self._totals.get(name, ""))
        except ValueError:
            self.problems.append(_lt("%(name)s cannot be read.", name=name))
            return
        if told != found:
            self.problems.append(
                _lt(
                    "%(name)s: the file says %(told)s, the rows make %(found)s.",
                    name=name,
                    told=format_yuan(told),
                    found=format_yuan(found),
                )
            )


def _values(line: str) -> list[str]:
    """Values of a row: a comma inside of a name has no backtick behind it."""
    return [value.strip() for value in line[1:].split(",`")]


def download(answer: Mapping[str, Any]) -> tuple[str, str]:
    """Address and hash of a bill.

    :raise ValueError: not such an answer, or a hash that is not known
    """
    url, found = answer.get("download_url"), answer.get("hash_value")
    if not isinstance(url, str) or not isinstance(found, str) or not found:
        raise ValueError(_lt("the answer names no file"))
    if answer.get("hash_type") != "SHA1":
        raise ValueError(_lt("the answer names another hash"))
    return url, found

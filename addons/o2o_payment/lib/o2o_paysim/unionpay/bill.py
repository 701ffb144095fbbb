"""The file of a day of settlement, written from the books."""

from __future__ import annotations

import base64
import io
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from o2o_gateway.clock import beijing

SPOILS = ("drop", "repeat", "add", "amount", "fee", "total")
#: columns of a line, as the file interface has them, one space between two of them
_COLUMNS = (
    ("code", 3),
    ("acquirer", 11),
    ("sender", 11),
    ("trace", 6),
    ("time", 10),
    ("account", 19),
    ("amount", 12),
    ("category", 4),
    ("terminal_kind", 2),
    ("query_id", 21),
    ("old_way", 2),
    ("order_id", 32),
    ("card_kind", 2),
    ("original_trace", 6),
    ("original_time", 10),
    ("fee", 13),
    ("net", 13),
    ("way", 4),
    ("group", 15),
    ("kind", 2),
    ("sub_kind", 2),
    ("product", 6),
    ("account_kind", 2),
    ("bill_kind", 4),
    ("bill_no", 32),
    ("interaction", 1),
    ("original_query_id", 21),
    ("merchant", 15),
    ("split", 1),
    ("sub_merchant", 15),
    ("sub_merchant_name", 32),
    ("split_amount", 13),
    ("clearing", 13),
    ("terminal", 8),
    ("reserved", 32),
    ("discount", 13),
    ("invoice", 13),
    ("instalment_fee", 12),
    ("instalments", 2),
    ("medium", 1),
    ("rest", 131),
)


@dataclass(frozen=True)
class Row:
    """One line: what moved, and what UnionPay keeps or gives back of its fee."""

    code: str
    kind: str
    sub_kind: str
    order_id: str
    query_id: str
    original_query_id: str
    at: datetime
    amount_fen: int
    #: positive for a payment
    moved_fen: int
    fee_fen: int
    terminal: str = ""
    reserved: str = ""
    #: what ``net`` is wrong by
    wrong_fen: int = 0

    def line(self, number: int, merchant: str) -> bytes:
        net = _signed(self.moved_fen - self.fee_fen + self.wrong_fen)
        values = {
            "code": self.code,
            "acquirer": "88022900",
            "sender": "00049993",
            "trace": f"{number:06d}",
            "time": f"{beijing(self.at):%m%d%H%M%S}",
            "account": "622609******0048",
            "amount": f"{self.amount_fen:012d}",
            "category": "5411",
            "terminal_kind": "07",
            "query_id": self.query_id,
            "old_way": "01",
            "order_id": self.order_id,
            "card_kind": "01",
            "fee": _signed(-self.fee_fen),
            "net": net,
            "way": "0001",
            "kind": self.kind,
            "sub_kind": self.sub_kind,
            "product": "000201" if self.sub_kind == "01" else "000000",
            "original_query_id": self.original_query_id,
            "merchant": merchant,
            "sub_merchant": "0" * 15,
            "split_amount": "0" * 12,
            "clearing": net,
            "terminal": self.terminal,
            "reserved": self.reserved,
            "discount": "0" * 12,
            "invoice": "0" * 12,
            "instalment_fee": "0" * 11,
            "medium": "7",
        }
        cells = (
            values.get(name, "").encode("gbk")[:width].ljust(width)
            for name, width in _COLUMNS
        )
        return b" ".join(cells)


def spoilt(rows: Sequence[Row], how: str, row: int) -> list[Row]:
    """The rows with one of them changed; there is no total, a net is wrong instead."""
    found = list(rows)
    if how == "drop":
        del found[row]
    elif how == "repeat":
        found.insert(row, found[row])
    elif how == "add":
        found.append(replace(found[row], order_id="P9999999999999999999999999"))
    elif how == "amount":
        one = found[row]
        sign = 1 if one.moved_fen > 0 else -1
        found[row] = replace(
            one, amount_fen=one.amount_fen + 1, moved_fen=one.moved_fen + sign
        )
    elif how == "fee":
        found[row] = replace(found[row], fee_fen=found[row].fee_fen + 1)
    elif how == "total":
        found[row] = replace(found[row], wrong_fen=1)
    return found


def write(day: date, merchant: str, rows: Sequence[Row]) -> str:
    """``fileContent``: the zip in deflate in base64."""
    lines = [row.line(number, merchant) for number, row in enumerate(rows, 1)]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        name = f"{day:%y%m%d}88"
        files = {
            f"RD1013{merchant}{day:%m%d}": b"",
            f"INN{name}ZM_{merchant}": b"".join(line + b"\r\n" for line in lines),
            f"INN{name}ZME_{merchant}": b"",
        }
        for file_name, content in files.items():
            # the same bill has the same bytes, whenever it is asked for
            entry = zipfile.ZipInfo(file_name)
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return base64.b64encode(zlib.compress(stream.getvalue())).decode()


def _signed(fen: int) -> str:
    """``C`` is for the merchant, ``D`` against."""
    return f"{'C' if fen > 0 else 'D'}{abs(fen):012d}"

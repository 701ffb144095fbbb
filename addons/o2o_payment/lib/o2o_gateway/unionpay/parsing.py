"""What UnionPay's fields mean. All of it raises ValueError for what cannot be read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from ..clock import parse_beijing
from ..money import parse_fen
from ..order_numbers import read_number
from ..results import Payment, PaymentState, Refund, RefundState
from . import words
from .times import SECOND, parse_short

_CARD = re.compile(r"[0-9]{4,6}\*{2,}[0-9]{4}")
_PAYMENTS = {"paid": PaymentState.PAID, "open": PaymentState.WAITING}
_REFUNDS = {"paid": RefundState.DONE, "open": RefundState.PENDING}


def payment(fields: Mapping[str, str], code: str, out_no: str) -> Payment:
    """:param code: what became of it: ``origRespCode`` of a query, else ``respCode``"""
    result = _result(code)
    return Payment(
        state=_PAYMENTS.get(result, PaymentState.FAILED),
        out_no=out_no,
        provider_no=fields.get("queryId", ""),
        amount_fen=amount(fields),
        currency=currency(fields),
        paid_at=moment(fields) if result == "paid" else None,
        word=code,
        payer=_payer(fields),
    )


def refund(fields: Mapping[str, str], code: str, out_no: str, refund_no: str) -> Refund:
    result = _result(code)
    return Refund(
        state=_REFUNDS.get(result, RefundState.FAILED),
        out_no=out_no,
        refund_no=refund_no,
        provider_no=fields.get("queryId", ""),
        amount_fen=amount(fields),
        currency=currency(fields),
        refunded_at=moment(fields) if result == "paid" else None,
        word=code,
    )


def amount(fields: Mapping[str, str]) -> int | None:
    text = fields.get("txnAmt")
    return parse_fen(text) if text else None


def currency(fields: Mapping[str, str]) -> str:
    """``CNY``, or the number of another currency as it came, which equals none."""
    code = fields.get("currencyCode", "156")
    return words.CURRENCIES.get(code, code)


def moment(fields: Mapping[str, str]) -> datetime | None:
    """When it was done: ``traceTime`` has no year, so the order's is near enough."""
    sent = fields.get("txnTime")
    if not sent:
        return None
    at = parse_beijing(sent, "%Y%m%d%H%M%S")
    trace = fields.get("traceTime")
    return parse_short(trace, at) if trace else at


def original_number(reserved: str, number: str) -> tuple[str, str]:
    """The numbers of payment and refund, of what a refund of ours carries along.

    :param reserved: ``reqReserved``, in a bill only its first 32 bytes
    :param number: ``orderId`` of the refund, which may be its second try
    """
    out_no, _sign, refund_no = reserved.partition("|")
    if number[-1:] == SECOND and (
        refund_no == number[:-1] or read_number(number[:-1]) is not None
    ):
        number = number[:-1]
    return out_no, number


def _result(code: str) -> str:
    if code in words.SUCCESS:
        return "paid"
    return "open" if code in words.PENDING else "failed"


def _payer(fields: Mapping[str, str]) -> str:
    """The card as printed on a receipt. Encrypted numbers say nothing to us."""
    number = fields.get("accNo", "")
    return number if _CARD.fullmatch(number) else ""

"""Notifications: signed forms, for a payment that was made or money that went back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ..outcome import INVALID, Outcome, ok, rejected
from ..results import EventKind, Notification
from ..texts import lazy as _lt
from . import parsing, wire, words
from .trust import Trust

#: bytes; real ones have some five thousand
MAX_BODY = 64 * 1024


def read(
    body: bytes, trust: Trust, merchant_no: str, now: datetime
) -> Outcome[Notification]:
    """What a notification says, if UnionPay signed it and it is for us."""
    try:
        if len(body) > MAX_BODY:
            raise ValueError(_lt("too long"))
        fields, charset = wire.parse_form(body)
    except ValueError:
        return rejected(INVALID, _lt("This is no notification of UnionPay."))
    checked = trust.check(fields, charset, now)
    if not checked.is_ok:
        return checked.failure()
    if fields.get("merId") != merchant_no:
        return rejected(INVALID, _lt("The notification is for another merchant."))
    try:
        return ok(_notification(fields))
    except (KeyError, ValueError):
        return rejected(INVALID, _lt("The notification cannot be read."))


def _notification(fields: Mapping[str, str]) -> Notification:
    """:raise KeyError: a field is missing
    :raise ValueError: one cannot be read, or it is about something else
    """
    kind, number, code = fields["txnType"], fields["orderId"], fields["respCode"]
    if not number or not code:
        raise ValueError(_lt("about nothing"))
    # not the moment of delivery: the same event has the same key each time
    key = "-".join((kind, number, fields["txnTime"], fields.get("queryId", ""), code))
    merchant = {"merId": fields["merId"]}
    if kind == words.PURCHASE:
        return Notification(
            key=key,
            kind=EventKind.PAYMENT,
            merchant=merchant,
            payment=parsing.payment(fields, code, number),
            content=dict(fields),
        )
    if kind not in (words.REFUND, words.VOID):
        raise ValueError(_lt("about something else"))
    numbers = parsing.original_number(fields.get("reqReserved", ""), number)
    return Notification(
        key=key,
        kind=EventKind.REFUND,
        merchant=merchant,
        refund=parsing.refund(fields, code, *numbers),
        content=dict(fields),
    )

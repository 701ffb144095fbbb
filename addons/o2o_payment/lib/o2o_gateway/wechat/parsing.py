"""Reading the fields of WeChat Pay's answers and notifications."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..money import check_fen
from ..results import CURRENCY, Payment, Refund
from ..texts import lazy as _lt
from .words import REFUND_STATES, STATES


def json_object(body: bytes) -> dict[str, Any]:
    """:raise ValueError: not UTF-8, not JSON, or not an object"""
    try:
        found = json.loads(body.decode("utf-8"))
    except RecursionError:
        raise ValueError(_lt("nested too deeply")) from None
    if not isinstance(found, dict):
        raise ValueError(_lt("not an object"))
    return found


def text(fields: Mapping[str, Any], name: str) -> str:
    """A field that may be missing.

    :raise ValueError: it is there and no text
    """
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(_lt("%(name)s is no text", name=name))
    return value


def part(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """A part that may be missing.

    :raise ValueError: it is there and no object
    """
    value = fields.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(_lt("%(name)s is no object", name=name))
    return value


def fen(fields: Mapping[str, Any], name: str) -> int | None:
    """:raise ValueError: it is there and no amount"""
    value = fields.get(name)
    if value is None:
        return None
    try:
        if check_fen(value) < 0:
            raise ValueError(_lt("%(name)s is negative", name=name))
    except TypeError:
        raise ValueError(_lt("%(name)s is no amount", name=name)) from None
    return int(value)


def moment(fields: Mapping[str, Any], name: str) -> datetime | None:
    """``2026-11-27T12:00:05+08:00``; milliseconds and ``Z`` are taken as well.

    :raise ValueError: it is there and no moment, or has no zone
    """
    value = text(fields, name)
    if not value:
        return None
    found = datetime.fromisoformat(value.replace("Z", "+00:00"))
    if found.tzinfo is None:
        raise ValueError(_lt("%(name)s has no time zone", name=name))
    return found


def payment(fields: Mapping[str, Any]) -> Payment:
    """:raise ValueError: a field is missing or wrong"""
    word = text(fields, "trade_state")
    if word not in STATES:
        raise ValueError(_lt("no state that is known"))
    amount = part(fields, "amount")
    return Payment(
        state=STATES[word],
        out_no=text(fields, "out_trade_no"),
        provider_no=text(fields, "transaction_id"),
        amount_fen=fen(amount, "total"),
        currency=text(amount, "currency") or CURRENCY,
        paid_at=moment(fields, "success_time"),
        word=word,
        payer=text(part(fields, "payer"), "openid"),
    )


def refund(fields: Mapping[str, Any]) -> Refund:
    """A refund of an answer (``status``) or a notification (``refund_status``).

    :raise ValueError: a field is missing or wrong
    """
    word = text(fields, "status") or text(fields, "refund_status")
    if word not in REFUND_STATES:
        raise ValueError(_lt("no state that is known"))
    amount = part(fields, "amount")
    return Refund(
        state=REFUND_STATES[word],
        out_no=text(fields, "out_trade_no"),
        refund_no=text(fields, "out_refund_no"),
        provider_no=text(fields, "refund_id"),
        amount_fen=fen(amount, "refund"),
        currency=text(amount, "currency") or CURRENCY,
        refunded_at=moment(fields, "success_time"),
        word=word,
    )

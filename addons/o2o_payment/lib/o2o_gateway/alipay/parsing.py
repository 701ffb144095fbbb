"""Reading the fields of Alipay's answers and notifications."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..clock import parse_beijing
from ..money import parse_yuan
from ..results import Payment, PaymentState
from ..texts import lazy as _lt
from .words import STATES


def text(fields: Mapping[str, Any], name: str) -> str:
    """A field that may be missing.

    :raise ValueError: it is there and no text
    """
    value = fields.get(name, "")
    if not isinstance(value, str):
        raise ValueError(_lt("%(name)s is no text", name=name))
    return value


def fen(fields: Mapping[str, Any], name: str) -> int | None:
    """:raise ValueError: it is there and no amount"""
    value = text(fields, name)
    return parse_yuan(value) if value else None


def moment(fields: Mapping[str, Any], *names: str) -> datetime | None:
    """The first of ``names`` that is there; Alipay adds ``.123`` to some.

    :raise ValueError: it is there and no moment
    """
    for name in names:
        if value := text(fields, name):
            return parse_beijing(value[:19])
    return None


def payment(fields: Mapping[str, Any], state: PaymentState | None = None) -> Payment:
    """The payment that an answer or a notification tells of.

    :param state: what an answer means that has no ``trade_status``
    :raise ValueError: a field is missing or wrong
    """
    word = text(fields, "trade_status")
    found = state or STATES.get(word)
    if found is None:
        raise ValueError(_lt("no state that is known"))
    return Payment(
        state=found,
        out_no=text(fields, "out_trade_no"),
        provider_no=text(fields, "trade_no"),
        amount_fen=fen(fields, "total_amount"),
        paid_at=moment(fields, "gmt_payment", "send_pay_date"),
        word=word,
        is_final=word == "TRADE_FINISHED",
        payer=text(fields, "buyer_open_id")
        or text(fields, "buyer_user_id")
        or text(fields, "buyer_id"),
    )

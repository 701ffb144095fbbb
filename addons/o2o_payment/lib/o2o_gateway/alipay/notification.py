"""Notifications and returns of Alipay: signed forms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import parse_qsl

from ..outcome import (
    INVALID,
    NOT_AUTHENTIC,
    UNKNOWN_KEY,
    Outcome,
    ok,
    rejected,
    unknown,
)
from ..results import EventKind, Notification, Refund, RefundState
from ..texts import lazy as _lt
from . import parsing
from .signing import notification_content
from .trust import CertificateTrust, KeyTrust

#: bytes and fields of a notification; real ones have some two thousand and thirty
MAX_BODY = 64 * 1024
MAX_FIELDS = 200
_CHARSETS = ("utf-8", "gbk", "gb2312", "gb18030")


def signed_form(
    body: bytes, trust: KeyTrust | CertificateTrust, now: datetime
) -> Outcome[dict[str, str]]:
    """The fields of a form whose signature was verified."""
    try:
        fields, charset = _fields(body)
        data = notification_content(fields).encode(charset)
    except ValueError:
        return rejected(INVALID, _lt("This is no notification of Alipay."))
    if fields.get("sign_type") != "RSA2":
        return rejected(NOT_AUTHENTIC, _lt("The notification is not signed with RSA2."))
    serial = fields.get("alipay_cert_sn", "")
    if not trust.knows(serial, now):
        return unknown(UNKNOWN_KEY, _lt("The notification is signed with a new key."))
    if not trust.verify(data, fields.get("sign", ""), serial, now):
        return rejected(
            NOT_AUTHENTIC, _lt("The signature of the notification is wrong.")
        )
    return ok(fields)


def _fields(body: bytes) -> tuple[dict[str, str], str]:
    """:raise ValueError: not such a form, or a name twice"""
    if len(body) > MAX_BODY:
        raise ValueError(_lt("too long"))
    form = body.decode("ascii")
    charset = dict(_pairs(form, "latin-1")).get("charset", "utf-8").lower()
    if charset not in _CHARSETS:
        raise ValueError(_lt("a charset that Alipay does not use"))
    pairs = _pairs(form, charset)
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError(_lt("a name stands twice"))
    return fields, charset


def _pairs(form: str, charset: str) -> list[tuple[str, str]]:
    return parse_qsl(
        form,
        keep_blank_values=True,
        encoding=charset,
        errors="strict",
        max_num_fields=MAX_FIELDS,
    )


def read(
    fields: Mapping[str, str], app_id: str, seller_id: str
) -> Outcome[Notification]:
    """What a verified notification tells us, if it is for us (FAULT-8)."""
    if fields.get("app_id") != app_id:
        return rejected(INVALID, _lt("The notification is for another application."))
    if seller_id and fields.get("seller_id", seller_id) != seller_id:
        return rejected(INVALID, _lt("The notification is for another seller."))
    key = fields.get("notify_id", "")
    try:
        payment = parsing.payment(fields)
        refund = _refund(fields)
    except ValueError:
        return rejected(INVALID, _lt("The notification cannot be read."))
    if not key or not payment.out_no:
        return rejected(INVALID, _lt("The notification has no number."))
    return ok(
        Notification(
            key=key,
            kind=EventKind.REFUND if refund else EventKind.PAYMENT,
            merchant={
                name: fields[name]
                for name in ("app_id", "auth_app_id", "seller_id")
                if fields.get(name)
            },
            payment=payment,
            refund=refund,
            content=dict(fields),
        )
    )


def _refund(fields: Mapping[str, str]) -> Refund | None:
    """The refund that a notification tells of; its ``refund_fee`` is the sum of all."""
    if not fields.get("gmt_refund") or not fields.get("out_biz_no"):
        return None
    return Refund(
        state=RefundState.DONE,
        out_no=fields.get("out_trade_no", ""),
        refund_no=fields["out_biz_no"],
        provider_no=fields.get("trade_no", ""),
        total_refunded_fen=parsing.fen(fields, "refund_fee"),
        refunded_at=parsing.moment(fields, "gmt_refund"),
    )

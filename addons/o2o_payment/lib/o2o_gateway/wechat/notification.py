"""Notifications: signed JSON with an encrypted part."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..keyset import KeySet
from ..outcome import INVALID, Outcome, ok, rejected, unknown
from ..results import EventKind, Notification
from ..secret import Secret
from ..texts import lazy as _lt
from . import parsing
from .sealed import CANNOT_OPEN, SealProblem, unseal
from .signing import Signature

_logger = logging.getLogger(__name__)

#: bytes of a notification; real ones have less than four thousand
MAX_BODY = 64 * 1024


def read(
    headers: Mapping[str, str],
    body: bytes,
    keys: KeySet,
    api_key: Secret,
    now: datetime,
) -> Outcome[dict[str, Any]]:
    """The envelope of a verified notification, with ``resource`` opened."""
    if len(body) > MAX_BODY:
        return rejected(INVALID, _lt("This is too long for a notification."))
    if body.lstrip()[:5] == b"<xml>":
        return rejected(
            INVALID,
            _lt(
                "This is a notification of API v2: delete the address for refunds in "
                "the merchant console, version 3 gets its own with each refund."
            ),
        )
    signature = Signature.of(headers).check(body, keys, now)
    if not signature.is_ok:
        return signature.failure()
    try:
        envelope = parsing.json_object(body)
        envelope["opened"] = unseal(envelope.get("resource"), api_key).decode("utf-8")
        envelope["resource"] = parsing.json_object(envelope["opened"].encode())
    except SealProblem:
        # the signature is right: this is no attack, somebody has to look at the key
        _logger.error("WeChat Pay: the APIv3 key does not open a notification")
        return unknown(
            CANNOT_OPEN, _lt("The APIv3 key does not open the notification: wrong key.")
        )
    except ValueError:
        return rejected(INVALID, _lt("The notification cannot be read."))
    return ok(envelope)


def tell(envelope: dict[str, Any], mchid: str, app_id: str) -> Outcome[Notification]:
    """What it tells us, if it is for us (FAULT-8)."""
    content = envelope["resource"]
    if content.get("mchid") != mchid:
        return rejected(INVALID, _lt("The notification is for another merchant."))
    if content.get("appid", app_id) != app_id:
        return rejected(INVALID, _lt("The notification is for another app."))
    try:
        event = parsing.text(envelope, "event_type")
        key = parsing.text(envelope, "id")
        is_refund = event.startswith("REFUND.")
        if not is_refund and event != "TRANSACTION.SUCCESS":
            return rejected(INVALID, _lt("The notification is about something else."))
        refund = parsing.refund(content) if is_refund else None
        payment = None if is_refund else parsing.payment(content)
        summary = parsing.text(envelope, "summary")
    except ValueError:
        return rejected(INVALID, _lt("The notification cannot be read."))
    told = refund or payment
    if not key or not told or not told.out_no or (refund and not refund.refund_no):
        return rejected(INVALID, _lt("The notification has no number."))
    return ok(
        Notification(
            key=key,
            kind=EventKind.REFUND if refund else EventKind.PAYMENT,
            merchant={
                name: str(content[name])
                for name in ("mchid", "appid")
                if content.get(name)
            },
            payment=payment,
            refund=refund,
            content={
                "event_type": event,
                "summary": summary,
                "resource": envelope["opened"],
            },
        )
    )

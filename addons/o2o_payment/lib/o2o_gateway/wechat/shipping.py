"""Telling WeChat that goods were sent: without it a mini program gets no money.

A request to ``api.weixin.qq.com``, not to WeChat Pay: it is signed by nobody and
authorised by the access token of the mini program. This module builds it and reads the
answer; when it is sent, and sent again, is the outbox's business.
"""

from __future__ import annotations

import enum
import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from ..clock import beijing
from ..order_numbers import check_legal
from ..outcome import BAD_ANSWER, Outcome, ok, rejected, unknown
from ..secret import Secret
from ..texts import lazy as _lt
from ..transport import Reply
from . import parsing

HOST = "https://api.weixin.qq.com"
PATH = "/wxa/sec/order/upload_shipping_info"
#: get a new access token, then send again
TOKEN_EXPIRED = "o2o.token_expired"
MAX_ITEM = 120
MAX_PARCELS = 10
#: this carrier wants a telephone number
_NEEDS_CONTACT = "SF"
_DIGITS = re.compile(r"\+?[0-9 \-]{7,20}")

_TOKEN = (40001, 40014, 42001)
#: the same was told before: nothing is left to do
_KNOWN_ALREADY = (10060023,)
_BUSY = (-1, 10060012)


class Logistics(enum.IntEnum):
    """How goods reach the buyer."""

    EXPRESS = 1
    LOCAL = 2
    VIRTUAL = 3
    PICKUP = 4


@dataclass(frozen=True)
class Parcel:
    """One parcel, or the goods as a whole where there is no parcel.

    :raise ValueError: no description, or one that is too long
    """

    item: str
    tracking_no: str = ""
    #: WeChat's code of the carrier: ``SF``, ``YTO``, …
    carrier: str = ""
    sender_phone: str = field(default="", repr=False)
    receiver_phone: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not self.item.strip() or len(self.item) > MAX_ITEM:
            raise ValueError(
                _lt("goods are described in 1 to %(most)s characters", most=MAX_ITEM)
            )


@dataclass(frozen=True)
class Shipping:
    """What was sent for one payment.

    :raise ValueError: something that WeChat would refuse
    """

    mchid: str
    out_no: str
    #: who paid, as the query of the payment says
    openid: str = field(repr=False)
    logistics: Logistics
    parcels: tuple[Parcel, ...]
    sent_at: datetime
    #: several parcels, sent one after the other
    is_split: bool = False
    #: nothing is still to come
    is_complete: bool = True

    def __post_init__(self) -> None:
        check_legal(self.out_no)
        beijing(self.sent_at)
        is_express = self.logistics is Logistics.EXPRESS
        if not self.openid:
            raise ValueError(_lt("it takes the payer's number"))
        if self.is_split and not is_express:
            raise ValueError(_lt("only what a carrier brings comes in parts"))
        most = MAX_PARCELS if self.is_split else 1
        if not 1 <= len(self.parcels) <= most:
            raise ValueError(_lt("there are between 1 and %(most)s parcels", most=most))
        for parcel in self.parcels:
            if is_express != bool(parcel.tracking_no and parcel.carrier):
                raise ValueError(
                    _lt("carrier and number belong to a parcel of a carrier")
                )
            phones = parcel.sender_phone or parcel.receiver_phone
            if parcel.carrier == _NEEDS_CONTACT and not phones:
                raise ValueError(_lt("this carrier wants a telephone number"))


def request(shipping: Shipping, access_token: Secret) -> tuple[str, bytes]:
    """Path (with the token: never log it) and body of the request."""
    content: dict[str, Any] = {
        "order_key": {
            "order_number_type": 1,
            "mchid": shipping.mchid,
            "out_trade_no": shipping.out_no,
        },
        "logistics_type": int(shipping.logistics),
        "delivery_mode": 2 if shipping.is_split else 1,
        "shipping_list": [_parcel(one) for one in shipping.parcels],
        "upload_time": beijing(shipping.sent_at).isoformat(timespec="milliseconds"),
        "payer": {"openid": shipping.openid},
    }
    if shipping.is_split:
        content["is_all_delivered"] = shipping.is_complete
    # WeChat shows \\u escapes as they are: the text itself has to be sent
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return f"{PATH}?access_token={quote(access_token.reveal(), safe='')}", body


def _parcel(parcel: Parcel) -> dict[str, Any]:
    found: dict[str, Any] = {"item_desc": parcel.item}
    if parcel.tracking_no:
        found["tracking_no"] = parcel.tracking_no
        found["express_company"] = parcel.carrier
    contact = {
        "consignor_contact": mask_phone(parcel.sender_phone),
        "receiver_contact": mask_phone(parcel.receiver_phone),
    }
    if any(contact.values()):
        found["contact"] = {name: text for name, text in contact.items() if text}
    return found


def mask_phone(text: str) -> str:
    """``138****5678``: all but the last four digits may be hidden, and is.

    What is no number of a telephone becomes "": nothing of it is sent.
    """
    if not _DIGITS.fullmatch(text):
        return ""
    digits = re.sub(r"[^0-9]", "", text)
    return f"{digits[:3]}****{digits[-4:]}"


def read_answer(reply: Reply) -> Outcome[None]:
    """``OK``: WeChat knows. ``UNKNOWN``: send the same again later, it does no harm."""
    try:
        answer = parsing.json_object(reply.body)
    except ValueError:
        return unknown(
            BAD_ANSWER,
            _lt("The answer is not WeChat's: HTTP %(status)s.", status=reply.status),
        )
    code = answer.get("errcode")
    if type(code) is not int or reply.status != 200:
        return unknown(
            BAD_ANSWER,
            _lt("The answer is not WeChat's: HTTP %(status)s.", status=reply.status),
        )
    if code == 0 or code in _KNOWN_ALREADY:
        return ok(None, str(code))
    if code in _TOKEN:
        return rejected(TOKEN_EXPIRED, _lt("The access token is too old."))
    if code in _BUSY:
        return unknown(str(code), _lt("WeChat is busy."))
    return rejected(
        str(code), _lt("WeChat refused the shipping information (%(code)s).", code=code)
    )

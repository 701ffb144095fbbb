"""Shipping information of mini programs, as ``api.weixin.qq.com`` takes it."""

from __future__ import annotations

import json
import secrets
from typing import Any
from urllib.parse import parse_qsl

from ..ledger import Ledger
from ..web import Request, Response
from .identity import MCHID

OK, BAD_TOKEN = 0, 40001
NO_ORDER, DONE, NOT_PAID, BAD_FIELD, SAME = (
    10060001,
    10060002,
    10060004,
    10060014,
    10060023,
)


class Shipments:
    """What was told about each payment: parcels as they leave, until all have left;
    once more is allowed after that, then it is final."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.access_token = secrets.token_urlsafe(48)
        self.told: dict[str, list[dict[str, Any]]] = {}

    def answer(self, request: Request) -> Response:
        code = self._take(request)
        content = {"errcode": code, "errmsg": "ok" if code == OK else "模拟的错误"}
        body = json.dumps(content, ensure_ascii=False).encode()
        return Response(body, 200, "application/json")

    def _take(self, request: Request) -> int:
        if dict(parse_qsl(request.query)).get("access_token") != self.access_token:
            return BAD_TOKEN
        try:
            content = json.loads(request.body)
            key = content["order_key"]
            out_no, mchid = key["out_trade_no"], key["mchid"]
            is_complete = bool(
                content["logistics_type"] in (1, 2, 3, 4)
                and content["shipping_list"]
                and content["payer"]["openid"]
                and content["upload_time"]
            )
        except (ValueError, KeyError, TypeError):
            return BAD_FIELD
        trade = self._ledger.find(out_no)
        if trade is None or mchid != MCHID:
            return NO_ORDER
        if trade.paid_at is None:
            return NOT_PAID
        if not is_complete:
            return BAD_FIELD
        before = self.told.setdefault(out_no, [])
        if before and _without_time(before[-1]) == _without_time(content):
            return SAME
        if sum(map(_is_all, before)) > 1:
            return DONE
        before.append(content)
        return OK


def _is_all(content: dict[str, Any]) -> bool:
    return content.get("delivery_mode") != 2 or content.get("is_all_delivered") is True


def _without_time(content: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name != "upload_time"}

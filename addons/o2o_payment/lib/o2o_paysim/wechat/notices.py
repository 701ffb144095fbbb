"""Notifications of payments and refunds, right and wrong ones."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from o2o_gateway.clock import beijing

from ..ledger import Trade
from ..module import Surroundings
from ..notifier import Letter
from .identity import MCHID, Identity

NOTIFY_FAULTS = (
    "probe",  # signed wrongly on purpose, and known by its beginning
    "old",  # signed six minutes ago
    "unknown_serial",  # signed with a key that nobody has seen
    "wrong_api_key",  # the content is encrypted with another key
)


@dataclass
class RefundNote:
    """What WeChat Pay knows of a refund, also of one that failed."""

    trade: Trade
    refund_no: str
    refund_id: str
    amount_fen: int
    at: datetime
    notify_url: str
    #: ``PROCESSING``, ``SUCCESS``, ``ABNORMAL``, ``CLOSED``
    word: str

    @property
    def out_no(self) -> str:
        return self.trade.out_no

    def content(self) -> dict[str, Any]:
        """As the API tells it."""
        found: dict[str, Any] = {
            "refund_id": self.refund_id,
            "out_refund_no": self.refund_no,
            "transaction_id": self.trade.provider_no,
            "out_trade_no": self.out_no,
            "channel": "ORIGINAL",
            "user_received_account": "支付用户零钱",
            "create_time": beijing(self.at).replace(microsecond=0).isoformat(),
            "status": self.word,
            "funds_account": "AVAILABLE",
            "amount": {
                "total": self.trade.amount_fen,
                "refund": self.amount_fen,
                "payer_total": self.trade.amount_fen,
                "payer_refund": self.amount_fen,
                "currency": "CNY",
            },
        }
        if self.word == "SUCCESS":
            found["success_time"] = found["create_time"]
        return found

    def notice(self) -> dict[str, Any]:
        """As a notification tells it: other names, no currency."""
        found = self.content()
        found["refund_status"] = found.pop("status")
        del found["amount"]["currency"]
        return {"mchid": MCHID, **found}


class Postbox:
    """Makes letters; who sends them is the notifier's business."""

    def __init__(
        self, identity: Identity, around: Surroundings, retries: Sequence[float]
    ) -> None:
        self._identity = identity
        self._around = around
        self._retries = retries
        #: the address for refunds in the merchant console, a leftover of API v2
        self.console_url = ""

    def letter(
        self, url: str, event: str, content: Mapping[str, Any], fault: str = ""
    ) -> Letter:
        told = json.loads(json.dumps(content))
        if fault == "wrong_amount":
            told["amount"]["total"] += 100
        if fault == "wrong_merchant":
            told["mchid"] = "1900000108"
        signed = sent = self._body(event, told, fault)
        if fault == "tampered":
            told["amount"]["total"] = 1
            sent = self._body(event, told, fault)
        return Letter(
            url=url,
            body=sent,
            content_type="application/json",
            is_taken=lambda status, body: status in (200, 204),
            intervals=self._retries,
            headers=lambda: self._headers(signed, fault),
        )

    def refund_letter(self, note: RefundNote) -> Letter | None:
        """The letter about a refund; of API v2 if only the console has an address."""
        if note.notify_url:
            return self.letter(note.notify_url, f"REFUND.{note.word}", note.notice())
        if not self.console_url:
            return None
        body = (
            "<xml><return_code>SUCCESS</return_code><req_info>T87GAHG1</req_info></xml>"
        )
        return Letter(
            url=self.console_url,
            body=body.encode(),
            content_type="text/xml",
            is_taken=lambda status, answer: b"SUCCESS" in answer,
            intervals=self._retries,
        )

    def _body(self, event: str, content: Mapping[str, Any], fault: str) -> bytes:
        text = json.dumps(content, ensure_ascii=False).encode()
        kind = "refund" if event.startswith("REFUND") else "transaction"
        identity = self._identity
        key = secrets.token_hex(16) if fault == "wrong_api_key" else identity.api_key
        envelope = {
            "id": secrets.token_hex(16),
            "create_time": beijing(self._around.clock())
            .replace(microsecond=0)
            .isoformat(),
            "resource_type": "encrypt-resource",
            "event_type": event,
            "summary": "支付成功" if kind == "transaction" else "退款通知",
            "resource": {"original_type": kind, **identity.seal(text, kind, key)},
        }
        return json.dumps(envelope, ensure_ascii=False).encode()

    def _headers(self, body: bytes, fault: str) -> dict[str, str]:
        """Of one try: with the time of this try, and the key whose turn it is."""
        if fault == "unsigned":
            return {}
        signer = self._identity.signer()
        if fault == "wrong_key":
            signer = self._identity.impostor(signer)
        if fault == "unknown_serial":
            signer = self._identity.stranger()
        stamp = int(self._around.clock().timestamp()) - (360 if fault == "old" else 0)
        headers = signer.headers(body, stamp)
        if fault == "probe":
            value = headers["Wechatpay-Signature"]
            headers["Wechatpay-Signature"] = f"WECHATPAY/SIGNTEST/{value}"
        return headers

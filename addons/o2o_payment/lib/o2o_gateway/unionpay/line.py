"""Requests to UnionPay that are signed, and answers that UnionPay has signed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..clock import Clock, compact_beijing, skew_seconds
from ..outcome import BAD_ANSWER, Outcome, ok, rejected, unknown
from ..texts import lazy as _lt
from ..transport import MAX_ANSWER, Reply, Transport
from . import wire, words
from .settings import Settings
from .times import Stamp

FRONT = "/gateway/api/frontTransReq.do"
BACK = "/gateway/api/backTransReq.do"
QUERY = "/gateway/api/queryTrans.do"
#: what an answer has in common with its request
_NAMES = ("merId", "orderId", "txnTime")
_SHOWN = 60


class Line:
    """The line of one merchant to UnionPay."""

    def __init__(self, settings: Settings, transport: Transport, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.charset = wire.charset_of(settings.encoding)
        self._transport = transport
        #: how far our clock is ahead of UnionPay's, by its last answer
        self.skew_seconds: float | None = None

    def base(self, kind: str, sub_kind: str, product: str) -> dict[str, str]:
        return {
            "version": "5.1.0",
            "encoding": self.settings.encoding,
            "signMethod": "01",
            "txnType": kind,
            "txnSubType": sub_kind,
            "bizType": product,
            "accessType": "0",
            "merId": self.settings.merchant_no,
        }

    def signed(self, fields: Mapping[str, str], charset: str) -> dict[str, str]:
        """Without empty fields, with ``certId`` and ``signature``."""
        signing = self.settings.signing
        filled = {name: value for name, value in fields.items() if value}
        filled["certId"] = signing.cert_id
        data = wire.digest(filled, charset)
        return {**filled, wire.SIGNATURE: signing.key.sign(data)}

    def call(
        self,
        path: str,
        fields: Mapping[str, str],
        *,
        transport: Transport | None = None,
        max_bytes: int = MAX_ANSWER,
    ) -> Outcome[dict[str, str]]:
        """The answer to a request, signed by UnionPay; its ``respCode`` is the code.

        Whatever else comes back is ``UNKNOWN``: an error that nobody signed, for
        instance the one about a wrong signature of ours (FAULT-13).
        """
        body = wire.form(self.signed(fields, self.charset), self.charset)
        encoding = self.settings.encoding
        reply = (transport or self._transport).exchange(
            "POST",
            path,
            headers={
                "Content-Type": f"application/x-www-form-urlencoded;charset={encoding}"
            },
            body=body,
            max_bytes=max_bytes,
        )
        if not reply.is_ok:
            return reply.failure()
        date_header = reply.value.headers.get("Date", "")
        self.skew_seconds = skew_seconds(date_header, self.clock())
        return self._read(reply.value, fields)

    def _read(self, reply: Reply, asked: Mapping[str, str]) -> Outcome[dict[str, str]]:
        if reply.status != 200:
            return unknown(
                BAD_ANSWER,
                _lt("UnionPay answers with status %(status)s.", status=reply.status),
            )
        try:
            answer, charset = wire.parse_answer(reply.body, self.charset)
        except ValueError:
            return unknown(BAD_ANSWER, _lt("The answer is no message of UnionPay."))
        checked = self.settings.trust.check(answer, charset, self.clock())
        if not checked.is_ok:
            reason = checked.reason
            if "respCode" in answer:
                reason = _lt(
                    "%(reason)s It says: %(words)s.",
                    reason=reason,
                    words=_short(answer),
                )
            return unknown(checked.code, reason)
        code = answer.get("respCode", "")
        if not code:
            return unknown(BAD_ANSWER, _lt("The answer has no code."))
        # what it could not read, UnionPay leaves out of a refusal
        needed = _NAMES if code in words.SUCCESS else ()
        for name in _NAMES:
            given = answer.get(name)
            if name in asked and (given or name in needed) and given != asked[name]:
                return unknown(BAD_ANSWER, _lt("The answer is about something else."))
        return ok(answer, code)

    def ask(self, number: str, stamp: Stamp) -> Outcome[dict[str, str]]:
        """A query that was answered: code ``34``, or fields with ``origRespCode``.

        A query that is refused (asked too often, closed for the night) says nothing of
        what it asks about: ``UNKNOWN``, never a refusal.
        """
        answer = self.call(
            QUERY,
            {
                **self.base("00", "00", words.QR_PRODUCT),
                **named(number, stamp),
            },
        )
        if not answer.is_ok or answer.code == words.ABSENT:
            return answer
        if answer.code not in words.SUCCESS:
            return unknown(answer.code, says(answer))
        if not answer.value.get("origRespCode"):
            return unknown(BAD_ANSWER, _lt("The answer does not say what was asked."))
        return answer


def named(number: str, stamp: Stamp) -> dict[str, str]:
    """The two fields by which UnionPay knows an order."""
    return {"orderId": number, "txnTime": compact_beijing(stamp.sent_at)}


def failed(answer: Outcome[dict[str, str]]) -> Outcome[Any]:
    """The failure that an answer tells of."""
    if answer.code in words.PENDING:
        return unknown(answer.code, says(answer))
    return rejected(answer.code, says(answer))


def says(answer: Outcome[dict[str, str]]) -> str:
    return _lt("UnionPay says: %(words)s.", words=_short(answer.value))


def _short(answer: Mapping[str, str]) -> str:
    text = f"{answer.get('respCode', '')} {answer.get('respMsg', '')}"
    return "".join(sign for sign in text if sign.isprintable())[:_SHOWN]

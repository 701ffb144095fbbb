"""The client of Alipay's v2 gateway (issue 6, payments.md §2.1)."""

from __future__ import annotations

import base64
import binascii
import json
import logging
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from ..clock import Clock, format_beijing, skew_seconds, system_clock
from ..codes import ALIPAY
from ..gateway import BILL_EMPTY, BILL_NOT_READY, Gateway, Order, RefundOrder
from ..keys import PrivateKey
from ..money import format_yuan
from ..order_numbers import check_legal
from ..outcome import (
    BAD_ANSWER,
    INVALID,
    NOT_AUTHENTIC,
    UNKNOWN_KEY,
    Outcome,
    ok,
    rejected,
    unknown,
)
from ..results import (
    Acknowledgement,
    Bill,
    CancelAction,
    Cancellation,
    Finding,
    Notification,
    Page,
    Payment,
    PaymentState,
    QrCode,
    Refund,
    RefundState,
)
from ..secret import Secret
from ..texts import lazy as _lt
from ..transport import Reply, Transport
from . import bill as bill_file
from . import notification, parsing, words
from .signing import members, request_content
from .trust import CertificateTrust, KeyTrust

_logger = logging.getLogger(__name__)

PRODUCTION = "https://openapi.alipay.com/gateway.do"
SANDBOX = "https://openapi-sandbox.dl.alipaydev.com/gateway.do"

#: Alipay's word for credit cards, Huabei and its instalments
CREDIT_CHANNELS = "credit_group"
#: what Alipay refuses in a subject, and what would break the rows of its bill
_NOT_IN_SUBJECT = re.compile(r"[/=&,\"\x00-\x1f\x7f]+")
_QR_LIFETIME = timedelta(hours=2)
_ACTIONS = {
    "": CancelAction.NOTHING,
    "close": CancelAction.CLOSED,
    "refund": CancelAction.REFUNDED,
}
_SELLER = re.compile(r"2088[0-9]{12}")
#: seconds by which our clock may differ before somebody has to look
_MAX_SKEW = 60
_WRONG_SIGNATURE = _lt("The signature of the answer is wrong: is that key Alipay's?")
_DOWNLOAD = "alipay.open.app.alipaycert.download"


@dataclass(frozen=True)
class Settings:
    """One application of one seller at Alipay."""

    app_id: str
    #: the seller's number (2088…); notifications for another one are refused
    seller_id: str
    private_key: PrivateKey
    trust: KeyTrust | CertificateTrust
    url: str = PRODUCTION


@dataclass(frozen=True)
class _Envelope:
    """An answer before anybody believes it."""

    node: str = field(repr=False)
    signature: str
    serial: str


class AlipayGateway(Gateway):
    """Alipay for one application.

    Outcomes beyond what :class:`~..gateway.Gateway` says:

    * A precreated payment comes into being at the first scan: until then ``query`` and
      ``close`` say ``ABSENT``, and the code can still be scanned until it expires.
    * A refund is ``PENDING`` when Alipay says that no money moved *by this call*: it
      may have been done before. Ask ``query_refund``, ten seconds later or more.
    """

    code = "alipay"

    def __init__(
        self,
        settings: Settings,
        *,
        transport: Transport | None = None,
        clock: Clock = system_clock,
        on_new_certificate: Callable[[str], None] | None = None,
    ) -> None:
        """
        :param on_new_certificate: gets the PEM of a new certificate of Alipay to keep
        """
        self._settings = settings
        self._transport = transport or Transport([settings.url])
        self._clock = clock
        self._on_new_certificate = on_new_certificate
        #: how far our clock is ahead of Alipay's, by its last answer
        self.skew_seconds: float | None = None

    def __repr__(self) -> str:
        return f"AlipayGateway({self._settings.app_id})"

    # payments

    def pay_by_page(self, order: Order, *, on_phone: bool = False) -> Outcome[Page]:
        method, product = (
            ("alipay.trade.wap.pay", "QUICK_WAP_WAY")
            if on_phone
            else ("alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY")
        )
        params, body = self._signed(
            method,
            {**self._order_fields(order), "product_code": product},
            notify_url=order.notify_url,
            return_url=order.return_url,
        )
        url = f"{self._settings.url}?{urlencode(params)}"
        return ok(Page("POST", url, {"biz_content": body}))

    def pay_by_qr(self, order: Order) -> Outcome[QrCode]:
        answer = self._call(
            "alipay.trade.precreate",
            {**self._order_fields(order), "product_code": "QR_CODE_OFFLINE"},
            notify_url=order.notify_url,
        )
        if _refused(answer, *words.ALREADY_PAID, *words.NUMBER_IN_USE):
            return unknown(answer.code, answer.reason)
        if not answer.is_ok:
            return answer.failure()
        text = answer.value.get("qr_code")
        if answer.value.get("out_trade_no") != order.out_no or not _is_code_url(text):
            return unknown(BAD_ANSWER, _lt("The answer holds no code for this order."))
        expires = min(order.expires_at, self._clock() + _QR_LIFETIME)
        return ok(QrCode(str(text), expires))

    def pay_by_code(self, order: Order, auth_code: Secret) -> Outcome[Payment]:
        if not ALIPAY.fullmatch(auth_code.reveal()):
            return rejected(INVALID, _lt("This is no payment code of Alipay."))
        answer = self._call(
            "alipay.trade.pay",
            {
                **self._order_fields(order),
                "product_code": "FACE_TO_FACE_PAYMENT",
                "scene": "bar_code",
                "auth_code": auth_code.reveal(),
            },
            notify_url=order.notify_url,
        )
        if _refused(answer, *words.ALREADY_PAID):
            # of this number: an earlier call whose answer was lost
            return self.query(order.out_no)
        if answer.is_unknown and answer.code == words.BUSY:
            # nobody was charged, and the customer's code is not used up
            return rejected(answer.code, answer.reason)
        if _refused(answer, *words.NUMBER_IN_USE):
            return unknown(answer.code, answer.reason)
        if not answer.is_ok:
            return answer.failure()
        state = (
            PaymentState.PAID if answer.code == words.SUCCESS else PaymentState.WAITING
        )
        return self._payment(answer, order.out_no, state)

    def query(self, out_no: str) -> Outcome[Payment]:
        answer = self._call("alipay.trade.query", {"out_trade_no": check_legal(out_no)})
        if _refused(answer, words.TRADE_NOT_EXIST):
            return ok(Payment(PaymentState.ABSENT, out_no), answer.code)
        return self._payment(answer, out_no)

    def close(self, out_no: str) -> Outcome[Payment]:
        answer = self._call("alipay.trade.close", {"out_trade_no": check_legal(out_no)})
        if _refused(answer, words.TRADE_NOT_EXIST):
            return ok(Payment(PaymentState.ABSENT, out_no), answer.code)
        if _refused(answer, *words.WRONG_STATE):
            return self.query(out_no)
        return self._payment(answer, out_no, PaymentState.CLOSED)

    def cancel(self, out_no: str) -> Outcome[Cancellation]:
        answer = self._call(
            "alipay.trade.cancel", {"out_trade_no": check_legal(out_no)}
        )
        if _refused(answer, words.TRADE_NOT_EXIST):
            return ok(Cancellation(out_no, CancelAction.NOTHING), answer.code)
        if not answer.is_ok:
            return answer.failure()
        node = answer.value
        if node.get("out_trade_no", out_no) != out_no:
            return unknown(BAD_ANSWER, _lt("The answer is about another payment."))
        if node.get("retry_flag") != "N":
            return unknown("RETRY", _lt("Alipay asks to cancel once more."))
        action = _ACTIONS.get(node.get("action", ""))
        if action is None:
            return unknown(
                BAD_ANSWER, _lt("The answer names an action that is not known.")
            )
        return ok(Cancellation(out_no, action, str(node.get("trade_no", ""))))

    # refunds

    def refund(self, order: RefundOrder) -> Outcome[Refund]:
        biz = {
            "out_trade_no": order.out_no,
            "out_request_no": order.refund_no,
            "refund_amount": format_yuan(order.amount_fen),
        }
        if order.reason:
            biz["refund_reason"] = order.reason[:80]
        answer = self._call("alipay.trade.refund", biz)
        if not answer.is_ok:
            return answer.failure()
        node = answer.value
        if node.get("out_trade_no") != order.out_no:
            return unknown(BAD_ANSWER, _lt("The answer is about another payment."))
        is_done = node.get("fund_change") == "Y"
        try:
            return ok(
                Refund(
                    state=RefundState.DONE if is_done else RefundState.PENDING,
                    out_no=order.out_no,
                    refund_no=order.refund_no,
                    provider_no=parsing.text(node, "trade_no"),
                    total_refunded_fen=parsing.fen(node, "refund_fee"),
                    refunded_at=parsing.moment(node, "gmt_refund_pay"),
                )
            )
        except ValueError:
            return unknown(BAD_ANSWER, _lt("The answer cannot be read."))

    def query_refund(self, out_no: str, refund_no: str) -> Outcome[Refund]:
        answer = self._call(
            "alipay.trade.fastpay.refund.query",
            {
                "out_trade_no": check_legal(out_no),
                "out_request_no": check_legal(refund_no),
                "query_options": ["gmt_refund_pay"],
            },
        )
        absent = Refund(RefundState.ABSENT, out_no, refund_no)
        if _refused(answer, words.TRADE_NOT_EXIST):
            return ok(absent, answer.code)
        if not answer.is_ok:
            return answer.failure()
        node = answer.value
        # a number that Alipay does not know is answered with success and nothing else
        if not node.get("out_request_no"):
            return ok(absent)
        if (node["out_request_no"], node.get("out_trade_no")) != (refund_no, out_no):
            return unknown(BAD_ANSWER, _lt("The answer is about another refund."))
        word = str(node.get("refund_status", ""))
        is_done = word == "REFUND_SUCCESS"
        try:
            return ok(
                replace(
                    absent,
                    state=RefundState.DONE if is_done else RefundState.PENDING,
                    provider_no=parsing.text(node, "trade_no"),
                    amount_fen=parsing.fen(node, "refund_amount"),
                    refunded_at=parsing.moment(node, "gmt_refund_pay"),
                    word=word,
                )
            )
        except ValueError:
            return unknown(BAD_ANSWER, _lt("The answer cannot be read."))

    # setting up

    def self_test(self) -> tuple[Finding, ...]:
        """What is wrong with the settings: nothing is charged, one query is made."""
        found = self._settings.trust.findings(self._settings.private_key, self._clock())
        if not _SELLER.fullmatch(self._settings.seller_id):
            text = _lt("The seller's number has 16 digits and begins with 2088.")
            found.append(Finding("seller", text))
        # a number that nobody has used: "unknown to Alipay" is the right answer
        answer = self.query(f"P{secrets.token_hex(12)}")
        if not answer.is_ok:
            found.append(Finding(answer.code, answer.reason))
        skew = self.skew_seconds
        if skew is not None and abs(skew) > _MAX_SKEW:
            text = _lt(
                "The clock of this server is %(seconds)s seconds off.",
                seconds=round(skew),
            )
            found.append(Finding("clock", text))
        return tuple(found)

    # bills

    def bill(self, day: date) -> Outcome[Bill]:
        answer = self._call(
            "alipay.data.dataservice.bill.downloadurl.query",
            {"bill_type": "trade", "bill_date": day.isoformat()},
        )
        if not answer.is_ok:
            return _bill_failure(answer)
        url = _https(str(answer.value.get("bill_download_url", "")))
        try:
            # good for thirty seconds; a new one is a new call
            reply = self._transport.fetch(url, max_bytes=bill_file.MAX_ZIP)
        except ValueError:
            return unknown(BAD_ANSWER, _lt("The address of the bill is not safe."))
        if not reply.is_ok:
            return reply.failure()
        if reply.value.status != 200:
            return unknown(
                BAD_ANSWER, _lt("The bill: HTTP %(status)s.", status=reply.value.status)
            )
        try:
            return ok(bill_file.parse(reply.value.body, day))
        except bill_file.BillProblem as problem:
            return unknown(
                BAD_ANSWER,
                _lt("The bill cannot be read: %(problem)s.", problem=problem),
            )

    # notifications

    def parse_notification(
        self, headers: Mapping[str, str], body: bytes
    ) -> Outcome[Notification]:
        fields = notification.signed_form(body, self._settings.trust, self._clock())
        if not fields.is_ok:
            return fields.failure()
        return notification.read(
            fields.value, self._settings.app_id, self._settings.seller_id
        )

    def acknowledge(self, is_stored: bool) -> Acknowledgement:
        body = b"success" if is_stored else b"fail"
        return Acknowledgement(200, "text/plain", body)

    def read_return(self, query: bytes) -> Outcome[str]:
        """The number of the payment from which the payer's browser comes back.

        Only the number: it says whom to ask about, never that anything was paid.
        """
        fields = notification.signed_form(query, self._settings.trust, self._clock())
        if not fields.is_ok:
            return fields.failure()
        if fields.value.get("app_id") != self._settings.app_id:
            return rejected(INVALID, _lt("The return is for another application."))
        return ok(fields.value.get("out_trade_no", ""))

    # the wire

    def _order_fields(self, order: Order) -> dict[str, Any]:
        fields = {
            "out_trade_no": order.out_no,
            "total_amount": format_yuan(order.amount_fen),
            "subject": _clean(order.subject) or order.out_no,
            "time_expire": format_beijing(order.expires_at),
            "store_id": order.store_no,
            "terminal_id": order.terminal_no,
            "operator_id": order.operator_no,
            "disable_pay_channels": "" if order.takes_credit else CREDIT_CHANNELS,
        }
        return {name: value for name, value in fields.items() if value}

    def _signed(
        self, method: str, biz: Mapping[str, Any], **more: str
    ) -> tuple[dict[str, str], str]:
        """The parameters of the address, signed, and ``biz_content`` of the body.

        Codes and amounts travel in the body: addresses end in logs.
        """
        body = json.dumps(biz, ensure_ascii=False, separators=(",", ":"))
        params = {
            "app_id": self._settings.app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": format_beijing(self._clock()),
            "version": "1.0",
            **self._settings.trust.request_params(),
            **{name: value for name, value in more.items() if value},
        }
        text = request_content({**params, "biz_content": body})
        params["sign"] = self._settings.private_key.sign(text.encode())
        return params, body

    def _call(
        self, method: str, biz: Mapping[str, Any], **more: str
    ) -> Outcome[dict[str, Any]]:
        """Call a method; ``OK`` with the node of an answer that Alipay signed."""
        envelope = self._send(method, biz, **more)
        if not envelope.is_ok:
            return envelope.failure()
        return self._believe(envelope.value)

    def _send(
        self, method: str, biz: Mapping[str, Any], **more: str
    ) -> Outcome[_Envelope]:
        params, body = self._signed(method, biz, **more)
        reply = self._transport.exchange(
            "POST",
            f"?{urlencode(params)}",
            headers={"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"},
            body=urlencode({"biz_content": body}).encode(),
        )
        if not reply.is_ok:
            return reply.failure()
        date_header = reply.value.headers.get("Date", "")
        self.skew_seconds = skew_seconds(date_header, self._clock())
        return _open(reply.value, method)

    def _believe(self, envelope: _Envelope) -> Outcome[dict[str, Any]]:
        """The node of an envelope, if the signature is Alipay's."""
        now = self._clock()
        if not self._settings.trust.knows(envelope.serial, now):
            self._fetch_certificate(envelope.serial)
        trust = self._settings.trust
        if not trust.knows(envelope.serial, now):
            return unknown(
                UNKNOWN_KEY, _lt("Alipay signed with a key that is not known.")
            )
        data = envelope.node.encode()
        if not trust.verify(data, envelope.signature, envelope.serial, now):
            return unknown(NOT_AUTHENTIC, _WRONG_SIGNATURE)
        return words.judge(json.loads(envelope.node))

    def _fetch_certificate(self, serial: str) -> None:
        """Learn the certificate that an answer to us names (FAULT-20).

        Never caused by a notification: anybody can send those.
        """
        if not isinstance(self._settings.trust, CertificateTrust):
            return
        envelope = self._send(_DOWNLOAD, {"alipay_cert_sn": serial})
        if not envelope.is_ok:
            return
        answer = envelope.value
        pem = _certificate_of(answer.node)
        now = self._clock()
        trust = self._settings.trust.adding(pem, serial, now)
        # the answer may be signed with the new key already
        if trust is None or not trust.verify(
            answer.node.encode(), answer.signature, answer.serial, now
        ):
            _logger.warning("Alipay: a new certificate is not trusted")
            return
        self._settings = replace(self._settings, trust=trust)
        _logger.info("Alipay: a new certificate is in use")
        if self._on_new_certificate:
            self._on_new_certificate(pem)

    def _payment(
        self,
        answer: Outcome[dict[str, Any]],
        out_no: str,
        state: PaymentState | None = None,
    ) -> Outcome[Payment]:
        """The payment of an answer, if it is the one that was asked about.

        A signed answer about another payment would be believed otherwise.
        """
        if not answer.is_ok:
            return answer.failure()
        try:
            found = parsing.payment(answer.value, state)
        except ValueError:
            return unknown(BAD_ANSWER, _lt("The answer cannot be read."))
        if found.out_no != out_no:
            return unknown(BAD_ANSWER, _lt("The answer is about another payment."))
        return ok(found, answer.code)


def _open(reply: Reply, method: str) -> Outcome[_Envelope]:
    """Take an answer apart without believing it."""
    if reply.status != 200:
        return unknown(
            BAD_ANSWER,
            _lt("Alipay answered with HTTP %(status)s.", status=reply.status),
        )
    try:
        parts = members(reply.body.decode("utf-8"))
        node = parts.get(f"{method.replace('.', '_')}_response")
        content = json.loads(node or parts.get("error_response", "null"))
        signature = json.loads(parts.get("sign", '""'))
        serial = json.loads(parts.get("alipay_cert_sn", '""'))
    except ValueError:
        return unknown(BAD_ANSWER, _lt("The answer is not Alipay's."))
    if not isinstance(content, dict):
        return unknown(BAD_ANSWER, _lt("The answer is not Alipay's."))
    if not node or not signature:
        # what refuses without a signature may be anybody: a hint, not the truth
        told = words.code_of(content)
        reason = words.reason_of(told)
        return unknown(
            NOT_AUTHENTIC,
            _lt("An answer without a signature: %(reason)s", reason=reason),
        )
    return ok(_Envelope(node, str(signature), str(serial)))


def _refused(answer: Outcome[dict[str, Any]], *codes: str) -> bool:
    """Whether Alipay refused for one of these reasons, and said so provably."""
    return answer.is_rejected and answer.code in codes


def _certificate_of(node: str) -> str:
    """The PEM in an answer about a certificate; "" if there is none."""
    try:
        content = json.loads(node).get("alipay_cert_content", "")
        return base64.b64decode(content, validate=True).decode()
    except (AttributeError, TypeError, ValueError, binascii.Error):
        return ""


def _clean(subject: str) -> str:
    return " ".join(_NOT_IN_SUBJECT.sub(" ", subject).split())


def _is_code_url(text: Any) -> bool:
    """Whether ``text`` is what a QR code of Alipay holds."""
    return (
        isinstance(text, str)
        and len(text) <= 1024
        and urlsplit(text).scheme in ("https", "http")
    )


def _https(url: str) -> str:
    """Alipay writes the address of a bill with ``http://``; its host speaks TLS."""
    parts = urlsplit(url)
    is_alipay = (parts.hostname or "").endswith((".alipay.com", ".alipaydev.com"))
    return parts._replace(scheme="https").geturl() if is_alipay else url


def _bill_failure(answer: Outcome[dict[str, Any]]) -> Outcome[Bill]:
    word = answer.code.rpartition(".")[2].upper()
    if answer.is_rejected and word == "NO_BILL_DATA":
        return rejected(BILL_EMPTY, _lt("There were no payments on this day."))
    if answer.is_rejected and word == "BILL_NOT_EXIST":
        return rejected(BILL_NOT_READY, _lt("The bill of this day is not there (yet)."))
    return answer.failure()

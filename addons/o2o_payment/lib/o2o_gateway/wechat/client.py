"""The client of WeChat Pay's API v3 (issue 6, payments.md §2.2)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from ..clock import BEIJING, Clock, beijing, system_clock
from ..codes import WECHAT
from ..gateway import BILL_EMPTY, BILL_NOT_READY, Gateway, Order, RefundOrder
from ..keys import check_pair
from ..keyset import KeySet
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
from ..transport import Transport
from . import bill as bill_file
from . import notification, parsing, words
from .signing import bridge_message
from .trust import public_key_serial, told_serial
from .wire import NO_CERTIFICATES, SKEW_WARNING, Settings, Wire, new_nonce

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_REFUND_ID = re.compile(r"[A-Za-z0-9_]{1,64}")
_CODE_LIFETIME = timedelta(hours=2)
_TRIAL_LIFETIME = timedelta(minutes=5)
#: a bill is there from ten o'clock of the next day on
_BILL_HOUR = 10


@dataclass(frozen=True)
class BridgeCall:
    """What a page within WeChat, or a mini program, hands to WeChat to pay."""

    app_id: str
    timestamp: str
    nonce: str
    package: str
    signature: str = field(repr=False)
    sign_type: str = "RSA"

    def fields(self) -> dict[str, str]:
        """As ``WeixinJSBridge`` and ``wx.requestPayment`` name them."""
        return {
            "appId": self.app_id,
            "timeStamp": self.timestamp,
            "nonceStr": self.nonce,
            "package": self.package,
            "signType": self.sign_type,
            "paySign": self.signature,
        }


@dataclass(frozen=True)
class PayerCard:
    """The bank card to which a refund goes that did not reach the payer."""

    #: WeChat's code of the bank: ``ICBC_DEBIT``
    bank: str
    number: Secret
    holder: Secret


class WechatGateway(Gateway):
    """WeChat Pay for one merchant account.

    Outcomes beyond what :class:`~..gateway.Gateway` says:

    * There is no page for a computer: :meth:`pay_by_page` is for phones outside of
      WeChat (H5), :meth:`pay_in_wechat` for pages within WeChat and mini programs.
    * ``pay_by_code`` is told to nobody by notification: query every five seconds while
      it is ``WAITING``, and :meth:`cancel` after half a minute, not before 15 seconds.
    * Errors have no signature (payments.md §2.2); TLS vouches for them. What does not
      look like WeChat Pay's own error is ``UNKNOWN``.
    * A refund that is ``ABNORMAL`` is settled by :meth:`settle_abnormal_refund`.
    """

    code = "wechat"

    def __init__(
        self,
        settings: Settings,
        keys: KeySet,
        *,
        transport: Transport | None = None,
        clock: Clock = system_clock,
        on_new_certificate: Callable[[str], None] | None = None,
    ) -> None:
        """
        :param keys: of WeChat Pay, see :func:`~.trust.platform_keys`; in certificate
            mode it may be empty at first
        :param on_new_certificate: gets the PEM of a new certificate to keep
        """
        self._settings = settings
        self._clock = clock
        self._wire = Wire(
            settings,
            keys,
            transport or Transport(settings.hosts),
            clock,
            on_new_certificate,
        )

    def __repr__(self) -> str:
        return f"WechatGateway({self._settings.mchid})"

    @property
    def keys(self) -> KeySet:
        """The keys of WeChat Pay as they are known now."""
        return self._wire.keys

    @property
    def skew_seconds(self) -> float | None:
        """How much our clock is ahead, by the last answer; None before it."""
        return self._wire.skew_seconds

    def refresh_certificates(self) -> Outcome[int]:
        """Learn WeChat Pay's certificates; the number of new ones.

        In certificate mode to be called twice a day: a new one is handed out ten days
        before it is used. :data:`NO_CERTIFICATES`: this merchant has only a public key.
        """
        return self._wire.refresh_certificates()

    # payments

    def pay_by_page(self, order: Order, *, on_phone: bool = False) -> Outcome[Page]:
        if not on_phone:
            return rejected(
                INVALID, _lt("WeChat Pay has no page for a computer: show a QR")
            )
        if not order.client_ip:
            return rejected(INVALID, _lt("WeChat Pay wants the payer's address."))
        scene = {"payer_client_ip": order.client_ip, "h5_info": {"type": "Wap"}}
        answer = self._prepay("h5", order, {"scene_info": scene})
        if not answer.is_ok:
            return answer.failure()
        url = answer.value.get("h5_url")
        if not isinstance(url, str) or urlsplit(url).scheme not in ("https", "http"):
            return unknown(BAD_ANSWER, _lt("The answer holds no page."))
        if order.return_url:
            mark = "&" if urlsplit(url).query else "?"
            url += f"{mark}redirect_url={quote(order.return_url, safe='')}"
        return ok(Page("GET", url))

    def pay_by_qr(self, order: Order) -> Outcome[QrCode]:
        answer = self._prepay("native", order, {})
        if not answer.is_ok:
            return answer.failure()
        text = answer.value.get("code_url")
        if not isinstance(text, str) or not text.startswith("weixin://"):
            return unknown(BAD_ANSWER, _lt("The answer holds no code."))
        expires = min(order.expires_at, self._clock() + _CODE_LIFETIME)
        return ok(QrCode(text, expires))

    def pay_in_wechat(self, order: Order, openid: str) -> Outcome[BridgeCall]:
        """Let the payer confirm within WeChat (JSAPI, mini program).

        :param openid: the payer, as the app of ``app_id`` knows them
        """
        answer = self._prepay("jsapi", order, {"payer": {"openid": openid}})
        if not answer.is_ok:
            return answer.failure()
        prepay_id = answer.value.get("prepay_id")
        if not isinstance(prepay_id, str) or not prepay_id:
            return unknown(BAD_ANSWER, _lt("The answer holds no payment."))
        app_id, moment = self._settings.app_id, self._wire.timestamp()
        nonce, package = new_nonce(), f"prepay_id={prepay_id}"
        message = bridge_message(app_id, moment, nonce, package)
        signature = self._settings.private_key.sign(message)
        return ok(BridgeCall(app_id, moment, nonce, package, signature))

    def pay_by_code(self, order: Order, auth_code: Secret) -> Outcome[Payment]:
        if not WECHAT.fullmatch(auth_code.reveal()):
            return rejected(INVALID, _lt("This is no payment code of WeChat."))
        if not order.store_no or not order.client_ip:
            return rejected(
                INVALID, _lt("WeChat Pay wants store and address of the till.")
            )
        scene = {
            "device_id": order.terminal_no[:16],
            "device_ip": order.client_ip,
            "store_info": {"out_id": order.store_no},
        }
        content = {
            **self._order_fields(order),
            "payer": {"auth_code": auth_code.reveal()},
            "scene_info": {name: value for name, value in scene.items() if value},
        }
        answer = self._wire.call("POST", "/v3/pay/transactions/codepay", content)
        if words.is_code(answer.code, "USERPAYING"):
            # the customer enters the password; it claims nothing, so a signature that
            # errors do not have is not missed
            waiting = Payment(PaymentState.WAITING, order.out_no, word="USERPAYING")
            return ok(waiting, answer.code)
        if words.is_code(answer.code, "ORDERPAID"):
            # of this number: an earlier call whose answer was lost
            return self.query(order.out_no)
        if words.is_code(answer.code, "OUTTRADENOUSED"):
            return unknown(answer.code, answer.reason)
        return self._payment(answer, order.out_no)

    def query(self, out_no: str) -> Outcome[Payment]:
        query = urlencode({"mchid": self._settings.mchid})
        answer = self._wire.call("GET", f"{_order_path(out_no)}?{query}")
        if _is_absent(answer):
            return ok(Payment(PaymentState.ABSENT, out_no), answer.code)
        return self._payment(answer, out_no)

    def close(self, out_no: str) -> Outcome[Payment]:
        answer = self._wire.call(
            "POST", f"{_order_path(out_no)}/close", {"mchid": self._settings.mchid}
        )
        if answer.is_ok:
            return ok(Payment(PaymentState.CLOSED, out_no, word="CLOSED"))
        if _is_absent(answer):
            return ok(Payment(PaymentState.ABSENT, out_no), answer.code)
        if words.is_code(answer.code, "ORDERPAID", "ORDERCLOSED", "INVALIDREQUEST"):
            # no longer waiting for the payer: a query tells what it is
            return self.query(out_no)
        return answer.failure()

    def cancel(self, out_no: str) -> Outcome[Cancellation]:
        answer = self._wire.call(
            "POST",
            f"{_order_path(out_no)}/reverse",
            {"appid": self._settings.app_id, "mchid": self._settings.mchid},
        )
        if _is_absent(answer):
            return ok(Cancellation(out_no, CancelAction.NOTHING), answer.code)
        is_over = words.is_code(answer.code, "ORDERCLOSED", "ORDERREVERSED")
        if not answer.is_ok and not is_over:
            return answer.failure()
        # the answer does not say what was done
        found = self.query(out_no)
        if not found.is_ok:
            return unknown(found.code, found.reason)
        payment = found.value
        if payment.state in (PaymentState.PAID, PaymentState.WAITING):
            return unknown("RETRY", _lt("It is not reversed yet: cancel once more."))
        was_paid = payment.paid_at is not None
        action = CancelAction.REFUNDED if was_paid else CancelAction.CLOSED
        return ok(Cancellation(out_no, action, payment.provider_no))

    # refunds

    def refund(self, order: RefundOrder) -> Outcome[Refund]:
        content: dict[str, Any] = {
            "out_trade_no": order.out_no,
            "out_refund_no": order.refund_no,
            "amount": {
                "refund": order.amount_fen,
                "total": order.paid_fen,
                "currency": "CNY",
            },
        }
        if order.reason:
            content["reason"] = order.reason[:80]
        if order.notify_url:
            content["notify_url"] = order.notify_url
        answer = self._wire.call("POST", "/v3/refund/domestic/refunds", content)
        return self._refund(answer, order.out_no, order.refund_no)

    def query_refund(self, out_no: str, refund_no: str) -> Outcome[Refund]:
        check_legal(out_no)
        path = f"/v3/refund/domestic/refunds/{check_legal(refund_no)}"
        answer = self._wire.call("GET", path)
        if _is_absent(answer):
            absent = Refund(RefundState.ABSENT, out_no, refund_no)
            return ok(absent, answer.code)
        return self._refund(answer, out_no, refund_no)

    def settle_abnormal_refund(
        self, refund: Refund, card: PayerCard | None = None
    ) -> Outcome[Refund]:
        """Send an ``ABNORMAL`` refund somewhere else: a person has decided where.

        :param refund: as ``query_refund`` gave it
        :param card: the payer's bank card; without it the money comes to our own bank
            account, and the payer gets it from us in another way
        """
        if not _REFUND_ID.fullmatch(refund.provider_no):
            return rejected(
                INVALID, _lt("WeChat Pay's number of the refund is missing.")
            )
        content = {
            "out_refund_no": check_legal(refund.refund_no),
            "type": "USER_BANK_CARD" if card else "MERCHANT_BANK_CARD",
        }
        serial = ""
        if card:
            entry = self._wire.sealing_key()
            if entry is None:
                return rejected(
                    UNKNOWN_KEY, _lt("There is no key of WeChat Pay to use.")
                )
            serial = told_serial(entry.serial)
            content["bank_type"] = card.bank
            content["bank_account"] = entry.key.encrypt(card.number.reveal())
            content["real_name"] = entry.key.encrypt(card.holder.reveal())
        answer = self._wire.call(
            "POST",
            f"/v3/refund/domestic/refunds/{refund.provider_no}/apply-abnormal-refund",
            content,
            serial,
        )
        return self._refund(answer, refund.out_no, refund.refund_no)

    # bills

    def bill(self, day: date) -> Outcome[Bill]:
        content = self._bill_file(day, "tradebill", {"bill_type": "ALL"})
        if not content.is_ok:
            return content.failure()
        try:
            return ok(bill_file.parse(content.value, day, self._settings.mchid))
        except bill_file.BillProblem as problem:
            return unknown(
                BAD_ANSWER,
                _lt("The bill cannot be read: %(problem)s.", problem=problem),
            )

    def fund_flow(
        self, day: date, account: str = "BASIC"
    ) -> Outcome[bill_file.FlowBill]:
        """All movements of an account on a day: what reached us after fees.

        :param account: ``BASIC``, ``OPERATION`` or ``FEES``
        """
        if account not in ("BASIC", "OPERATION", "FEES"):
            return rejected(INVALID, _lt("There is no such account."))
        content = self._bill_file(day, "fundflowbill", {"account_type": account})
        if not content.is_ok:
            return content.failure()
        try:
            return ok(bill_file.parse_flow(content.value, day, self._settings.mchid))
        except bill_file.BillProblem as problem:
            return unknown(
                BAD_ANSWER,
                _lt("The fund flow cannot be read: %(problem)s.", problem=problem),
            )

    def _bill_file(
        self, day: date, kind: str, more: Mapping[str, str]
    ) -> Outcome[bytes]:
        """The file, unpacked, once its hash is the one that was signed."""
        query = urlencode({"bill_date": day.isoformat(), **more, "tar_type": "GZIP"})
        answer = self._wire.call("GET", f"/v3/bill/{kind}?{query}")
        if not answer.is_ok:
            return self._bill_failure(answer, day)
        try:
            url, sha1 = bill_file.download(answer.value)
        except ValueError as error:
            return unknown(BAD_ANSWER, _lt("The bill: %(error)s.", error=error))
        reply = self._wire.fetch(url, bill_file.MAX_RAW)
        if not reply.is_ok:
            return reply.failure()
        if reply.value.status != 200:
            # an address is good for five minutes; a new one is a new call
            return unknown(
                BAD_ANSWER, _lt("The bill: HTTP %(status)s.", status=reply.value.status)
            )
        try:
            return ok(bill_file.unpack(reply.value.body, sha1))
        except bill_file.BillProblem as problem:
            return unknown(
                BAD_ANSWER,
                _lt("The bill cannot be read: %(problem)s.", problem=problem),
            )

    def _bill_failure(self, answer: Outcome[Any], day: date) -> Outcome[Any]:
        if words.is_code(answer.code, "STATEMENTCREATING"):
            return rejected(BILL_NOT_READY, _lt("The bill of this day is being made."))
        if words.is_code(answer.code, "NOSTATEMENTEXIST"):
            ready = datetime(day.year, day.month, day.day, _BILL_HOUR, tzinfo=BEIJING)
            if beijing(self._clock()) < ready + timedelta(days=1):
                return rejected(
                    BILL_NOT_READY, _lt("The bill of this day is not there yet.")
                )
            return rejected(BILL_EMPTY, _lt("There were no payments on this day."))
        return answer.failure()

    # notifications

    def parse_notification(
        self, headers: Mapping[str, str], body: bytes
    ) -> Outcome[Notification]:
        envelope = notification.read(
            headers, body, self._wire.keys, self._settings.api_key, self._clock()
        )
        if not envelope.is_ok:
            return envelope.failure()
        return notification.tell(
            envelope.value, self._settings.mchid, self._settings.app_id
        )

    def acknowledge(self, is_stored: bool) -> Acknowledgement:
        if is_stored:
            return Acknowledgement(204, "application/json", b"")
        body = b'{"code":"FAIL","message":"not stored"}'
        return Acknowledgement(500, "application/json", body)

    # setting up

    def self_test(self, notify_url: str = "") -> tuple[Finding, ...]:
        """What is wrong with the settings; nothing is charged.

        :param notify_url: with it an order of one fen is made that nobody sees, and
            closed again: only so WeChat Pay signs something in public-key mode, and
            says whether app and merchant belong together
        """
        found = self._key_findings()
        # a number that nobody has used: "unknown to WeChat Pay" is the right answer
        answers: list[Outcome[Any]] = [self.query(f"P{secrets.token_hex(12)}")]
        if answers[0].is_ok:
            answers.append(self._certificate_trial())
        if answers[0].is_ok and notify_url:
            answers += self._order_trial(notify_url)
        for answer in answers:
            if answer.is_ok:
                continue
            reason = answer.reason
            if answer.code == NOT_AUTHENTIC:
                reason = _lt("%(reason)s Is that key WeChat Pay's?", reason=reason)
            finding = Finding(answer.code, reason)
            if finding not in found:
                found.append(finding)
        skew = self.skew_seconds
        if skew is not None and abs(skew) > SKEW_WARNING:
            text = _lt(
                "The clock of this server is %(seconds)s seconds off.",
                seconds=round(skew),
            )
            found.append(Finding("clock", text))
        return tuple(found)

    def _certificate_trial(self) -> Outcome[int]:
        """Certificates are encrypted under the APIv3 key: do they open?"""
        answer = self.refresh_certificates()
        has_public_key = bool(public_key_serial(self._wire.keys, self._clock()))
        if answer.code == NO_CERTIFICATES and has_public_key:
            return ok(0)
        return answer

    def _order_trial(self, notify_url: str) -> list[Outcome[Any]]:
        order = Order(
            out_no=f"P{secrets.token_hex(12)}",
            amount_fen=1,
            subject="Self-test",
            expires_at=self._clock() + _TRIAL_LIFETIME,
            notify_url=notify_url,
        )
        return [self.pay_by_qr(order), self.close(order.out_no)]

    def _key_findings(self) -> list[Finding]:
        """What is wrong with the keys without asking anybody."""
        own = self._settings.private_key
        found = []
        if any(check_pair(own, entry.key) for entry in self._wire.keys):
            text = _lt(
                "This is our own public key. "
                "Copy the key that the console calls WeChat Pay's public key."
            )
            found.append(Finding("own_key", text))
        if len(self._wire.keys) and not self._wire.keys.valid(self._clock()):
            text = _lt("WeChat Pay's certificate has expired: load the new one.")
            found.append(Finding("expired", text))
        return found

    # requests and answers

    def _order_fields(self, order: Order) -> dict[str, Any]:
        return {
            "appid": self._settings.app_id,
            "mchid": self._settings.mchid,
            "description": _CONTROL.sub(" ", order.subject).strip() or order.out_no,
            "out_trade_no": order.out_no,
            "amount": {"total": order.amount_fen, "currency": "CNY"},
        }

    def _prepay(
        self, way: str, order: Order, more: Mapping[str, Any]
    ) -> Outcome[dict[str, Any]]:
        if not order.notify_url:
            return rejected(
                INVALID, _lt("WeChat Pay wants an address for notifications.")
            )
        expires = beijing(order.expires_at).replace(microsecond=0)
        content = {
            **self._order_fields(order),
            "time_expire": expires.isoformat(),
            "notify_url": order.notify_url,
            **more,
        }
        answer = self._wire.call("POST", f"/v3/pay/transactions/{way}", content)
        if words.is_code(answer.code, "ORDERPAID", "OUTTRADENOUSED"):
            # another attempt has this number, and it may have been paid: a query tells
            return unknown(answer.code, answer.reason)
        return answer

    def _payment(
        self, answer: Outcome[dict[str, Any]], out_no: str
    ) -> Outcome[Payment]:
        """The payment of an answer, if it is the one that was asked about.

        A signed answer about another payment would be believed otherwise.
        """
        if not answer.is_ok:
            return answer.failure()
        try:
            found = parsing.payment(answer.value)
            mchid = parsing.text(answer.value, "mchid")
        except ValueError:
            return unknown(BAD_ANSWER, _lt("The answer cannot be read."))
        if found.out_no != out_no or mchid != self._settings.mchid:
            return unknown(BAD_ANSWER, _lt("The answer is about another payment."))
        return ok(found, answer.code)

    def _refund(
        self, answer: Outcome[dict[str, Any]], out_no: str, refund_no: str
    ) -> Outcome[Refund]:
        if not answer.is_ok:
            return answer.failure()
        try:
            found = parsing.refund(answer.value)
        except ValueError:
            return unknown(BAD_ANSWER, _lt("The answer cannot be read."))
        if (found.out_no, found.refund_no) != (out_no, refund_no):
            return unknown(BAD_ANSWER, _lt("The answer is about another refund."))
        return ok(found, answer.code)


def _order_path(out_no: str) -> str:
    return f"/v3/pay/transactions/out-trade-no/{check_legal(out_no)}"


def _is_absent(answer: Outcome[Any]) -> bool:
    return answer.is_rejected and words.is_code(
        answer.code, "ORDERNOTEXIST", "RESOURCENOTEXISTS"
    )

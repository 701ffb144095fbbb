"""The client of UnionPay's gateway, ACP 5.1.0 (issue 6, payments.md §2.3)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from ..clock import BEIJING, Clock, compact_beijing, system_clock
from ..codes import UNIONPAY
from ..gateway import BILL_EMPTY, BILL_NOT_READY, Gateway, Order, RefundOrder
from ..order_numbers import check_legal
from ..outcome import BAD_ANSWER, INVALID, Outcome, ok, rejected, unknown
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
from . import notification, parsing, wire, words
from .line import BACK, FRONT, Line, failed, named, says
from .refunds import Refunds
from .settings import NO_NOTIFICATION, TERMINAL, Settings
from .times import GRACE, UNDO, Stamp, Stamps

#: codes of our own
NOT_PAID = "o2o.not_paid"
NOT_CLOSABLE = "o2o.not_closable"

#: bytes of the answer with a file in it; deflated, 100,000 lines have a tenth of this
_MAX_FILE_ANSWER = 96 * 1024 * 1024
#: files are told apart by month and day only
_FILE_AGE = timedelta(days=300)
#: bytes of the order's subject in the field for risk control
_SUBJECT_BYTES = 128
#: seconds by which our clock may differ before somebody has to look
_MAX_SKEW = 60


class UnionPayGateway(Gateway):
    """UnionPay for one merchant.

    Outcomes beyond what :class:`~..gateway.Gateway` says:

    * A payment by code is never more than ``WAITING`` at first: only a query or a
      notification tells. Ask after :data:`~.times.QUERY_AFTER` seconds, six times.
    * UnionPay has no ``close``. An order ends by itself at its ``expires_at``; what is
      paid at the bank later goes back to the payer. Before that moment ``close`` is
      refused with :data:`NOT_CLOSABLE`.
    * A refund is ``PENDING`` at first. A whole one on the same day of settlement is
      sent as a void; if the bank does not do that, as a refund under a second number.
    * ``ABSENT`` may become ``PAID`` for half a minute: a query can overtake its order.
    """

    code = "unionpay"

    def __init__(
        self,
        settings: Settings,
        stamps: Stamps,
        *,
        transport: Transport | None = None,
        files: Transport | None = None,
        clock: Clock = system_clock,
    ) -> None:
        """:param stamps: when each number was sent first, see :class:`~.times.Stamp`"""
        self._settings = settings
        self._stamps = stamps
        self._files = files or Transport([settings.files_url])
        self._clock = clock
        self._line = Line(settings, transport or Transport([settings.url]), clock)
        self._refunds = Refunds(self._line, stamps)

    def __repr__(self) -> str:
        return f"UnionPayGateway({self._settings.merchant_no})"

    @property
    def skew_seconds(self) -> float | None:
        """How far our clock is ahead of UnionPay's, by its last answer."""
        return self._line.skew_seconds

    # payments

    def pay_by_page(self, order: Order, *, on_phone: bool = False) -> Outcome[Page]:
        fields = {
            **self._order_fields(order, words.BY_PAGE, "utf-8"),
            "encoding": "UTF-8",
            "channelType": "08" if on_phone else "07",
            "frontUrl": order.return_url,
        }
        signed = self._line.signed(fields, "utf-8")
        return ok(Page("POST", self._settings.url.rstrip("/") + FRONT, signed))

    def pay_by_qr(self, order: Order) -> Outcome[QrCode]:
        answer = self._line.call(
            BACK, self._order_fields(order, words.BY_QR, self._line.charset)
        )
        if not answer.is_ok:
            return answer.failure()
        if answer.code not in words.SUCCESS:
            return failed(answer)
        text = answer.value.get("qrCode", "")
        if not text:
            return unknown(BAD_ANSWER, _lt("The answer holds no code for this order."))
        return ok(QrCode(text, order.expires_at))

    def pay_by_code(self, order: Order, auth_code: Secret) -> Outcome[Payment]:
        if not UNIONPAY.fullmatch(auth_code.reveal()):
            return rejected(INVALID, _lt("This is no payment code of UnionPay."))
        terminal = order.terminal_no
        answer = self._line.call(
            BACK,
            {
                **self._order_fields(order, words.BY_CODE, self._line.charset),
                "qrNo": auth_code.reveal(),
                "termId": terminal
                if TERMINAL.fullmatch(terminal)
                else self._settings.terminal_no,
            },
        )
        if not answer.is_ok:
            return answer.failure()
        if answer.code not in words.SUCCESS:
            return failed(answer)
        # accepted, which is not "paid"
        return ok(
            Payment(
                PaymentState.WAITING,
                order.out_no,
                provider_no=answer.value.get("queryId", ""),
                word=answer.code,
            ),
            answer.code,
        )

    def query(self, out_no: str) -> Outcome[Payment]:
        stamp = self._stamps(check_legal(out_no))
        return self._payment(self._line.ask(out_no, stamp), out_no, stamp)

    def close(self, out_no: str) -> Outcome[Payment]:
        found = self.query(out_no)
        if not found.is_ok:
            return found
        payment = found.value
        if payment.state not in (PaymentState.WAITING, PaymentState.ABSENT):
            return found
        if payment.state is PaymentState.ABSENT and self._is_over(self._stamps(out_no)):
            return ok(Payment(PaymentState.CLOSED, out_no, word=payment.word))
        return rejected(
            NOT_CLOSABLE, _lt("UnionPay ends an order by itself when its time is over.")
        )

    def cancel(self, out_no: str) -> Outcome[Cancellation]:
        """Reverse a payment that is not decided, or give back one that was made."""
        stamp = self._stamps(check_legal(out_no))
        answer = self._line.ask(out_no, stamp)
        found = self._payment(answer, out_no, stamp)
        if not found.is_ok:
            return found.failure()
        state = found.value.state
        if state is PaymentState.PAID:
            return self._undo(answer.value, out_no)
        if state in (PaymentState.FAILED, PaymentState.CLOSED):
            return ok(Cancellation(out_no, CancelAction.NOTHING))
        return self._reverse(out_no, stamp)

    def _reverse(self, out_no: str, stamp: Stamp) -> Outcome[Cancellation]:
        """A reversal names the number and moment of the payment and is no order itself.

        It is sent for an absent one too: the order may still be on its way.
        """
        answer = self._line.call(
            BACK,
            {
                **self._line.base(words.REVERSAL, "01", words.QR_PRODUCT),
                "channelType": "08",
                **named(out_no, stamp),
            },
        )
        if not answer.is_ok:
            return answer.failure()
        if answer.code in words.SUCCESS:
            return ok(Cancellation(out_no, CancelAction.CLOSED))
        if answer.code == words.ABSENT:
            return ok(Cancellation(out_no, CancelAction.NOTHING), answer.code)
        # refused means that it was decided meanwhile: the next call sees how
        return unknown(answer.code, says(answer))

    def _undo(self, paid: Mapping[str, str], out_no: str) -> Outcome[Cancellation]:
        amount = parsing.amount(paid)
        if amount is None:
            return unknown(BAD_ANSWER, _lt("The answer does not say the amount."))
        number = UNDO + out_no
        sent = self._refunds.give_back(paid, out_no, number, amount, "")
        if not sent.is_ok:
            return sent.failure()
        found = sent
        if found.value.state is RefundState.PENDING:
            found = self.query_refund(out_no, number)
        if found.is_ok and found.value.state is RefundState.DONE:
            return ok(
                Cancellation(
                    out_no, CancelAction.REFUNDED, provider_no=found.value.provider_no
                )
            )
        # on its way, or a void that failed: the next call sends a refund then
        return unknown(found.code, _lt("The payment is not given back yet."))

    # refunds

    def refund(self, order: RefundOrder) -> Outcome[Refund]:
        stamp = self._stamps(order.out_no)
        answer = self._line.ask(order.out_no, stamp)
        found = self._payment(answer, order.out_no, stamp)
        if not found.is_ok:
            return found.failure()
        payment = found.value
        if payment.state is not PaymentState.PAID:
            # who asks for a refund was told that it is paid: a query may lag behind
            lags = payment.state is PaymentState.WAITING
            reason = _lt("UnionPay does not know of this payment as paid.")
            return unknown(NOT_PAID, reason) if lags else rejected(NOT_PAID, reason)
        if payment.amount_fen != order.paid_fen:
            return rejected(INVALID, _lt("The payment was of another amount."))
        return self._refunds.give_back(
            answer.value,
            order.out_no,
            order.refund_no,
            order.amount_fen,
            order.notify_url,
        )

    def query_refund(self, out_no: str, refund_no: str) -> Outcome[Refund]:
        return self._refunds.query(out_no, refund_no)

    # setting up

    def self_test(self) -> tuple[Finding, ...]:
        """What is wrong with the settings: nothing is charged, one query is made."""
        now = self._clock()
        signing, found = self._settings.signing, []
        if not signing.valid_from <= now <= signing.valid_to:
            text = _lt("The certificate in the .pfx is not valid today.")
            found.append(Finding("expired", text))
        if self._settings.trust.expires_at() < now:
            text = _lt(
                "UnionPay's middle or root certificate has expired: load the new one."
            )
            found.append(Finding("expired", text))
        # a number that nobody has used: "no such order" is the right answer
        answer = self._line.ask(f"P{secrets.token_hex(12)}", Stamp(now))
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
        """The file of a day of settlement, which begins at 23:00 of the day before."""
        now = self._clock()
        ends = datetime.combine(day, time(23), BEIJING)
        if now < ends:
            return rejected(BILL_NOT_READY, _lt("The day of settlement is not over."))
        if now - ends > _FILE_AGE:
            return rejected(INVALID, _lt("UnionPay has no file that is so old."))
        answer = self._line.call(
            "/",
            {
                **self._line.base("76", "01", words.QR_PRODUCT),
                "txnTime": compact_beijing(now),
                "settleDate": f"{day:%m%d}",
                "fileType": "00",
            },
            transport=self._files,
            max_bytes=_MAX_FILE_ANSWER,
        )
        if not answer.is_ok:
            return answer.failure()
        if answer.code == words.NO_FILE:
            # made in the morning; a day without payments has none at all
            if now < ends + timedelta(days=1):
                return rejected(BILL_NOT_READY, _lt("The bill is not ready yet."))
            return rejected(BILL_EMPTY, _lt("There was nothing on that day."))
        if answer.code not in words.SUCCESS:
            return failed(answer)
        try:
            raw = bill_file.unpack(answer.value.get("fileContent", ""))
            return ok(bill_file.parse(raw, self._settings.merchant_no, day))
        except bill_file.BillProblem as problem:
            return unknown(
                BAD_ANSWER,
                _lt("The bill cannot be read: %(problem)s.", problem=problem),
            )

    # notifications

    def parse_notification(
        self, headers: Mapping[str, str], body: bytes
    ) -> Outcome[Notification]:
        return notification.read(
            body, self._settings.trust, self._settings.merchant_no, self._clock()
        )

    def acknowledge(self, is_stored: bool) -> Acknowledgement:
        status, body = (200, b"ok") if is_stored else (500, b"")
        return Acknowledgement(status, "text/plain", body)

    # the wire

    def _order_fields(self, order: Order, way: str, charset: str) -> dict[str, str]:
        is_page = way == words.BY_PAGE
        subject = wire.plain(order.subject, charset, _SUBJECT_BYTES)
        fields = {
            **self._line.base(
                words.PURCHASE, way, words.PAGE_PRODUCT if is_page else words.QR_PRODUCT
            ),
            "channelType": "08",
            **named(order.out_no, self._stamps(order.out_no)),
            "txnAmt": str(order.amount_fen),
            "currencyCode": "156",
            "backUrl": order.notify_url or NO_NOTIFICATION,
            "riskRateInfo": f"{{commodityName={subject}}}" if subject else "",
        }
        if way != words.BY_CODE:
            fields["payTimeout"] = compact_beijing(order.expires_at)
        return fields

    def _payment(
        self, answer: Outcome[dict[str, str]], out_no: str, stamp: Stamp
    ) -> Outcome[Payment]:
        if not answer.is_ok:
            return answer.failure()
        if answer.code == words.ABSENT:
            return ok(
                Payment(PaymentState.ABSENT, out_no, word=answer.code), answer.code
            )
        fields = answer.value
        code = fields["origRespCode"]
        if fields.get("txnType") != words.PURCHASE:
            return unknown(BAD_ANSWER, _lt("The answer is about something else."))
        try:
            found = parsing.payment(fields, code, out_no)
        except ValueError:
            return unknown(BAD_ANSWER, _lt("The answer cannot be read."))
        if found.state is PaymentState.PAID and not found.provider_no:
            return unknown(BAD_ANSWER, _lt("The answer has no number of UnionPay."))
        is_late = fields.get("txnSubType") != words.BY_CODE and self._is_over(stamp)
        if found.state is PaymentState.WAITING and is_late:
            return ok(Payment(PaymentState.CLOSED, out_no, word=code), code)
        return ok(found, code)

    def _is_over(self, stamp: Stamp) -> bool:
        """Whether an order can no longer be paid: not even by a clock behind ours."""
        return stamp.expires_at is not None and self._clock() > stamp.expires_at + GRACE

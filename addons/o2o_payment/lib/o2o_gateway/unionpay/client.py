"""The client of UnionPay's gateway, ACP 5.1.0 (issue 6, payments.md §2.3)."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from ..clock import BEIJING, Clock, compact_beijing, skew_seconds, system_clock
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
from ..transport import MAX_ANSWER, Reply, Transport
from . import bill as bill_file
from . import notification, parsing, wire, words
from .kit import SigningKey
from .times import GRACE, SECOND, STALE, UNDO, Stamp, Stamps, can_void
from .trust import Trust

_logger = logging.getLogger(__name__)

PRODUCTION = "https://gateway.95516.com"
TEST = "https://gateway.test.95516.com"
PRODUCTION_FILES = "https://filedownload.95516.com"
TEST_FILES = "https://filedownload.test.95516.com"

#: codes of our own
NOT_PAID = "o2o.not_paid"
NOT_CLOSABLE = "o2o.not_closable"

#: what the test kit sends where no notification is wanted; UnionPay asks for a value
NO_NOTIFICATION = "http://www.specialUrl.com"

_FRONT = "/gateway/api/frontTransReq.do"
_BACK = "/gateway/api/backTransReq.do"
_QUERY = "/gateway/api/queryTrans.do"
#: bytes of the answer with a file in it; deflated, 100,000 lines have a tenth of this
_MAX_FILE_ANSWER = 96 * 1024 * 1024
#: files are told apart by month and day only
_FILE_AGE = timedelta(days=300)
_MERCHANT = re.compile(r"[0-9A-Za-z]{15}")
_TERMINAL = re.compile(r"[0-9A-Za-z]{8}")
#: what an answer has in common with its request
_NAMES = ("merId", "orderId", "txnTime")
#: bytes of the order's subject in the field for risk control
_SUBJECT_BYTES = 128
_SHOWN = 60
#: seconds by which our clock may differ before somebody has to look
_MAX_SKEW = 60


@dataclass(frozen=True)
class Settings:
    """One merchant at UnionPay.

    :raise ValueError: a number or an encoding that UnionPay refuses
    """

    merchant_no: str
    signing: SigningKey
    trust: Trust
    url: str = PRODUCTION
    files_url: str = PRODUCTION_FILES
    #: for calls; the payer's page is always UTF-8, whatever the browser thinks
    encoding: str = "UTF-8"
    #: of the till, where an order names none of eight letters and digits
    terminal_no: str = "00000001"
    #: whether a whole refund on the same day is tried as a void first: at once at most
    #: banks, and without the fee
    uses_voids: bool = True

    def __post_init__(self) -> None:
        if not _MERCHANT.fullmatch(self.merchant_no):
            raise ValueError("a merchant number of UnionPay has 15 letters and digits")
        if not _TERMINAL.fullmatch(self.terminal_no):
            raise ValueError("a terminal number of UnionPay has 8 letters and digits")
        wire.charset_of(self.encoding)


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
        self._transport = transport or Transport([settings.url])
        self._files = files or Transport([settings.files_url])
        self._clock = clock
        self._charset = wire.charset_of(settings.encoding)
        #: how far our clock is ahead of UnionPay's, by its last answer
        self.skew_seconds: float | None = None

    def __repr__(self) -> str:
        return f"UnionPayGateway({self._settings.merchant_no})"

    # payments

    def pay_by_page(self, order: Order, *, on_phone: bool = False) -> Outcome[Page]:
        fields = {
            **self._order_fields(order, words.BY_PAGE, "utf-8"),
            "encoding": "UTF-8",
            "channelType": "08" if on_phone else "07",
            "frontUrl": order.return_url,
        }
        signed = self._signed(fields, "utf-8")
        return ok(Page("POST", self._settings.url.rstrip("/") + _FRONT, signed))

    def pay_by_qr(self, order: Order) -> Outcome[QrCode]:
        answer = self._call(
            _BACK, self._order_fields(order, words.BY_QR, self._charset)
        )
        if not answer.is_ok:
            return answer.failure()
        if answer.code not in words.SUCCESS:
            return _failed(answer)
        text = answer.value.get("qrCode", "")
        if not text:
            return unknown(BAD_ANSWER, "The answer holds no code for this order.")
        return ok(QrCode(text, order.expires_at))

    def pay_by_code(self, order: Order, auth_code: Secret) -> Outcome[Payment]:
        if not UNIONPAY.fullmatch(auth_code.reveal()):
            return rejected(INVALID, "This is no payment code of UnionPay.")
        terminal = order.terminal_no
        answer = self._call(
            _BACK,
            {
                **self._order_fields(order, words.BY_CODE, self._charset),
                "qrNo": auth_code.reveal(),
                "termId": terminal
                if _TERMINAL.fullmatch(terminal)
                else self._settings.terminal_no,
            },
        )
        if not answer.is_ok:
            return answer.failure()
        if answer.code not in words.SUCCESS:
            return _failed(answer)
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
        return self._payment(self._ask(out_no, stamp), out_no, stamp)

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
            NOT_CLOSABLE, "UnionPay ends an order by itself when its time is over."
        )

    def cancel(self, out_no: str) -> Outcome[Cancellation]:
        """Reverse a payment that is not decided, or give back one that was made."""
        stamp = self._stamps(check_legal(out_no))
        answer = self._ask(out_no, stamp)
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
        answer = self._call(
            _BACK,
            {
                **self._base(words.REVERSAL, "01", words.QR_PRODUCT),
                "channelType": "08",
                **_named(out_no, stamp),
            },
        )
        if not answer.is_ok:
            return answer.failure()
        if answer.code in words.SUCCESS:
            return ok(Cancellation(out_no, CancelAction.CLOSED))
        if answer.code == words.ABSENT:
            return ok(Cancellation(out_no, CancelAction.NOTHING), answer.code)
        # refused means that it was decided meanwhile: the next call sees how
        return unknown(answer.code, _says(answer))

    def _undo(self, paid: Mapping[str, str], out_no: str) -> Outcome[Cancellation]:
        amount = parsing.amount(paid)
        if amount is None:
            return unknown(BAD_ANSWER, "The answer does not say the amount.")
        number = UNDO + out_no
        sent = self._give_back(paid, out_no, number, amount, "")
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
        return unknown(found.code, "The payment is not given back yet.")

    # refunds

    def refund(self, order: RefundOrder) -> Outcome[Refund]:
        stamp = self._stamps(order.out_no)
        answer = self._ask(order.out_no, stamp)
        found = self._payment(answer, order.out_no, stamp)
        if not found.is_ok:
            return found.failure()
        payment = found.value
        if payment.state is not PaymentState.PAID:
            return rejected(NOT_PAID, "UnionPay does not know of this payment as paid.")
        if payment.amount_fen != order.paid_fen:
            return rejected(INVALID, "The payment was of another amount.")
        return self._give_back(
            answer.value,
            order.out_no,
            order.refund_no,
            order.amount_fen,
            order.notify_url,
        )

    def query_refund(self, out_no: str, refund_no: str) -> Outcome[Refund]:
        first = self._query_refund(out_no, refund_no, refund_no)
        if not first.is_ok or first.value.state not in (
            RefundState.FAILED,
            RefundState.ABSENT,
        ):
            return first
        second = self._query_refund(out_no, refund_no, refund_no + SECOND)
        if second.is_ok and second.value.state is RefundState.ABSENT:
            return first
        return second

    def _query_refund(
        self, out_no: str, refund_no: str, number: str
    ) -> Outcome[Refund]:
        answer = self._ask(number, self._stamps(number))
        if not answer.is_ok:
            return answer.failure()
        if answer.code == words.ABSENT:
            return ok(Refund(RefundState.ABSENT, out_no, refund_no), answer.code)
        code = answer.value["origRespCode"]
        try:
            return ok(parsing.refund(answer.value, code, out_no, refund_no), code)
        except ValueError:
            return unknown(BAD_ANSWER, "The answer cannot be read.")

    def _give_back(
        self,
        paid: Mapping[str, str],
        out_no: str,
        refund_no: str,
        amount: int,
        notify_url: str,
    ) -> Outcome[Refund]:
        """A void if it can be one; otherwise, or if that is refused, a refund.

        :param paid: what a query said of the payment
        """
        sent_at = self._stamps(refund_no).sent_at
        second = (refund_no, refund_no + SECOND)
        if self._clock() - sent_at > STALE:
            # UnionPay takes no number of another hour, not even to say "known"
            found = self._query_refund(out_no, refund_no, refund_no)
            if found.is_ok and found.value.state is RefundState.ABSENT:
                return self._send_back(
                    words.REFUND, paid, out_no, second, amount, notify_url
                )
            if not found.is_ok or found.value.state is not RefundState.FAILED:
                return found
        first = (refund_no, refund_no)
        if (
            not self._settings.uses_voids
            or amount != parsing.amount(paid)
            or not can_void(paid.get("settleDate", ""), sent_at)
        ):
            return self._send_back(
                words.REFUND, paid, out_no, first, amount, notify_url
            )
        done = self._send_back(words.VOID, paid, out_no, first, amount, notify_url)
        if not done.is_rejected or not done.was_sent:
            return done
        _logger.info("a void was refused with %s, refunding instead", done.code)
        return self._send_back(words.REFUND, paid, out_no, second, amount, notify_url)

    def _send_back(
        self,
        kind: str,
        paid: Mapping[str, str],
        out_no: str,
        numbers: tuple[str, str],
        amount: int,
        notify_url: str,
    ) -> Outcome[Refund]:
        """:param numbers: ours of the refund, and the one that UnionPay gets"""
        refund_no, number = numbers
        is_page = paid.get("txnSubType") == words.BY_PAGE
        answer = self._call(
            _BACK,
            {
                **self._base(
                    kind, "00", words.PAGE_PRODUCT if is_page else words.QR_PRODUCT
                ),
                "channelType": "07" if is_page else "08",
                **_named(number, self._stamps(number)),
                "txnAmt": str(amount),
                "currencyCode": "156",
                "origQryId": paid["queryId"],
                "backUrl": notify_url or NO_NOTIFICATION,
                # comes back in the notification and in the bill
                "reqReserved": f"{out_no}|{refund_no}",
            },
        )
        if not answer.is_ok:
            return answer.failure()
        if answer.code == words.DUPLICATE:
            return self._sent_before(out_no, refund_no, number)
        if answer.code not in words.SUCCESS:
            return _failed(answer)
        return ok(
            Refund(
                RefundState.PENDING,
                out_no,
                refund_no,
                provider_no=answer.value.get("queryId", ""),
                amount_fen=amount,
                word=answer.code,
            ),
            answer.code,
        )

    def _sent_before(self, out_no: str, refund_no: str, number: str) -> Outcome[Refund]:
        """What came of the first sending of a number (FAULT-44)."""
        found = self._query_refund(out_no, refund_no, number)
        if found.is_ok and found.value.state is RefundState.FAILED:
            return rejected(found.value.word, "UnionPay has refused this refund.")
        if found.is_ok and found.value.state is RefundState.ABSENT:
            return unknown(words.DUPLICATE, "The refund was sent before.")
        return found

    # setting up

    def self_test(self) -> tuple[Finding, ...]:
        """What is wrong with the settings: nothing is charged, one query is made."""
        now = self._clock()
        signing, found = self._settings.signing, []
        if not signing.valid_from <= now <= signing.valid_to:
            text = "The certificate in the .pfx is not valid today."
            found.append(Finding("expired", text))
        if self._settings.trust.expires_at() < now:
            text = (
                "UnionPay's middle or root certificate has expired: load the new one."
            )
            found.append(Finding("expired", text))
        # a number that nobody has used: "no such order" is the right answer
        answer = self._ask(f"P{secrets.token_hex(12)}", Stamp(now))
        if not answer.is_ok:
            found.append(Finding(answer.code, answer.reason))
        skew = self.skew_seconds
        if skew is not None and abs(skew) > _MAX_SKEW:
            text = f"The clock of this server is {skew:.0f} seconds off."
            found.append(Finding("clock", text))
        return tuple(found)

    # bills

    def bill(self, day: date) -> Outcome[Bill]:
        """The file of a day of settlement, which begins at 23:00 of the day before."""
        now = self._clock()
        ends = datetime.combine(day, time(23), BEIJING)
        if now < ends:
            return rejected(BILL_NOT_READY, "The day of settlement is not over.")
        if now - ends > _FILE_AGE:
            return rejected(INVALID, "UnionPay has no file that is so old.")
        answer = self._call(
            "/",
            {
                **self._base("76", "01", words.QR_PRODUCT),
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
                return rejected(BILL_NOT_READY, "The bill is not ready yet.")
            return rejected(BILL_EMPTY, "There was nothing on that day.")
        if answer.code not in words.SUCCESS:
            return _failed(answer)
        try:
            raw = bill_file.unpack(answer.value.get("fileContent", ""))
            return ok(bill_file.parse(raw, self._settings.merchant_no, day))
        except bill_file.BillProblem as problem:
            return unknown(BAD_ANSWER, f"The bill cannot be read: {problem}.")

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

    def _base(self, kind: str, sub_kind: str, product: str) -> dict[str, str]:
        return {
            "version": "5.1.0",
            "encoding": self._settings.encoding,
            "signMethod": "01",
            "txnType": kind,
            "txnSubType": sub_kind,
            "bizType": product,
            "accessType": "0",
            "merId": self._settings.merchant_no,
        }

    def _order_fields(self, order: Order, way: str, charset: str) -> dict[str, str]:
        is_page = way == words.BY_PAGE
        subject = wire.plain(order.subject, charset, _SUBJECT_BYTES)
        fields = {
            **self._base(
                words.PURCHASE, way, words.PAGE_PRODUCT if is_page else words.QR_PRODUCT
            ),
            "channelType": "08",
            **_named(order.out_no, self._stamps(order.out_no)),
            "txnAmt": str(order.amount_fen),
            "currencyCode": "156",
            "backUrl": order.notify_url or NO_NOTIFICATION,
            "riskRateInfo": f"{{commodityName={subject}}}" if subject else "",
        }
        if way != words.BY_CODE:
            fields["payTimeout"] = compact_beijing(order.expires_at)
        return fields

    def _signed(self, fields: Mapping[str, str], charset: str) -> dict[str, str]:
        """Without empty fields, with ``certId`` and ``signature``."""
        signing = self._settings.signing
        filled = {name: value for name, value in fields.items() if value}
        filled["certId"] = signing.cert_id
        data = wire.digest(filled, charset)
        return {**filled, wire.SIGNATURE: signing.key.sign(data)}

    def _call(
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
        body = wire.form(self._signed(fields, self._charset), self._charset)
        encoding = self._settings.encoding
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
        self.skew_seconds = skew_seconds(date_header, self._clock())
        return self._read(reply.value, fields)

    def _read(self, reply: Reply, asked: Mapping[str, str]) -> Outcome[dict[str, str]]:
        if reply.status != 200:
            return unknown(BAD_ANSWER, f"UnionPay answers with status {reply.status}.")
        try:
            answer, charset = wire.parse_answer(reply.body, self._charset)
        except ValueError:
            return unknown(BAD_ANSWER, "The answer is no message of UnionPay.")
        checked = self._settings.trust.check(answer, charset, self._clock())
        if not checked.is_ok:
            said = f" It says: {_short(answer)}." if "respCode" in answer else ""
            return unknown(checked.code, checked.reason + said)
        code = answer.get("respCode", "")
        if not code:
            return unknown(BAD_ANSWER, "The answer has no code.")
        # what it could not read, UnionPay leaves out of a refusal
        needed = _NAMES if code in words.SUCCESS else ()
        for name in _NAMES:
            given = answer.get(name)
            if name in asked and (given or name in needed) and given != asked[name]:
                return unknown(BAD_ANSWER, "The answer is about something else.")
        return ok(answer, code)

    def _ask(self, number: str, stamp: Stamp) -> Outcome[dict[str, str]]:
        """A query that was answered: code ``34``, or fields with ``origRespCode``."""
        answer = self._call(
            _QUERY,
            {
                **self._base("00", "00", words.QR_PRODUCT),
                **_named(number, stamp),
            },
        )
        if not answer.is_ok or answer.code == words.ABSENT:
            return answer
        if answer.code not in words.SUCCESS:
            return _failed(answer)
        if not answer.value.get("origRespCode"):
            return unknown(BAD_ANSWER, "The answer does not say what was asked.")
        return answer

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
            return unknown(BAD_ANSWER, "The answer is about something else.")
        try:
            found = parsing.payment(fields, code, out_no)
        except ValueError:
            return unknown(BAD_ANSWER, "The answer cannot be read.")
        if found.state is PaymentState.PAID and not found.provider_no:
            return unknown(BAD_ANSWER, "The answer has no number of UnionPay.")
        is_late = fields.get("txnSubType") != words.BY_CODE and self._is_over(stamp)
        if found.state is PaymentState.WAITING and is_late:
            return ok(Payment(PaymentState.CLOSED, out_no, word=code), code)
        return ok(found, code)

    def _is_over(self, stamp: Stamp) -> bool:
        """Whether an order can no longer be paid: not even by a clock behind ours."""
        return stamp.expires_at is not None and self._clock() > stamp.expires_at + GRACE


def _named(number: str, stamp: Stamp) -> dict[str, str]:
    """The two fields by which UnionPay knows an order."""
    return {"orderId": number, "txnTime": compact_beijing(stamp.sent_at)}


def _failed(answer: Outcome[dict[str, str]]) -> Outcome[Any]:
    """The failure that an answer tells of."""
    if answer.code in words.PENDING:
        return unknown(answer.code, _says(answer))
    return rejected(answer.code, _says(answer))


def _says(answer: Outcome[dict[str, str]]) -> str:
    return f"UnionPay says: {_short(answer.value)}."


def _short(answer: Mapping[str, str]) -> str:
    text = f"{answer.get('respCode', '')} {answer.get('respMsg', '')}"
    return "".join(sign for sign in text if sign.isprintable())[:_SHOWN]

"""What every gateway can do. Alipay, WeChat Pay and UnionPay are classes of this kind.

A client is pure: it holds settings and keys, calls the gateway, and returns an
:class:`~.outcome.Outcome`. It stores nothing and retries nothing that moves money; what
is done next is decided by the caller, who has a database.
"""

from __future__ import annotations

import abc
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from .money import check_fen
from .order_numbers import check_legal
from .outcome import Outcome
from .results import (
    Acknowledgement,
    Bill,
    Cancellation,
    Notification,
    Page,
    Payment,
    QrCode,
    Refund,
)
from .secret import Secret
from .texts import lazy as _lt

#: a hundred million yuan, the most that Alipay takes for one order
MAX_FEN = 100_000_000_00
MAX_SUBJECT = 127


@dataclass(frozen=True)
class Order:
    """What is to be paid.

    :raise ValueError: a number, amount, subject or moment that a gateway would refuse
    """

    out_no: str
    amount_fen: int
    #: what the payer reads
    subject: str
    #: no payment is taken after this
    expires_at: datetime
    notify_url: str = ""
    #: where the payer's browser comes back to; what it brings is never believed
    return_url: str = ""
    store_no: str = ""
    terminal_no: str = ""
    operator_no: str = ""
    #: whether credit (cards, Alipay's Huabei) may pay, where a gateway can be told
    takes_credit: bool = True
    #: the payer's (web) or the till's address, where a gateway asks for it
    client_ip: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        check_legal(self.out_no)
        if not 1 <= check_fen(self.amount_fen) <= MAX_FEN:
            raise ValueError(_lt("an order costs between 0.01 and 100,000,000 yuan"))
        if not self.subject.strip() or len(self.subject) > MAX_SUBJECT:
            raise ValueError(_lt("an order needs a subject of up to 127 characters"))
        if self.expires_at.tzinfo is None:
            raise ValueError("a moment needs its time zone")


@dataclass(frozen=True)
class RefundOrder:
    """What is to be given back. The same ``refund_no`` is the same refund, always.

    :raise ValueError: a number or an amount that a gateway would refuse
    """

    out_no: str
    refund_no: str
    amount_fen: int
    #: what the payment was
    paid_fen: int
    reason: str = ""
    notify_url: str = ""

    def __post_init__(self) -> None:
        check_legal(self.out_no)
        check_legal(self.refund_no)
        if not 1 <= check_fen(self.amount_fen) <= check_fen(self.paid_fen):
            raise ValueError(_lt("a refund is between 0.01 yuan and what was paid"))


class Gateway(abc.ABC):
    """One merchant account at one provider.

    Each method is one round trip of at most a few calls. Only what is said here raises.
    """

    #: ``alipay``, ``wechat``, ``unionpay``
    code: str

    @abc.abstractmethod
    def pay_by_page(self, order: Order, *, on_phone: bool = False) -> Outcome[Page]:
        """Send the payer's browser to the provider's own page."""

    @abc.abstractmethod
    def pay_by_qr(self, order: Order) -> Outcome[QrCode]:
        """Have a QR code made that the payer scans. ``OK`` is not "paid"."""

    @abc.abstractmethod
    def pay_by_code(self, order: Order, auth_code: Secret) -> Outcome[Payment]:
        """Charge the code on the payer's phone. ``OK`` may be ``WAITING``.

        Until a query says otherwise, ``UNKNOWN`` may have taken the money.
        """

    @abc.abstractmethod
    def query(self, out_no: str) -> Outcome[Payment]:
        """Ask where a payment stands: the one truth that is acted upon."""

    @abc.abstractmethod
    def close(self, out_no: str) -> Outcome[Payment]:
        """End an unpaid payment. One that was paid meanwhile comes back as ``PAID``."""

    @abc.abstractmethod
    def cancel(self, out_no: str) -> Outcome[Cancellation]:
        """Undo a payment by code whose outcome stayed unknown: close it or give back.

        ``UNKNOWN`` means: call it again, until it is ``OK``.
        """

    @abc.abstractmethod
    def refund(self, order: RefundOrder) -> Outcome[Refund]:
        """Give money back. Repeated with the same number, it is one refund."""

    @abc.abstractmethod
    def query_refund(self, out_no: str, refund_no: str) -> Outcome[Refund]:
        """Ask where a refund stands."""

    @abc.abstractmethod
    def bill(self, day: date) -> Outcome[Bill]:
        """The bill of a day in Beijing, ready on the next day in the morning.

        ``REJECTED`` with :data:`BILL_NOT_READY` or :data:`BILL_EMPTY` where that is so.
        """

    @abc.abstractmethod
    def parse_notification(
        self, headers: Mapping[str, str], body: bytes
    ) -> Outcome[Notification]:
        """Verify and read a notification, given the bytes as they came.

        ``REJECTED``: forged, broken or not for us. ``UNKNOWN``: signed by a key that
        we do not have (yet). Both are answered with ``acknowledge(False)``. Makes no
        call.
        """

    @abc.abstractmethod
    def acknowledge(self, is_stored: bool) -> Acknowledgement:
        """The answer to a notification: stored, or "send it again"."""


#: codes of ``bill``
BILL_NOT_READY = "o2o.bill_not_ready"
BILL_EMPTY = "o2o.bill_empty"

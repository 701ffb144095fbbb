"""What gateways say, in one vocabulary. Amounts are fen, moments are aware."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

CURRENCY = "CNY"


class PaymentState(enum.Enum):
    """Where a payment stands at the gateway."""

    #: the gateway does not know the number: nothing was asked for, nothing was paid
    ABSENT = "absent"
    #: can still be paid
    WAITING = "waiting"
    #: paid; parts of it may have been given back
    PAID = "paid"
    #: can no longer be paid, and nothing (or nothing any more) is held
    CLOSED = "closed"
    #: the attempt failed; the gateway holds nothing
    FAILED = "failed"


@dataclass(frozen=True)
class Payment:
    """A payment as the gateway tells it, never as we wished it.

    Who acts on it compares ``out_no``, ``amount_fen``, ``currency`` and the merchant
    with the own records first.
    """

    state: PaymentState
    out_no: str
    #: the gateway's own number, for people who talk to its service desk
    provider_no: str = ""
    #: what the order costs; None where the gateway does not say
    amount_fen: int | None = None
    currency: str = CURRENCY
    paid_at: datetime | None = None
    #: the gateway's word for the state
    word: str = ""
    #: nothing can be given back any more
    is_final: bool = False
    #: whoever paid, as the gateway numbers people
    payer: str = field(default="", repr=False)


class RefundState(enum.Enum):
    """Where a refund stands at the gateway."""

    #: the gateway does not know the number (wait before trusting it: see the client)
    ABSENT = "absent"
    PENDING = "pending"
    DONE = "done"
    #: the money stays with us; a new number is needed to try again
    FAILED = "failed"
    #: the money has left and cannot reach the payer: a person has to decide
    ABNORMAL = "abnormal"


@dataclass(frozen=True)
class Refund:
    """A refund as the gateway tells it."""

    state: RefundState
    out_no: str
    refund_no: str
    provider_no: str = ""
    #: this refund; None where the gateway does not say
    amount_fen: int | None = None
    #: all refunds of this payment together; None where the gateway does not say
    total_refunded_fen: int | None = None
    currency: str = CURRENCY
    refunded_at: datetime | None = None
    word: str = ""


@dataclass(frozen=True)
class Page:
    """A page of the gateway to which the payer's browser goes."""

    #: ``POST`` sends ``fields`` as a form, ``GET`` goes to ``url`` as it is
    method: str
    url: str
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class QrCode:
    """What the payer scans, and until when."""

    text: str
    expires_at: datetime


class CancelAction(enum.Enum):
    """What a cancellation did."""

    #: nothing had been paid; now nothing can be
    CLOSED = "closed"
    #: it had been paid and was given back
    REFUNDED = "refunded"
    #: there was nothing to cancel
    NOTHING = "nothing"


@dataclass(frozen=True)
class Cancellation:
    out_no: str
    action: CancelAction
    provider_no: str = ""


@dataclass(frozen=True)
class Finding:
    """What a self-test found wrong, in words for who sets a gateway up."""

    code: str
    text: str


class EventKind(enum.Enum):
    PAYMENT = "payment"
    REFUND = "refund"


@dataclass(frozen=True)
class Notification:
    """A notification whose signature was verified. Its content is still only a claim.

    The inbox stores ``key`` under a unique index; what is done is decided by a query.
    """

    #: the same for each delivery of one event
    key: str
    kind: EventKind
    #: the numbers by which the gateway names us: application, merchant, seller
    merchant: Mapping[str, str]
    payment: Payment | None = None
    refund: Refund | None = None
    #: all of it, as it came
    content: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Acknowledgement:
    """What to answer to a notification."""

    status: int
    content_type: str
    body: bytes


class LineKind(enum.Enum):
    PAYMENT = "payment"
    REFUND = "refund"
    #: anything else; never dropped, a person looks at it
    OTHER = "other"


@dataclass(frozen=True)
class BillLine:
    """One row of a bill."""

    kind: LineKind
    out_no: str
    refund_no: str
    provider_no: str
    #: what the order costs, or what this refund gives back; never negative
    amount_fen: int
    #: what the gateway keeps; negative where it gives a fee back
    fee_fen: int
    at: datetime
    store_no: str = ""
    subject: str = ""
    #: the gateway's word for the kind
    word: str = ""
    #: number of the row in the file, the first is 1
    row: int = 0


@dataclass(frozen=True)
class Bill:
    """The bill of one day, and the file it was read from.

    ``problems`` says where rows and the file's own totals do not agree: such a bill is
    shown to a person, never booked.
    """

    day: date
    file_name: str
    #: the file as it was downloaded; ``sha256`` is of it
    raw: bytes = field(repr=False)
    sha256: str
    lines: tuple[BillLine, ...] = field(repr=False)
    problems: tuple[str, ...] = ()

    def total_fen(self, kind: LineKind) -> int:
        return sum(line.amount_fen for line in self.lines if line.kind is kind)

    def total_fee_fen(self) -> int:
        return sum(line.fee_fen for line in self.lines)

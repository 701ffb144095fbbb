"""The simulator's own books: the truth against which everything else is compared."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from o2o_gateway.clock import Clock, business_day, compact_beijing

#: made but not seen by a payer yet; waiting for the payer; paid; over
DRAFT, WAITING, PAID, CLOSED = "draft", "waiting", "paid", "closed"
#: what the gateway keeps of a payment
FEE_RATE = Decimal("0.006")


class Refused(Exception):
    """The books do not allow it; ``why`` is for the module to say in its own words."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass
class SimRefund:
    refund_no: str
    amount_fen: int
    at: datetime


@dataclass
class Trade:
    """One payment at one gateway."""

    out_no: str
    provider_no: str
    amount_fen: int
    subject: str
    state: str
    created_at: datetime
    expires_at: datetime
    notify_url: str = ""
    return_url: str = ""
    store_no: str = ""
    terminal_no: str = ""
    operator_no: str = ""
    #: whether a credit card may pay
    takes_credit: bool = True
    #: how it came in: page, qr, code
    way: str = ""
    #: whether the payer has seen it: before that, a QR code is no payment
    was_seen: bool = False
    paid_at: datetime | None = None
    closed_at: datetime | None = None
    #: address of its page for the payer
    token: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    refunds: list[SimRefund] = field(default_factory=list)

    @property
    def refunded_fen(self) -> int:
        return sum(refund.amount_fen for refund in self.refunds)

    @property
    def fee_fen(self) -> int:
        exact = self.amount_fen * FEE_RATE
        return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))

    def find_refund(self, refund_no: str) -> SimRefund | None:
        return next((one for one in self.refunds if one.refund_no == refund_no), None)


class Ledger:
    """All payments of one gateway. Each change holds the lock and checks first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._trades: dict[str, Trade] = {}
        self._lock = threading.RLock()
        self._count = 0

    @contextmanager
    def locked(self) -> Iterator[None]:
        """For a module that looks before it changes."""
        with self._lock:
            yield

    def open(self, out_no: str, amount_fen: int, subject: str, **more: object) -> Trade:
        """A new payment; ``more`` are fields of :class:`Trade`.

        :raise Refused: ``exists``
        """
        with self._lock:
            if out_no in self._trades:
                raise Refused("exists")
            self._count += 1
            now = self._clock()
            fields: dict[str, object] = {
                "state": WAITING,
                "created_at": now,
                "expires_at": now + timedelta(days=15),
                "provider_no": f"{compact_beijing(now)}{self._count:014d}",
                **more,
            }
            trade = Trade(
                out_no=out_no,
                amount_fen=amount_fen,
                subject=subject,
                **fields,  # type: ignore[arg-type]
            )
            self._trades[out_no] = trade
            return trade

    def find(self, out_no: str) -> Trade | None:
        """The payment, closed by now if its time is over."""
        with self._lock:
            trade = self._trades.get(out_no)
            is_open = trade is not None and trade.state in (DRAFT, WAITING)
            if trade and is_open and self._clock() > trade.expires_at:
                trade.state = CLOSED
                trade.closed_at = trade.expires_at
            return trade

    def by_token(self, token: str) -> Trade | None:
        with self._lock:
            for trade in self._trades.values():
                if secrets.compare_digest(trade.token, token):
                    return self.find(trade.out_no)
        return None

    def scan(self, out_no: str) -> Trade:
        """The payer sees it: a draft becomes a payment.

        :raise Refused: ``absent``, ``closed``
        """
        with self._lock:
            trade = self._existing(out_no)
            if trade.state == CLOSED:
                raise Refused("closed")
            if trade.state == DRAFT:
                trade.state = WAITING
            trade.was_seen = True
            return trade

    def pay(self, out_no: str, by_credit: bool = False) -> Trade:
        """The payer pays.

        :raise Refused: ``absent``, ``paid``, ``closed``, ``credit`` (not with that)
        """
        with self._lock:
            trade = self.scan(out_no)
            if by_credit and not trade.takes_credit:
                raise Refused("credit")
            if trade.state == PAID:
                raise Refused("paid")
            trade.state = PAID
            trade.paid_at = self._clock()
            return trade

    def close(self, out_no: str) -> Trade:
        """:raise Refused: ``absent``, ``paid``, ``closed``"""
        with self._lock:
            trade = self._existing(out_no)
            if trade.state != WAITING:
                raise Refused("absent" if trade.state == DRAFT else trade.state)
            trade.state = CLOSED
            trade.closed_at = self._clock()
            return trade

    def refund(
        self, out_no: str, refund_no: str, amount_fen: int
    ) -> tuple[Trade, bool]:
        """Give back; whether money moved by this call.

        :raise Refused: ``absent``, ``waiting``, ``closed``, ``differs`` (the number has
            another amount), ``too_much``
        """
        with self._lock:
            trade = self._existing(out_no)
            known = trade.find_refund(refund_no)
            if known:
                if known.amount_fen != amount_fen:
                    raise Refused("differs")
                return trade, False
            if trade.state != PAID:
                raise Refused("absent" if trade.state == DRAFT else trade.state)
            if trade.refunded_fen + amount_fen > trade.amount_fen:
                raise Refused("too_much")
            trade.refunds.append(SimRefund(refund_no, amount_fen, self._clock()))
            if trade.refunded_fen == trade.amount_fen:
                trade.state = CLOSED
                trade.closed_at = self._clock()
            return trade, True

    def _existing(self, out_no: str) -> Trade:
        trade = self.find(out_no)
        if trade is None:
            raise Refused("absent")
        return trade

    # what others may read

    def trades(self) -> list[Trade]:
        with self._lock:
            return [one for no in self._trades if (one := self.find(no))]

    def of_day(self, day: date) -> list[tuple[Trade, SimRefund | None]]:
        """What happened on a day in Beijing, in order: payments, and their refunds."""
        found: list[tuple[datetime, Trade, SimRefund | None]] = []
        for trade in self.trades():
            if trade.paid_at and business_day(trade.paid_at) == day:
                found.append((trade.paid_at, trade, None))
            for refund in trade.refunds:
                if business_day(refund.at) == day:
                    found.append((refund.at, trade, refund))
        found.sort(key=lambda one: one[0])
        return [(trade, refund) for _at, trade, refund in found]

    def books(self) -> dict[str, int]:
        """Sums for a comparison: paid, refunded, fees, number of payments."""
        paid = [one for one in self.trades() if one.paid_at]
        return {
            "payments": len(paid),
            "paid_fen": sum(one.amount_fen for one in paid),
            "refunds": sum(len(one.refunds) for one in paid),
            "refunded_fen": sum(one.refunded_fen for one in paid),
            "fees_fen": sum(one.fee_fen for one in paid),
        }

"""What a gateway adds to the simulator."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from dataclasses import dataclass

from .clock import SimClock
from .faults import NOTIFY, Fault, Faults
from .ledger import Ledger, Trade
from .notifier import Letter, Notifier
from .web import Request, Response


@dataclass
class Surroundings:
    """What all modules share."""

    clock: SimClock
    faults: Faults
    notifier: Notifier
    #: address of the simulator, known once it listens
    url: str = ""


class Module(abc.ABC):
    """One gateway: its wire format around a ledger of its own.

    The server asks each module for the route of a request, plays the fault of that
    route, and has the module answer.
    """

    #: ``alipay``, ``wechat``, ``unionpay``; also what its paths begin with
    code: str
    #: what the payer reads
    title: str
    #: seconds between the tries of a notification
    retries: Sequence[float]

    def __init__(self, around: Surroundings) -> None:
        self.around = around
        self.ledger = Ledger(around.clock)

    @abc.abstractmethod
    def route(self, request: Request) -> str | None:
        """The name of what is asked for, as faults name it; None if not for us."""

    @abc.abstractmethod
    def answer(self, route: str, request: Request, fault: Fault | None) -> Response:
        """Do it. ``fault`` is one of the module's own, if one waits for this route."""

    #: names of the faults that :meth:`answer` plays itself
    own_faults: tuple[str, ...] = ()
    #: names of the faults that :meth:`letter` plays beyond those of all gateways
    notify_faults: tuple[str, ...] = ()

    @abc.abstractmethod
    def merchant(self) -> dict[str, str]:
        """What a merchant needs to speak with us: addresses, numbers, keys (PEM)."""

    @abc.abstractmethod
    def letter(self, trade: Trade, fault: Fault | None) -> Letter:
        """The notification that ``trade`` was paid, spoilt as ``fault`` wants it."""

    @abc.abstractmethod
    def return_address(self, trade: Trade) -> str:
        """Where the payer's browser goes afterwards; "" if nowhere."""

    # what tests and demonstrations do

    @abc.abstractmethod
    def spoil_bill(self, how: str, row: int = 0) -> None:
        """Let the next bill differ from the books (FAULT-68).

        :param how: ``drop``, ``repeat``, ``add``, ``amount``, ``fee`` or ``total``
        :raise ValueError: no such way
        """

    @abc.abstractmethod
    def rotate(self) -> None:
        """Sign with a new key from now on, as announced by the gateway's own rules."""

    def settle_refund(self, refund_no: str, word: str) -> None:
        """End a refund that is under way, with the gateway's word for how.

        :raise ValueError: refunds of this gateway are done at once, or no such word
        """
        raise ValueError("refunds of this gateway are done at once")

    # what the payer does

    @abc.abstractmethod
    def payment_code(self) -> str:
        """A fresh code on the payer's phone, for a till to scan."""

    def pay(self, out_no: str, by_credit: bool = False) -> Trade:
        """The payer pays, and the merchant is told.

        :raise Refused: see :meth:`.ledger.Ledger.pay`
        """
        trade = self.ledger.pay(out_no, by_credit)
        self.notify(trade)
        return trade

    def notify(self, trade: Trade) -> None:
        """Tell the merchant, with the next fault of ``<code>.notify``."""
        if not trade.notify_url:
            return
        names = NOTIFY + self.notify_faults
        fault = self.around.faults.take(f"{self.code}.notify", names)
        name = fault.name if fault else ""
        if name == "drop":
            return
        letter = self.letter(trade, fault)
        notifier = self.around.notifier
        if fault and name == "together":
            notifier.send_together(letter, int(fault.number("times", 8)))
        elif fault and name == "duplicate":
            for _ in range(int(fault.number("times", 5))):
                notifier.send(letter)
        elif fault and name == "late":
            notifier.send(letter, fault.number("seconds", 60))
        else:
            notifier.send(letter)

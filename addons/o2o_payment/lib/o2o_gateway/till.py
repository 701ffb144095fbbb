"""Charging the code on a customer's phone, to the end: paid, or surely not.

Issue 6, payments.md §2.1 and §2.2: ask until the payer has confirmed, then undo. Nobody
stands at a till with "unknown" unless the gateway cannot be reached at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from .clock import Clock, system_clock
from .gateway import Gateway, Order
from .outcome import Outcome, ok, unknown
from .results import CancelAction, Payment, PaymentState
from .secret import Secret
from .texts import lazy as _lt

UNRESOLVED = "o2o.unresolved"
_OPEN = (PaymentState.WAITING, PaymentState.ABSENT)


@dataclass(frozen=True)
class Patience:
    """How long the payer is waited for, in seconds."""

    first: float = 5
    every: float = 4
    #: what the pause grows by from one question to the next
    grows: float = 1
    until: float = 45
    #: how often a cancellation is asked for, and how long in between
    cancellations: int = 5
    between: float = 2


def charge(
    gateway: Gateway,
    order: Order,
    auth_code: Secret,
    *,
    sleep: Callable[[float], None],
    clock: Clock = system_clock,
    patience: Patience | None = None,
) -> Outcome[Payment]:
    """Charge ``auth_code`` and wait for the end.

    * ``OK`` with ``PAID``: the goods may leave. ``OK`` with ``CLOSED``: nothing was
      taken, or it was given back.
    * ``REJECTED``: refused at once, nothing was taken.
    * ``UNKNOWN`` (:data:`UNRESOLVED`): a person, or a later query, has to find out. No
      second charge before.
    """
    patience = patience or Patience()
    ends = clock() + timedelta(seconds=patience.until)
    outcome = gateway.pay_by_code(order, auth_code)
    if outcome.is_rejected or (outcome.is_ok and outcome.value.state not in _OPEN):
        return outcome
    pause, following = patience.first, patience.every
    while clock() + timedelta(seconds=pause) <= ends:
        sleep(pause)
        pause, following = following, following * patience.grows
        found = gateway.query(order.out_no)
        if found.is_ok and found.value.state not in _OPEN:
            return found
    return _undo(gateway, order.out_no, sleep, patience)


def _undo(
    gateway: Gateway, out_no: str, sleep: Callable[[float], None], patience: Patience
) -> Outcome[Payment]:
    for _try in range(patience.cancellations):
        cancelled = gateway.cancel(out_no)
        if cancelled.is_ok:
            is_refunded = cancelled.value.action is CancelAction.REFUNDED
            word = "given back" if is_refunded else "closed"
            return ok(Payment(PaymentState.CLOSED, out_no, word=word))
        if cancelled.is_rejected and cancelled.was_sent:
            # not to be cancelled: then it is paid, or over
            found = gateway.query(out_no)
            if found.is_ok and found.value.state not in _OPEN:
                return found
        sleep(patience.between)
    return unknown(UNRESOLVED, _lt("Nobody knows whether the customer has paid."))

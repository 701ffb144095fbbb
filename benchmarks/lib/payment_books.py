"""The books of the gateways beside those of a shop, to the fen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Taken:
    """A payment as its gateway has it."""

    out_no: str
    paid_fen: int
    refunded_fen: int


@dataclass(frozen=True)
class Known:
    """The same as a shop has it."""

    out_no: str
    #: what was to be paid once: an order, a line of a till, a top-up
    purpose: str
    price_fen: int
    paid_fen: int
    refunded_fen: int
    #: of the refunds, what a person gave back on purpose
    asked_back_fen: int = 0
    #: on the list of what a person gives back
    owed_fen: int = 0
    #: on the list of what a person decides
    is_held: bool = False


@dataclass
class Differences:
    """What is wrong; a list of numbers each."""

    #: at a gateway and not here
    lost: list[str] = field(default_factory=list)
    #: here and not at a gateway
    invented: list[str] = field(default_factory=list)
    #: of another amount, paid or given back
    unequal: list[str] = field(default_factory=list)
    #: purposes that cost a payer more than their price
    charged_twice: list[str] = field(default_factory=list)
    #: payments for a person, and what they hold
    held: list[str] = field(default_factory=list)
    held_fen: int = 0
    owed_fen: int = 0
    gateway_fen: int = 0
    shop_fen: int = 0

    @property
    def left_fen(self) -> int:
        """What the gateways have beyond what the shop knows of."""
        return self.gateway_fen - self.held_fen - self.shop_fen


def compare(taken: Iterable[Taken], known: Sequence[Known]) -> Differences:
    found = Differences()
    here = {row.out_no: row for row in known}
    paid_for: dict[str, int] = defaultdict(int)
    seen = set()
    for trade in taken:
        seen.add(trade.out_no)
        row = here.get(trade.out_no)
        kept = trade.paid_fen - trade.refunded_fen
        found.gateway_fen += kept
        if row is None:
            if kept:
                found.lost.append(trade.out_no)
            continue
        if row.is_held:
            found.held.append(trade.out_no)
            found.held_fen += kept
            continue
        paid_for[row.purpose] += kept + row.asked_back_fen - row.owed_fen
        found.owed_fen += row.owed_fen
        own = row.paid_fen - row.refunded_fen
        found.shop_fen += own
        if kept and not row.paid_fen:
            found.lost.append(trade.out_no)
        elif kept != own:
            found.unequal.append(trade.out_no)
    for row in known:
        if row.out_no not in seen and row.paid_fen:
            found.invented.append(row.out_no)
            found.shop_fen += row.paid_fen - row.refunded_fen
    prices = {row.purpose: row.price_fen for row in known}
    found.charged_twice = [
        purpose for purpose, fen in paid_for.items() if fen > prices[purpose]
    ]
    return found

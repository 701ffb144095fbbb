"""The books of the gateways beside those of a shop, to the fen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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
    #: the same, of a refund of it that failed
    is_back_held: bool = False
    #: what was paid for was sold: an order that is confirmed
    is_sold: bool = True
    transaction_id: int = 0


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


@dataclass
class Misweighed:
    """Orders of which the gateways have the wrong sum; what each is named by."""

    #: more than the price, or anything of an order that was not sold
    kept_too_much: list[str] = field(default_factory=list)
    #: less than the price less what a person asked back
    gave_too_much: list[str] = field(default_factory=list)


def weigh(
    taken: Iterable[Taken], known: Sequence[Known], asked: Mapping[int, int]
) -> Misweighed:
    """What the gateways have of each order beside its price.

    The shop says what was sold, and for how much. What was asked back it does not say:
    whoever asked does.

    :param asked: fen asked back by a person, by transaction, done or not
    """
    kept = {trade.out_no: trade.paid_fen - trade.refunded_fen for trade in taken}
    by_order: dict[str, list[Known]] = defaultdict(list)
    for row in known:
        if row.purpose.startswith("order/"):
            by_order[row.purpose].append(row)
    found = Misweighed()
    for purpose, rows in by_order.items():
        if any(row.is_held for row in rows):
            continue
        has = sum(kept.get(row.out_no, 0) for row in rows)
        owed = sum(row.owed_fen for row in rows)
        price = rows[0].price_fen if rows[0].is_sold else 0
        is_back_held = any(row.is_back_held for row in rows)
        if has - owed > price and not is_back_held:
            found.kept_too_much.append(purpose)
        if has < price - sum(asked.get(row.transaction_id, 0) for row in rows):
            found.gave_too_much.append(purpose)
    return found

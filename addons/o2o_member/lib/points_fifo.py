"""First in, first out: which points of an account are still there (PTS-01, idea 20).

A pure function of what was earned and what was taken, so that a refund is simply the
same computation with fewer points earned or taken: the account ends as if the returned
lines had never been bought, in whatever order things happened.
"""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Lot:
    """Points earned together.

    :param int sequence: position in the ledger
    :param int points: what is kept of them after reversals
    :param available_at: from when they can be spent
    :param expires_at: from when they are void, or None
    :param int purse: account they were earned on
    """

    sequence: int
    points: int
    available_at: datetime
    expires_at: datetime | None = None
    purse: int = 0


@dataclass(frozen=True)
class Take:
    """Points taken at a moment; ``points`` is net of what was given back since."""

    sequence: int
    points: int
    taken_at: datetime
    purse: int = 0


@dataclass(frozen=True)
class Join:
    """An account ends in another (MEM-12): from here on each pays for the other."""

    sequence: int
    purse: int
    into: int
    joined_at: datetime


@dataclass
class Account:
    """:param dict remaining: points still there, by the lot's sequence
    :param dict expired: points that ran out, by the lot's sequence
    :param int debt: points taken that no lot could pay
    """

    remaining: dict = field(default_factory=dict)
    expired: dict = field(default_factory=dict)
    debt: int = 0

    @property
    def balance(self):
        return sum(self.remaining.values()) - self.debt


def drawing_order(available_at, expires_at, sequence, moment):
    """Sort key: spendable before pending, first to expire first, then the oldest."""
    return (
        available_at > moment,
        expires_at is None,
        expires_at or available_at,
        sequence,
    )


def draw(lots, points):
    """Share points out over lots in the given order.

    :param lots: iterable of (key, points there)
    :return: ({key: points drawn}, points that were not there)
    """
    drawn = {}
    for key, there in lots:
        if not points:
            break
        if part := min(there, points):
            drawn[key] = part
            points -= part
    return drawn, points


def settle(lots, takes, now, joins=()):
    """Replay the history of an account, with those of the accounts that ended in it.

    Later points pay an open debt first, pending ones included; a take that finds too
    little uses pending points too, because points taken back may have been the ones
    that once covered it. Until two accounts join, each pays for its own takes only.

    :param lots: iterable of :class:`Lot`
    :param takes: iterable of :class:`Take`
    :param datetime now: lots that expire until now are counted as expired
    :param joins: iterable of :class:`Join`
    :rtype: Account
    """
    account = Account()
    lots = list(lots)
    purses, debts = {}, {}
    for event in sorted([*lots, *takes, *joins], key=lambda event: event.sequence):
        if isinstance(event, Lot):
            debt = debts.get(event.purse, 0)
            paid = min(debt, event.points)
            debts[event.purse] = debt - paid
            account.remaining[event.sequence] = event.points - paid
            purses.setdefault(event.purse, []).append(event)
        elif isinstance(event, Take):
            own = purses.setdefault(event.purse, [])
            missing = _take(account.remaining, own, event.points, event.taken_at)
            debts[event.purse] = debts.get(event.purse, 0) + missing
        else:
            both = purses.setdefault(event.into, [])
            both += purses.pop(event.purse, [])
            owed = debts.pop(event.purse, 0) + debts.get(event.into, 0)
            debts[event.into] = _take(account.remaining, both, owed, event.joined_at)
    account.debt = sum(debts.values())
    for lot in lots:
        is_over = _is_over(lot, now)
        account.expired[lot.sequence] = (
            account.remaining[lot.sequence] if is_over else 0
        )
        if is_over:
            account.remaining[lot.sequence] = 0
    return account


def _take(remaining, lots, points, moment):
    """Take points from the lots that live at a moment; return what was not there."""
    # a lot that is empty never fills again: a long history stays linear
    lots[:] = [lot for lot in lots if remaining[lot.sequence]]
    live = sorted(
        (lot for lot in lots if not _is_over(lot, moment)),
        key=lambda lot: drawing_order(
            lot.available_at, lot.expires_at, lot.sequence, moment
        ),
    )
    drawn, missing = draw(
        ((lot.sequence, remaining[lot.sequence]) for lot in live), points
    )
    for sequence, part in drawn.items():
        remaining[sequence] -= part
    return missing


def _is_over(lot, moment):
    return lot.expires_at is not None and lot.expires_at <= moment

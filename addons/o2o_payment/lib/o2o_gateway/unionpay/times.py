"""UnionPay's sense of time.

An order is known by its number *and* the moment it was sent (``txnTime``): without that
moment nothing can be asked about it. Who calls keeps it, see :class:`Stamp`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ..clock import BEIJING, beijing, business_day
from ..texts import lazy as _lt
from ..till import Patience

#: the day of settlement begins at 23:00 in Beijing, an hour before the day
_AHEAD = timedelta(hours=1)
#: a void is not begun that close to the end of its day
_MARGIN = timedelta(minutes=10)
#: after ``payTimeout`` an order is given up; this is for clocks that differ
GRACE = timedelta(minutes=1)
#: after that, a number that UnionPay does not know is given up for another one
STALE = timedelta(minutes=5)
#: seconds after a payment when to ask about it; after that, wait for the bill
QUERY_AFTER = (1, 2, 4, 8, 16, 32)
#: the same at the till, where somebody stands and waits
PATIENCE = Patience(first=1, every=2, grows=2, until=sum(QUERY_AFTER) + 15)


@dataclass(frozen=True)
class Stamp:
    """When a number of ours went to UnionPay first, and until when it can be paid.

    Once anything was sent under the number, its stamp never changes. Until then it may
    be renewed: UnionPay refuses a ``txnTime`` that is not now.
    """

    sent_at: datetime
    #: of a payment; None for a refund
    expires_at: datetime | None = None


#: gives the stamp of a number, making and keeping one (now) for a number that is new.
#: It is asked for numbers of payments and refunds, and for what the client makes of
#: them, see below
Stamps = Callable[[str], Stamp]

#: ``V`` and the number of a payment: its undoing by ``cancel``
UNDO = "V"
#: the number of a refund and ``R``: sent where a void under the first was refused, or
#: where the first never arrived and its moment is over
SECOND = "R"


def settlement_day(moment: datetime) -> date:
    """The day in whose file ``moment`` is: from 23:00 on, the next one."""
    return business_day(moment + _AHEAD)


def can_void(settle_date: str, moment: datetime) -> bool:
    """Whether a payment settled on ``settle_date`` (MMDD) can be voided at ``moment``.

    A void has the same day of settlement as its payment; afterwards there is only the
    refund.
    """
    days = {settlement_day(moment), settlement_day(moment + _MARGIN)}
    return {f"{day:%m%d}" for day in days} == {settle_date}


def next_query(asked: int) -> timedelta | None:
    """How long after the ``asked``-th query the next one is sent; None: no more."""
    if not 0 <= asked < len(QUERY_AFTER):
        return None
    return timedelta(seconds=QUERY_AFTER[asked])


def parse_short(text: str, near: datetime) -> datetime:
    """The moment ``MMDDhhmmss``, in the year that brings it nearest to ``near``.

    :raise ValueError: not such a text
    """
    if len(text) != 10 or not text.isascii() or not text.isdigit():
        raise ValueError(_lt("not a moment without a year"))
    found = []
    month, day, hour, minute, second = (
        int(text[at : at + 2]) for at in range(0, 10, 2)
    )
    year = beijing(near).year
    for candidate in (year - 1, year, year + 1):
        try:
            found.append(
                datetime(candidate, month, day, hour, minute, second, tzinfo=BEIJING)
            )
        except ValueError:
            # the 29th of February is in one of four years only
            continue
    if not found:
        raise ValueError(_lt("no such moment"))
    return min(found, key=lambda one: abs(one - near))


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=BEIJING)

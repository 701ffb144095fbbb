"""What is left of each bonus, replayed from the rows of a wallet.

A bonus with an end is used before one that ends later; one without end comes last.
"""

from dataclasses import dataclass
from datetime import timedelta

_DAY = timedelta(days=1)


@dataclass
class Lot:
    """A bonus as it was given. ``left`` is in minor units; ``end`` may be None."""

    row_id: int
    end: object
    left: int


def replay(rows):
    """Follow the bonus of a wallet through its rows.

    :param rows: iterable of (row id, change of the bonus in minor units, end, id of the
        row whose bonus is taken back or None), oldest first
    :return: (list of :class:`Lot` with something left, the first to end first,
        {row id: list of (end, amount) that the row took})
    """
    lots, taken = [], {}
    for row_id, change, end, taken_back_id in rows:
        if change > 0:
            lots.append(Lot(row_id, end, change))
        elif change < 0:
            own = [lot for lot in lots if lot.row_id == taken_back_id]
            taken[row_id] = _take(-change, own + in_order(lots))
    return [lot for lot in in_order(lots) if lot.left], taken


def in_order(lots):
    """The order of use."""
    endless = [lot for lot in lots if not lot.end]
    ending = [lot for lot in lots if lot.end]
    return sorted(ending, key=lambda lot: (lot.end, lot.row_id)) + endless


def _take(amount, lots):
    parts = []
    for lot in lots:
        part = min(amount, lot.left)
        if part:
            lot.left -= part
            amount -= part
            parts.append((lot.end, part))
    return parts


def come_back(parts, before, amount):
    """Which bonus of a payment comes back: what was taken last comes first.

    :param parts: list of (end, amount) that the payment took, in the order of use
    :param int before: what of it came back earlier
    :param int amount: what comes back now
    :return: list of (end, amount) of different ends, the last one to end first
    """
    found = {}
    for end, part in reversed(parts):
        skipped = min(before, part)
        before -= skipped
        back = min(amount, part - skipped)
        amount -= back
        if back:
            found[end] = found.get(end, 0) + back
    return list(found.items())


def new_end(end, paid_at, now, grace):
    """When a bonus ends that comes back.

    Not before its own end. Where that is near or over, as much time is left as when it
    was paid with, a day at least and the days of grace at most: who pays and cancels
    again and again gains a day each time, no more.

    :param end: of the bonus, or None
    :param timedelta grace: what a company grants
    """
    if not end:
        return end
    left = max(end - paid_at, _DAY)
    return max(end, now + min(grace, left))

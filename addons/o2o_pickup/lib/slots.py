"""Cutting opening hours into times to collect; plain Python, no ORM."""

from datetime import timedelta

#: Odoo ends a day at 23:59:59.999999
GRACE = timedelta(seconds=1)


def cut_into_slots(periods, minutes, earliest, last):
    """The times to collect within opening hours, each counted from the opening.

    :param list periods: pairs of datetimes in which the shop is open
    :param int minutes: length of a slot; what is left at the end is no slot
    :param datetime earliest: a slot begins then or later
    :param datetime last: a slot begins before
    :return: sorted list of pairs ``(start, end)``
    """
    length = timedelta(minutes=minutes)
    slots = {}
    for begin, stop in periods:
        start = begin
        while start + length <= stop + GRACE and start < last:
            if start >= earliest:
                slots[start] = start + length
            start += length
    return sorted(slots.items())

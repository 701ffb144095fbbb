"""When a shop is open, for many calendars at once and without the ORM.

A calendar is a dict: ``tz`` (pytz zone); ``flexible`` (always open but for leaves);
``two_weeks``; ``attendances``, a list of ``(weekday, hour from, hour to, week type)``;
``leaves``, a list of pairs of naive UTC datetimes. The answers are those of Odoo's
``resource.calendar``, which asks the database once per calendar.
"""

from datetime import datetime, time, timedelta

from pytz import utc

#: how far ahead somebody would wait for a shop to open
HORIZON_DAYS = 8


def week_type(day):
    """Which of two weeks a date is in, as Odoo counts."""
    return (day.toordinal() - 1) // 7 % 2


def opens_at(calendar, moment, horizon_days=HORIZON_DAYS):
    """The first moment from ``moment`` on at which the shop is open.

    :param datetime moment: naive UTC
    :return: naive UTC, ``moment`` itself when it is open then, None when it stays
        closed
    """
    end = moment + timedelta(days=horizon_days)
    leaves = sorted(calendar["leaves"])
    for begin, stop in _opening_times(calendar, moment, end):
        at = max(begin, moment)
        for leave_from, leave_to in leaves:
            if leave_from <= at < leave_to:
                at = leave_to
        if at < stop:
            return at
    return None


def open_periods(calendar, moment, end):
    """When the shop is open, holidays cut out.

    :param datetime moment: naive UTC; periods that end before are left out
    :param datetime end: naive UTC
    :return: list of pairs of naive UTC datetimes, sorted
    """
    periods = []
    for begin, stop in _opening_times(calendar, moment, end):
        for leave_from, leave_to in sorted(calendar["leaves"]):
            if leave_to <= begin or leave_from >= stop:
                continue
            if leave_from > begin:
                periods.append((begin, leave_from))
            begin = leave_to
        if begin < stop:
            periods.append((begin, stop))
    return periods


def _opening_times(calendar, moment, end):
    """Pairs of naive UTC datetimes that end after ``moment``, sorted."""
    if calendar["flexible"]:
        return [(moment, end)]
    zone = calendar["tz"]
    day = utc.localize(moment).astimezone(zone).date()
    times = []
    while len(times) < 1000:
        begin_of_day = zone.localize(datetime.combine(day, time.min))
        if begin_of_day.astimezone(utc).replace(tzinfo=None) >= end:
            break
        for weekday, hour_from, hour_to, week in calendar["attendances"]:
            if weekday != day.weekday():
                continue
            if calendar["two_weeks"] and week != week_type(day):
                continue
            begin, stop = (
                zone.localize(datetime.combine(day, _clock(hour)))
                .astimezone(utc)
                .replace(tzinfo=None)
                for hour in (hour_from, hour_to)
            )
            if stop > moment:
                times.append((begin, stop))
        day += timedelta(days=1)
    return sorted(times)


def _clock(hour):
    if hour >= 24:
        return time.max
    whole = int(hour)
    minutes = int(60 * (hour - whole) + 0.5)
    return time(min(whole + minutes // 60, 23), minutes % 60)

"""Which level do these facts give? No database here: easy to test, easy to explain."""

from dataclasses import dataclass
from datetime import timedelta

from dateutil.relativedelta import relativedelta


@dataclass(frozen=True)
class LevelRule:
    """The criteria of one level, and what it multiplies points with.

    A minimum of zero is not a criterion.
    """

    id: int
    rank: int
    spend_min: float = 0.0
    count_min: int = 0
    needs_both: bool = False
    window_months: int = 12
    points_multiplier: float = 1.0

    def is_earned(self, spend, count):
        """:return: the criterion that is met (``spend`` or ``count``), or False"""
        checks = {}
        if self.spend_min > 0:
            checks["spend"] = spend >= self.spend_min
        if self.count_min > 0:
            checks["count"] = count >= self.count_min
        if not checks or (self.needs_both and not all(checks.values())):
            return False
        return next((cause for cause, is_met in checks.items() if is_met), False)


@dataclass(frozen=True)
class Grant:
    """A level given for a time: ``cause`` is ``fee`` or ``manual``."""

    id: int
    level_id: int
    cause: str


# Of two reasons for the same level the one that lasts longest explains it.
_CAUSES = ("registration", "manual", "fee", "count", "spend")


def best_level(rules, purchases, grants):
    """The highest level somebody has a reason for; the lowest one needs none.

    :param rules: non-empty list of :class:`LevelRule`
    :param dict purchases: {window in months: (spend, count)}
    :param grants: the grants that run today
    :return: (level id, cause, grant id or False)
    """
    ranks = {rule.id: rule.rank for rule in rules}
    lowest = min(rules, key=lambda rule: (rule.rank, rule.id))
    reasons = [(lowest.id, "registration", False)]
    for rule in rules:
        cause = rule.is_earned(*purchases.get(rule.window_months, (0.0, 0)))
        if cause:
            reasons.append((rule.id, cause, False))
    reasons += [
        (grant.level_id, grant.cause, grant.id)
        for grant in grants
        if grant.level_id in ranks
    ]
    return max(
        reasons,
        key=lambda reason: (
            ranks[reason[0]],
            reason[0],
            _CAUSES.index(reason[1]),
            reason[2] or 0,
        ),
    )


def term_end(start, months):
    """The last day of a term that starts on ``start``."""
    return start + relativedelta(months=months) - timedelta(days=1)


def days_left(start, end, today):
    """(days not used yet, days of the term); the day of today counts as used."""
    total = (end - start).days + 1
    return max(0, min(total, (end - today).days)), total


def birthday_in(birthday, year):
    """The day somebody's birthday is kept: 28 February in a common year."""
    return birthday + relativedelta(year=year)

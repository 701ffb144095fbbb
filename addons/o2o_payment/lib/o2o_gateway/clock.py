"""Time of the gateways: always Beijing, whatever ``TZ`` the process has.

Odoo sets ``TZ=UTC``, so a naive ``datetime.now()`` is eight hours off there. China has
had no daylight saving since 1991: the zone is a fixed offset and needs no tables.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

_PATTERN = "%Y-%m-%d %H:%M:%S"
_COMMON = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
BEIJING = timezone(timedelta(hours=8), "Asia/Shanghai")
#: returns an aware datetime; injected wherever time matters
Clock = Callable[[], datetime]


def system_clock() -> datetime:
    return datetime.now(timezone.utc)


def beijing(moment: datetime) -> datetime:
    """:raise ValueError: a naive datetime, which nobody can place"""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return moment.astimezone(BEIJING)


def format_beijing(moment: datetime) -> str:
    """``2026-11-27 21:03:06``, as Alipay writes."""
    return beijing(moment).strftime("%Y-%m-%d %H:%M:%S")


def compact_beijing(moment: datetime) -> str:
    """``20261127210306``, as UnionPay writes."""
    return beijing(moment).strftime("%Y%m%d%H%M%S")


def parse_beijing(text: str, pattern: str = _PATTERN) -> datetime:
    """:raise ValueError: not such a text"""
    if pattern == _PATTERN and _COMMON.fullmatch(text):
        # far faster than strptime; a bill has a hundred thousand of them
        return datetime.fromisoformat(text).replace(tzinfo=BEIJING)
    return datetime.strptime(text, pattern).replace(tzinfo=BEIJING)


def business_day(moment: datetime) -> date:
    """The day whose bill holds ``moment``."""
    return beijing(moment).date()


def skew_seconds(date_header: str, now: datetime) -> float | None:
    """How much our clock is ahead of the one that wrote an HTTP ``Date`` header."""
    try:
        theirs = parsedate_to_datetime(date_header)
    except (TypeError, ValueError):
        return None
    if theirs.tzinfo is None:
        return None
    return (now - theirs).total_seconds()

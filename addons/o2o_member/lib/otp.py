"""Rules of one-time codes. No ORM here."""

import secrets
from datetime import timedelta

LENGTH = 6
LIFETIME = timedelta(minutes=5)
MAX_TRIES = 5
RESEND_AFTER = timedelta(seconds=60)

#: (window, codes one target may be sent in it): what keeps a stranger's phone quiet,
#: and together with MAX_TRIES what bounds guessing: 50 of a million codes a day.
LIMITS_PER_TARGET = ((timedelta(hours=1), 5), (timedelta(days=1), 10))
LIMITS_PER_ADDRESS = ((timedelta(hours=1), 20),)
#: how far back the limits look
LONGEST_WINDOW = timedelta(days=1)


def new_code():
    return f"{secrets.randbelow(10**LENGTH):0{LENGTH}d}"


def seconds_to_wait(last_sent_at, now):
    """Seconds until another code may be sent to the same target; 0 when now."""
    if not last_sent_at:
        return 0
    left = (last_sent_at + RESEND_AFTER - now).total_seconds()
    return max(0, int(left + 0.999))


def is_over(sent_at, limits, now):
    """Whether one more code would break a limit.

    :param sent_at: moments of the codes so far
    :param limits: pairs (window, how many)
    """
    return any(
        sum(moment > now - window for moment in sent_at) >= limit
        for window, limit in limits
    )

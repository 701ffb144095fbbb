"""Moments of gateways are aware, those of the database are naive UTC."""

from datetime import timezone


def to_utc(moment):
    """:param moment: aware datetime or None
    :return: as a field keeps it; None for None
    """
    return moment and moment.astimezone(timezone.utc).replace(tzinfo=None)

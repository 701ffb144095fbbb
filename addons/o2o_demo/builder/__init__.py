"""Builds the demo shop, one step after the other; safe to run again.

Each step takes the :class:`~.common.Shop` and finds what exists by xml id, so a
second run adds only what is missing.
"""

import logging
import time

from . import (
    catalogue,
    devices,
    orders,
    payments,
    people,
    points,
    regions_stores,
    risk,
    settings,
    stock,
    wallet,
)
from .common import Shop

_logger = logging.getLogger(__name__)

STEPS = (
    settings.build,
    regions_stores.build,
    catalogue.build,
    stock.build,
    people.build,
    settings.open_website,
    points.build,
    wallet.build,
    risk.build,
    orders.build,
    # after the orders: slips of the past are not printed
    devices.build,
    payments.build,
)


def build(env):
    """Run every step in Chinese, as the system, for the main company."""
    shop = Shop(env)
    for step in STEPS:
        started = time.monotonic()
        step(shop)
        shop.env.flush_all()
        _logger.info(
            "demo shop: %s.%s in %.1f s",
            step.__module__.rpartition(".")[2],
            step.__name__,
            time.monotonic() - started,
        )

"""Sourcing rules as plain data, and what a company without a rule set uses."""

#: what may leave a store out; the order is the order in which a person explains
FILTERS = (
    "region",
    "distance",
    "area",
    "channel",
    "paused",
    "open",
    "capacity",
    "goods",
    "refused",
    "stock",
)

#: the word of a filter in ``facts``: what a store was left out for
REASONS = {
    "region": "region",
    "distance": "distance",
    "area": "area",
    "channel": "channel",
    "paused": "paused",
    "open": "closed",
    "capacity": "capacity",
    "goods": "goods",
    "refused": "rejected",
    "stock": "stock",
}

#: switching one of these off would send orders where they cannot be served
ALWAYS_ON = frozenset(["paused", "refused", "stock"])

CRITERIA = ("distance", "depth", "load", "score", "cost", "transfer")

STEPS = ("pool", "neighbours", "transit", "head_office", "choice")

POOL = {
    "radius_km": 3.0,
    "step_km": 2.0,
    "step_minutes": 1.0,
    "max_km": 15.0,
    "max_unfinished": 3,
    "cooldown_minutes": 30.0,
    "head_start_seconds": 10.0,
}


def default_rules():
    """City, paused, closed, refused, goods; the nearest; else head office.

    What a store says about itself (area, channels, capacity, goods it may not sell)
    counts too, and leaves nobody out where nothing is said.
    """
    order = (
        "region",
        "paused",
        "open",
        "refused",
        "channel",
        "area",
        "goods",
        "capacity",
        "stock",
    )
    return {
        "id": False,
        "method": "offer",
        "filters": [
            {"kind": kind, "value": 0.0, "by_promise": False} for kind in order
        ],
        "weights": {**dict.fromkeys(CRITERIA, 0.0), "distance": 1.0},
        "scales": {"distance": 5.0, "load": 10.0, "cost": 10.0},
        "split": {"max_parcels": 1, "min_value": 0.0, "with_head_office": False},
        "steps": ["head_office"],
        "head_office_needs_goods": False,
        "pool": dict(POOL),
    }


def find_filter(rules, kind):
    """:return: the filter of this kind that is on, or ``None``"""
    return next((it for it in rules["filters"] if it["kind"] == kind), None)

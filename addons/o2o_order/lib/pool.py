"""Who may grab an order, and when: near stores first, starved ones a little earlier.

A store is a dict: ``id``; ``distance`` (km or None); ``unfinished`` (orders it grabbed
and has not handed out); ``is_cooling`` (dropped one a moment ago); ``recent`` (orders
it got this week).
"""

from statistics import fmean


def radius_at(settings, elapsed_seconds):
    """How far the pool reaches after so many seconds, in km."""
    return min(
        settings["radius_km"] + settings["step_km"] * _steps(settings, elapsed_seconds),
        max(settings["max_km"], settings["radius_km"]),
    )


def _steps(settings, elapsed_seconds):
    seconds = settings["step_minutes"] * 60
    return int(max(elapsed_seconds, 0) // seconds) if seconds > 0 else 0


def enters_at(settings, distance):
    """Seconds after which a store at this distance is reached; None: never."""
    if distance is None:
        return None
    if distance <= settings["radius_km"]:
        return 0
    if settings["step_km"] <= 0 or settings["step_minutes"] <= 0:
        return None
    steps = -int(-(distance - settings["radius_km"]) // settings["step_km"])
    if distance > max(settings["max_km"], settings["radius_km"]):
        return None
    return steps * settings["step_minutes"] * 60


def schedule(stores, settings):
    """When each store that may grab sees the order.

    :return: ``{store id: seconds after the pool opened}``
    """
    able = [
        store
        for store in stores
        if not store["is_cooling"]
        and store["unfinished"] < settings["max_unfinished"]
        and enters_at(settings, store["distance"]) is not None
    ]
    if not able:
        return {}
    usual = fmean(store["recent"] for store in able)
    # nobody waits where nobody is starved
    has_starved = any(store["recent"] < usual for store in able)
    return {
        store["id"]: enters_at(settings, store["distance"])
        + (
            settings["head_start_seconds"]
            if has_starved and store["recent"] >= usual
            else 0
        )
        for store in able
    }


def choose(stores, settings, elapsed_seconds):
    """The ids of the stores that may grab the order now, nearest first."""
    when = schedule(stores, settings)
    return [
        store["id"]
        for store in sorted(stores, key=lambda it: (it["distance"] or 0.0, it["id"]))
        if when.get(store["id"], elapsed_seconds + 1) <= elapsed_seconds
    ]


def next_change(stores, settings, elapsed_seconds):
    """Seconds after the opening at which more stores see it; None: never."""
    later = [at for at in schedule(stores, settings).values() if at > elapsed_seconds]
    return min(later, default=None)

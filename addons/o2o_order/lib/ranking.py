"""Which store first: a pure function of what is known about each.

A store is a dict: ``id``; ``distance`` (km, or None when unknown); ``depth`` (how many
times the wanted goods it has, at least 1 when it has all); ``load`` (orders it has not
finished) and ``max_open`` (0: no limit); ``score`` (0 to 100); ``cost`` (to ship from
it); ``share`` (of the goods, by value, that are on its own shelf: 1 needs no transfer).

Each criterion is a number from 0 (bad) to 1 (good) that does not depend on the other
stores: taking one away never turns the order of the rest.
"""


def rate(store, scales):
    """:return: ``{criterion: number from 0 to 1}``"""
    distance = store["distance"]
    limit = store["max_open"]
    if limit:
        free_hands = max(0.0, 1 - store["load"] / limit)
    else:
        free_hands = _halved_at(store["load"], scales["load"])
    return {
        "distance": 0.0
        if distance is None
        else _halved_at(distance, scales["distance"]),
        "depth": 1 - 1 / store["depth"] if store["depth"] > 1 else 0.0,
        "load": free_hands,
        "score": min(max(store["score"], 0.0), 100.0) / 100,
        "cost": _halved_at(store["cost"], scales["cost"]),
        "transfer": store["share"],
    }


def _halved_at(value, scale):
    """1 at zero, a half at ``scale``, towards 0 beyond."""
    return scale / (scale + max(value, 0.0)) if scale > 0 else float(value <= 0)


def weigh(store, weights, scales):
    """How good a store is, in points of 100, and where they come from.

    :return: tuple ``(total, {criterion: points})``, without criteria of no weight
    """
    whole = sum(weights.values())
    if whole <= 0:
        return 0.0, {}
    rates = rate(store, scales)
    points = {
        criterion: 100 * weight * rates[criterion] / whole
        for criterion, weight in weights.items()
        if weight > 0
    }
    return sum(points.values()), points


def rank(stores, weights, scales):
    """The best first; each gets ``total`` and ``points``.

    Equal points: the nearer one, an unknown distance last, then the older store.
    """
    for store in stores:
        store["total"], store["points"] = weigh(store, weights, scales)
    return sorted(stores, key=rank_key)


def rank_key(store):
    distance = store["distance"]
    return (
        -round(store["total"], 6),
        distance is None,
        distance or 0.0,
        store["id"],
    )

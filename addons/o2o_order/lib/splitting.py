"""One order from several stores: fewest parcels first, then the best stores.

A line is a dict ``key``, ``product``, ``quantity`` (in its own unit), ``factor`` (how
many of the product one unit is) and ``value`` (of one unit). A store is a dict ``id``,
``total`` (points) and ``free`` ({product: quantity}). A product that is in no store's
``free`` is asked for in vain; one that needs no stock has ``product`` None.
"""

from itertools import combinations

#: sets of stores that are looked at before giving up
MAX_SETS = 60_000
EPSILON = 1e-6


def split(lines, stores, max_parcels, min_value=0.0):
    """Divide the lines over at most ``max_parcels`` stores.

    Every part is worth at least ``min_value``. A line goes to one store when a store
    of the set has all of it, else it is divided in whole units.

    :return: list of ``(store id, {line key: quantity})``, the best store first, or
        None when it cannot be done; quantities of a line always add up
    """
    needs = _needs(lines)
    useful = [store for store in stores if _covers_some(store, needs)]
    for count in range(2, max_parcels + 1):
        kept = _prune(useful, needs, count)
        for chosen in _sets(kept, needs, count):
            parts = _allocate(lines, chosen, min_value)
            if parts is not None:
                return parts
    return None


def can_serve(lines, store):
    """Whether one store has everything."""
    return _allocate(lines, [store], 0.0) is not None


def _needs(lines):
    needs = {}
    for line in lines:
        product = line["product"]
        if product is not None:
            more = line["quantity"] * line["factor"]
            needs[product] = needs.get(product, 0.0) + more
    return needs


def _vector(store, needs):
    free = store["free"]
    return tuple(
        min(max(free.get(product, 0.0), 0.0), need) for product, need in needs.items()
    )


def _covers_some(store, needs):
    return any(amount > EPSILON for amount in _vector(store, needs))


def _prune(stores, needs, count):
    """Leave out a store when ``count`` others are as good or better in everything.

    Whatever set it is in, one of those others is not, and could stand in for it.
    """
    by_rank = sorted(stores, key=lambda store: (-store["total"], store["id"]))
    kept, vectors = [], []
    for store in by_rank:
        vector = _vector(store, needs)
        better = 0
        for other in vectors:
            if all(a >= b - EPSILON for a, b in zip(other, vector, strict=True)):
                better += 1
                if better == count:
                    break
        else:
            kept.append(store)
            vectors.append(vector)
    return kept


def _sets(stores, needs, count):
    """The sets that have everything together, the best first."""
    # few enough to look at all of them; the best stores are in front
    while len(stores) > count and _binomial(len(stores), count) > MAX_SETS:
        stores = stores[: int(len(stores) * 0.9)]
    wanted = tuple(needs.values())
    vectors = {store["id"]: _vector(store, needs) for store in stores}
    found = []
    for chosen in combinations(stores, count):
        sums = [
            sum(column)
            for column in zip(*(vectors[store["id"]] for store in chosen), strict=True)
        ]
        if all(a >= b - EPSILON for a, b in zip(sums, wanted, strict=True)):
            found.append(chosen)
    # combinations() keeps the order of rank, and so does a stable sort
    found.sort(key=lambda chosen: -round(sum(s["total"] for s in chosen), 6))
    return found


def _binomial(n, k):
    result = 1
    for i in range(k):
        result = result * (n - i) // (i + 1)
    return result


def _allocate(lines, stores, min_value):
    """Who brings what; every store something, worth at least ``min_value``."""
    rest = {store["id"]: dict(store["free"]) for store in stores}
    parts = {store["id"]: {} for store in stores}
    # goods that need no stock are left for a part that needs them to be worth it
    for line in sorted(lines, key=lambda it: it["product"] is None):
        if not _place(line, stores, rest, parts):
            return None
    _even_out(lines, stores, rest, parts, min_value)
    values = _values(lines, parts)
    if len(stores) > 1 and any(
        not parts[key] or value < min_value - EPSILON for key, value in values.items()
    ):
        return None
    return [(store["id"], parts[store["id"]]) for store in stores]


def _place(line, stores, rest, parts):
    """Put a line into the first store that has all of it, else divide it."""
    product, quantity = line["product"], line["quantity"]
    if product is None:
        _put(parts, stores[0]["id"], line["key"], quantity)
        return True
    need = quantity * line["factor"]
    for store in stores:
        if rest[store["id"]].get(product, 0.0) >= need - EPSILON:
            rest[store["id"]][product] -= need
            _put(parts, store["id"], line["key"], quantity)
            return True
    if quantity != int(quantity):
        return False
    for store in stores:
        free = max(rest[store["id"]].get(product, 0.0), 0.0)
        units = min(quantity, int(free / line["factor"] + EPSILON))
        if units > 0:
            rest[store["id"]][product] -= units * line["factor"]
            _put(parts, store["id"], line["key"], units)
            quantity -= units
    return quantity <= EPSILON


def _put(parts, store_id, key, quantity):
    parts[store_id][key] = parts[store_id].get(key, 0.0) + quantity


def _values(lines, parts):
    value = {line["key"]: line["value"] for line in lines}
    return {
        store_id: sum(value[key] * quantity for key, quantity in part.items())
        for store_id, part in parts.items()
    }


def _even_out(lines, stores, rest, parts, min_value):
    """Move goods to a part that is not worth its way yet, where another can spare them.

    The dearest first; whole lines before single units.
    """
    by_value = sorted(lines, key=lambda line: -line["value"])
    for poor in stores:
        for whole in (True, False):
            for line in by_value:
                for rich in stores:
                    if rich is not poor:
                        _move(line, rich, poor, rest, parts, lines, min_value, whole)


def _move(line, rich, poor, rest, parts, lines, min_value, whole):
    key, product = line["key"], line["product"]
    while True:
        values = _values(lines, parts)
        worth_it = parts[poor["id"]] and values[poor["id"]] >= min_value - EPSILON
        there = parts[rich["id"]].get(key, 0.0)
        amount = there if whole else min(1.0, there)
        if worth_it or amount <= EPSILON or (not whole and there != int(there)):
            return
        left = values[rich["id"]] - amount * line["value"]
        stays = len(parts[rich["id"]]) > 1 or there - amount > EPSILON
        if not stays or left < min_value - EPSILON:
            return
        need = amount * line["factor"]
        if product is not None:
            if rest[poor["id"]].get(product, 0.0) < need - EPSILON:
                return
            rest[poor["id"]][product] -= need
            rest[rich["id"]][product] += need
        _put(parts, poor["id"], key, amount)
        if there - amount > EPSILON:
            parts[rich["id"]][key] = there - amount
        else:
            del parts[rich["id"]][key]

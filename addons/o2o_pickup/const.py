"""Rules of collecting at the counter that are no settings (SHOP-11, idea 24)."""

#: digits of a pick-up code: whoever types wrong ones without a break at the limit below
#: meets one of 50 open orders once in most of a year
CODE_LENGTH = 8
#: checks of a code per person and span, right or wrong; each order takes two
CHECKS = 40
CHECK_SECONDS = 600

#: states in which the goods of a pick-up order wait, or will wait, in the store
COLLECT_STATES = ("accepted", "picking", "ready")

#: "I am outside" rings again after so many minutes, and not without end
ARRIVAL_MINUTES = 3
MAX_ARRIVALS = 10
#: each friend gets a text message
MAX_PROXIES = 3
MAX_SLOT_MOVES = 3

#: refunds of a part that do not stop the rest from being handed over
PARTIAL_REFUNDS = ("changed", "short", "returned")

#: answers to "the store cannot", beside those of o2o_order
STORE_ANSWERS = [
    ("pickup_other", "Collect at another store"),
    ("delivery", "Have it delivered"),
    ("cancel", "Cancel the order"),
]

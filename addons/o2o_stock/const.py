"""Words and numbers of the holds, in one place (SUP-09)."""

#: who asks for goods; labels are translated by the selection fields that use them
CHANNELS = [("web", "Website"), ("till", "Till"), ("office", "Head office")]

#: the life of a hold
STATES = [
    ("active", "Held"),
    ("used", "Taken over by a reservation"),
    ("released", "Given back"),
    ("expired", "Run out"),
]

#: how long a hold of goods lives while they are being reserved or sold
SHORT_MINUTES = 3
#: goods of a confirmed order that Odoo could not reserve yet stay held this long
OWED_DAYS = 30
#: nobody's unpaid hold is shorter, however often it ran out before
LEAST_MINUTES = 4
#: other claims of the same goods take milliseconds; longer means something is wrong
LOCK_TIMEOUT = "15s"
#: waits of some hundredths of a second for a free connection
POOL_TRIES = 300

# notes of a transaction, see ``models/o2o_stock_work.py``
SPENT = "o2o_stock.spent"
ALLOWED = "o2o_stock.allowed"
ENDED = "o2o_stock.ended"
CLAIMED = "o2o_stock.claimed"
BOUND = "o2o_stock.bound"


class HoldKeys(tuple):
    """Keys of holds in the context: ``o2o_stock_ignore``, ``o2o_stock_sold``.

    A context that comes through RPC holds lists only, so nobody outside this process
    lets the promises to others go.
    """

    __slots__ = ()


def get_hold_keys(env, name):
    """:return: :class:`HoldKeys` of the context, empty when there are none"""
    keys = env.context.get(name)
    return keys if isinstance(keys, HoldKeys) else HoldKeys()


# In the context while a till books out what it has sold; compared by identity.
GONE_TOKEN = object()
GONE_CONTEXT = {"o2o_stock_gone": GONE_TOKEN}


def is_gone(env):
    return env.context.get("o2o_stock_gone") is GONE_TOKEN

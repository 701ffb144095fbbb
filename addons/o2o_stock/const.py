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

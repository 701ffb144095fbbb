"""What the server and the box agree on."""

#: a box is offline when it has missed two polls and a little
ONLINE_POLLS = 2
ONLINE_MARGIN_SECONDS = 5

PAIRING_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
PAIRING_LENGTH = 8
PAIRING_MINUTES = 10
#: refused pairing attempts in that time, per address and from everywhere
PAIRING_TRIES_PER_ADDRESS = 10
PAIRING_TRIES_TOTAL = 100

PAIR_MAX_BYTES = 4 * 1024
SYNC_MAX_BYTES = 512 * 1024
SYNC_MAX_ITEMS = 500
#: jobs handed over in one answer
SYNC_JOBS = 20
#: a job the box took but does not hold is sent again after that time
REDELIVER_SECONDS = 60

MAX_BEEPS = 9
DRAWER_MAX_REASON = 200
DISPLAY_MAX_WELCOME = 40
#: so long a customer display keeps what its till said last
DISPLAY_TOTAL_SECONDS = 600
DISPLAY_CHANGE_SECONDS = 60

MAX_READERS = 16
EVENT_MAX_BYTES = 2 * 1024
EVENT_MAX_VALUE = 256
#: the customer stands there: an older swipe is none
EVENT_LIFE_SECONDS = 12
#: how long a repeated delivery is known as such
EVENT_KEPT_SECONDS = 60
#: swipes of one box that are taken
EVENTS_PER_MINUTE = 120
#: a slip that is not on paper by then is useless and must not surprise the next shift
LIFETIME_MINUTES = {
    "test": 10,
    # seconds: a drawer opens at once or never
    "drawer": 0.25,
    # what the store prepares: a late one is prepared twice
    "order_slip": 120,
    "shipping_slip": 240,
    # signed papers: worth having until the day is closed
    "return_slip": 720,
    "points_slip": 720,
    "handover_slip": 720,
    "bank_slip": 720,
    "settlement_slip": 720,
}
DEFAULT_LIFETIME_MINUTES = 120
#: so long before a store opens its devices are looked at
ALARM_MINUTES = 30

#: target state -> states it may be entered from; what is on paper is always true
ALLOWED_FROM = {
    "received": {"new"},
    "printing": {"new", "received"},
    "printed": {
        "new",
        "received",
        "printing",
        "failed",
        "unknown",
        "expired",
        "cancelled",
    },
    "failed": {"new", "received", "printing"},
    "unknown": {"new", "received", "printing"},
    "expired": {"new", "received"},
    "cancelled": {"new", "received"},
}
#: on their way to the paper
PENDING_STATES = ("new", "received", "printing")
#: somebody should look
ATTENTION_STATES = ("failed", "unknown", "expired")

#: bank-card terminals: operations that move money, and those whose silence is open
MONEY_OPERATIONS = ("sale", "void", "refund")
BINDING_OPERATIONS = (*MONEY_OPERATIONS, "settle")
#: a request that did not reach its terminal after that long begins no more
TRANSACTION_SECONDS = 90
OPEN_TRANSACTION_STATES = ("new", "pending", "unknown")
#: ``use_payment_terminal`` of payment methods that ask our terminals
PAYMENT_TERMINAL = "o2o_terminal"
#: states of a transaction, and those from which each may be entered
TRANSACTION_ALLOWED_FROM = {
    "pending": {"new"},
    "unknown": {"new", "pending"},
    "approved": {"new", "pending", "unknown"},
    "declined": {"new", "pending", "unknown"},
}

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
    # the customer stands there
    "sale_slip": 10,
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
#: printers without a box: clouds that we call, and one kind that calls us
CALLED_CLOUDS = ("feie", "yilianyun")
CLOUDS = (*CALLED_CLOUDS, "cloudprnt")
#: a printer that waits for paper is asked again after that time
CLOUD_RETRY_SECONDS = 20
#: a cloud that fails: 5, 10, 20 ... seconds
CLOUD_BACKOFF_SECONDS = (5, 300)
#: what became of a slip is asked so often at most, and so long
CLOUD_ASK_SECONDS = (1, 300)
CLOUD_ASK_HOURS = 24
#: an idle printer is looked at so often
CLOUD_IDLE_MINUTES = 5
#: slips of one printer in one round
CLOUD_JOBS = 20
#: a slip whose outcome stays unclear is sent so often, each time with a warning
CLOUD_TRIES = 3
#: access tokens of Yilianyun; the maker allows 20
CLOUD_TOKENS_PER_DAY = 15
#: a printer that polls is offline after that time
CLOUDPRNT_SILENT_SECONDS = 125
#: so long after it fetched a slip it may take to confirm
CLOUDPRNT_CONFIRM_SECONDS = 90
CLOUDPRNT_PER_MINUTE = 120
#: wrong passwords for one printer, and in all from one address
CLOUDPRNT_WRONG_PER_MINUTE = 30
CLOUDPRNT_WRONG_PER_ADDRESS = 300
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
#: transactions on the screen of a till; for older ones there is the search
TERMINAL_LIST_MAX = 200
#: ``use_payment_terminal`` of payment methods that ask our terminals
PAYMENT_TERMINAL = "o2o_terminal"
#: states of a transaction, and those from which each may be entered
TRANSACTION_ALLOWED_FROM = {
    "pending": {"new"},
    "unknown": {"new", "pending"},
    "approved": {"new", "pending", "unknown"},
    "declined": {"new", "pending", "unknown"},
}

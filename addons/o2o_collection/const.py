"""The life of money that is taken at a door (PAY-03, POS-15)."""

#: labels are translated by the selection fields that use them
STATES = [
    ("to_collect", "To collect"),
    ("collected", "Collected"),
    ("partly", "Collected in part"),
    ("refused", "Refused"),
    ("handed_over", "Handed over"),
    ("settled", "Settled"),
    ("cancelled", "Cancelled"),
]

#: target state -> states it may be entered from
ALLOWED_FROM = {
    "collected": {"to_collect"},
    "partly": {"to_collect"},
    "refused": {"to_collect"},
    "handed_over": {"collected", "partly"},
    "settled": {"collected", "partly", "refused", "handed_over"},
    "cancelled": {"to_collect"},
}

WAYS = [
    ("cash", "Cash"),
    ("qr", "QR code"),
    ("card", "Bank card"),
]

#: what the courier has in hand until the till has it: money and slips
CARRIED_WAYS = ("cash", "card")

#: more than this nobody carries
MAX_FEN = 99_999_999

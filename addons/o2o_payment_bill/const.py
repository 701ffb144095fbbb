"""Codes that several files name."""

BILL_STATES = [
    ("waiting", "Not there yet"),
    ("fetched", "To be matched"),
    ("problem", "Needs a person"),
    ("matched", "Matched"),
]

LINE_KINDS = [("payment", "Payment"), ("refund", "Refund"), ("other", "Other")]

#: how a row of a bill compares with what is here
MATCHES = [
    ("matched", "Agrees"),
    ("undone", "Undone at the till"),
    ("gateway_only", "Only at the gateway"),
    ("account", "Paid into another account of ours"),
    ("amount", "Another amount"),
    ("status", "Done there, not here"),
    ("duplicate", "Twice in the bills"),
    ("document", "Nothing was sold for it"),
    ("other", "Neither a payment nor a refund"),
]

#: what a person looks at; the first ones come from rows, see ``MATCHES``
DIFFERENCE_KINDS = [
    *MATCHES[2:],
    ("ours_only", "Only in our books"),
    ("cross_day", "Around midnight: in the next bill?"),
    ("fee", "Another fee than agreed"),
]
#: kinds that say that the gateway holds another amount than our books
MONEY_KINDS = ("gateway_only", "amount", "duplicate", "ours_only")

RESOLUTIONS = [
    ("itself", "Resolved by itself"),
    ("noted", "Explained, nothing to book"),
    ("booked", "Booked as gain or loss"),
]

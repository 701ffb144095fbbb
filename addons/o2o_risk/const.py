"""Codes that several files name."""

#: what happens and is counted
COUNTED = [
    ("order", "Orders submitted"),
    ("attempt", "Payments begun"),
    ("failure", "Failed payments"),
    ("topup", "Wallet top-ups"),
    ("coupon", "Coupons used"),
    ("refund", "Refunds"),
]

#: by what it is counted
KEYS = [
    ("member", "Member"),
    ("device", "Device"),
    ("network", "Network address"),
    ("place", "Delivery address"),
    ("phone", "Phone of the consignee"),
    ("payer", "Payer's account or card"),
]

ACTIONS = [
    ("note", "Note only"),
    ("hold", "Hold the order for review"),
    ("refuse", "Refuse"),
]
#: the worst one counts
SEVERITY = {"note": 0, "hold": 1, "refuse": 2}

#: how long facts are kept, unless the setting says otherwise
KEEP_DAYS = 90
KEEP_PARAMETER = "o2o_risk.keep_days"

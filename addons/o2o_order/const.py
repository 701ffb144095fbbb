"""The life of a fulfillment, in one place (features ORD, ROUT-07, POS-04)."""

#: labels are translated by the selection fields that use them
STATES = [
    ("offered", "Waiting for the store"),
    ("accepted", "Accepted"),
    ("ready", "Ready for pick-up"),
    ("shipped", "Shipped"),
    ("delivered", "Received"),
    ("completed", "Completed"),
    ("cancelled", "Cancelled"),
]

#: target state -> states it may be entered from
ALLOWED_FROM = {
    "accepted": {"offered"},
    "ready": {"accepted"},
    "shipped": {"accepted", "ready"},
    "delivered": {"shipped", "ready"},
    "completed": {"delivered"},
    "cancelled": {"offered", "accepted", "ready"},
}

#: the states in which goods have not left the store yet
OPEN_STATES = ("offered", "accepted", "ready")

#: what a store may do next, per delivery kind and state
STORE_ACTIONS = {
    ("delivery", "offered"): ["accept", "reject"],
    ("delivery", "accepted"): ["ship"],
    ("pickup", "offered"): ["accept", "reject"],
    ("pickup", "accepted"): ["ready"],
    ("pickup", "ready"): ["hand_over"],
}

EARTH_RADIUS_KM = 6371.0088

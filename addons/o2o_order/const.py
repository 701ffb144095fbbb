"""The life of a fulfillment, in one place (features ORD, ROUT-07, POS-04)."""

#: labels are translated by the selection fields that use them
STATES = [
    ("pooled", "Looking for a store"),
    ("offered", "Waiting for the store"),
    ("accepted", "Accepted"),
    ("picking", "Being prepared"),
    ("ready", "Ready"),
    ("shipped", "Shipped"),
    ("delivered", "Received"),
    ("completed", "Completed"),
    ("rejected", "No store can serve it"),
    ("expired", "Not collected"),
    ("cancelled", "Cancelled"),
]

#: target state -> states it may be entered from
ALLOWED_FROM = {
    # an order that was handed back, changed or dropped looks for a store again
    "pooled": {"offered", "accepted", "picking", "ready"},
    "offered": {"pooled"},
    "accepted": {"pooled", "offered"},
    "picking": {"accepted"},
    "ready": {"accepted", "picking"},
    "shipped": {"accepted", "picking", "ready"},
    "delivered": {"shipped", "ready"},
    "completed": {"delivered"},
    "rejected": {"pooled", "offered"},
    "expired": {"ready"},
    "cancelled": {"pooled", "offered", "accepted", "picking", "ready"},
}

#: the states in which goods have not left the store yet
OPEN_STATES = ("pooled", "offered", "accepted", "picking", "ready")

#: the states that end a fulfillment without goods for the member
DEAD_STATES = ("rejected", "expired", "cancelled")

#: what happens besides changes of state; kinds of ``o2o.fulfillment.event``
EVENT_KINDS = [
    ("turned_down", "Rejected by the store"),
    ("unanswered", "Not answered in time"),
    ("handed_over", "Handed to another store"),
    ("changed", "Changed"),
    ("arrived", "Goods have arrived"),
    ("unfillable", "No store can serve it"),
    ("alerted", "Others were alerted"),
    ("urged", "Urged by the member"),
    ("dropped", "Handed back to the pool"),
    ("ungrabbed", "Nobody has grabbed it"),
    ("counted", "Counted on the shelf"),
    ("part_accepted", "Accepted in part"),
    ("choice", "Choice of the customer"),
    ("returned", "Goods returned"),
    ("late", "Preparing takes too long"),
    ("reviewed", "Reviewed"),
]

#: what a store may do next, per delivery kind and state
STORE_ACTIONS = {
    ("delivery", "offered"): ["accept", "reject"],
    ("delivery", "accepted"): ["pick", "ship"],
    ("delivery", "picking"): ["ship"],
    ("delivery", "ready"): ["ship"],
    ("pickup", "offered"): ["accept", "reject"],
    ("pickup", "accepted"): ["pick", "ready"],
    ("pickup", "picking"): ["ready"],
    ("pickup", "ready"): ["hand_over"],
}

EARTH_RADIUS_KM = 6371.0088

#: what happens by itself at a due time; handlers are ``_on_timer_<kind>`` of the owner
TIMERS = [
    ("unpaid", "Payment is overdue"),
    ("offer", "The store has not answered"),
    ("pool", "Nobody has taken the order"),
    ("choice", "The member has not chosen"),
    ("ready", "Preparing takes too long"),
    ("remind", "Reminder to collect"),
    ("no_show", "Not collected"),
    ("receive", "Receipt is not confirmed"),
    ("after_sales", "The after-sales period ends"),
]

#: how far a whole order is, as head office and the member speak of it (ORD-07)
STAGES = [
    ("cart", "Not submitted"),
    ("unpaid", "Waiting for payment"),
    ("review", "Waiting for review"),
    ("to_ship", "Waiting to ship"),
    ("shipped", "Shipped"),
    ("received", "Received"),
    ("completed", "Completed"),
    ("cancelled", "Cancelled"),
    ("refunding", "Refunding"),
]

#: the money of an order
PAYMENT_STATES = [
    ("unpaid", "Not paid"),
    ("to_collect", "Paid on receipt"),
    ("paid", "Paid"),
    ("refunding", "Being refunded"),
    ("refunded", "Refunded"),
]

#: what a member may say when cancelling on the website
MEMBER_CANCEL_REASONS = [
    ("changed_mind", "No longer wanted"),
    ("wrong_order", "Wrong goods or address"),
    ("too_slow", "Takes too long"),
    ("other", "Another reason"),
]

CANCEL_REASONS = [
    ("unpaid", "Not paid in time"),
    *MEMBER_CANCEL_REASONS,
    ("head_office", "Cancelled by head office"),
    ("review", "Refused in the review"),
    ("rejected", "No store can serve it"),
    ("expired", "Not collected"),
]

#: why money goes back
REFUND_REASONS = [
    ("late", "Paid after the order was cancelled"),
    ("cancelled", "Order cancelled"),
    ("rejected", "No store can serve it"),
    ("expired", "Not collected"),
    ("changed", "Order changed"),
    ("returned", "Goods returned"),
    ("short", "Goods were missing"),
    ("twice", "Paid twice or too much"),
    ("agreed", "Agreed with the member"),
]

#: a member may cancel while the order is in one of these states
MEMBER_CANCEL_LIMITS = {
    "never": (),
    "accepted": ("pooled", "offered"),
    "picking": ("pooled", "offered", "accepted"),
    "shipped": OPEN_STATES,
}

#: what may still be changed about an order, by the state of its fulfillments (ORD-04)
CHANGE_LIMITS = {
    "address": OPEN_STATES,
    "remark": OPEN_STATES,
    "lines": ("pooled", "offered", "accepted", "picking"),
    "store": ("pooled", "offered", "accepted", "picking"),
}

# Context values that only this code can give: a value from outside is text or a number,
# never this very object.
CHANGE_TOKEN = object()
CHANGE_CONTEXT = {"o2o_change": CHANGE_TOKEN}


def is_order_change(env):
    """Whether the order itself changes its lines or address (ORD-04)."""
    return env.context.get("o2o_change") is CHANGE_TOKEN


class Gift:
    """What of a refund is a gift, for the context of a payment's ``_refund``."""

    def __init__(self, amount):
        #: in the currency of the payment
        self.amount = amount


class CancelReason:
    """Why an order is cancelled, for the context of ``_action_cancel``."""

    def __init__(self, reason, note):
        self.reason = reason
        self.note = note

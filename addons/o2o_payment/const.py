"""Codes that several files name."""

#: our providers, and the gateway that each speaks with
GATEWAYS = {
    "o2o_alipay": "alipay",
    "o2o_wechat": "wechat",
    "o2o_unionpay": "unionpay",
}

#: where a gateway is; everything but the real one is for a provider in test mode
ENVIRONMENTS = [
    ("real", "The real gateway"),
    ("sandbox", "The gateway's sandbox"),
    ("simulator", "The simulator"),
]

#: ``use_payment_terminal`` of payment methods that charge customers' codes
CODE_TERMINAL = "o2o_code"

#: how a payer pays
WAYS = [
    ("page", "Page on a computer"),
    ("phone", "Page on a phone"),
    ("qr", "QR code"),
    ("code", "Customer's code"),
    ("wechat", "Page within WeChat"),
]

INTENT_STATES = [
    ("new", "Planned"),
    ("waiting", "Waiting for the payer"),
    ("unknown", "Unknown"),
    ("paid", "Paid"),
    ("closed", "Closed"),
    ("failed", "Failed"),
    ("held", "Held for a person"),
]
#: what a state may follow; money that comes late is money
INTENT_FROM = {
    "waiting": ("new", "unknown"),
    "unknown": ("new", "waiting"),
    "closed": ("new", "waiting", "unknown", "held"),
    "failed": ("new", "waiting", "unknown"),
    "held": ("new", "waiting", "unknown", "closed", "failed"),
    "paid": ("new", "waiting", "unknown", "closed", "failed", "held"),
}
OPEN_STATES = ("new", "waiting", "unknown")

REFUND_STATES = [
    ("new", "To be sent"),
    ("sending", "Being sent"),
    ("pending", "On its way"),
    ("done", "Given back"),
    ("failed", "Failed"),
    ("abnormal", "Cannot reach the payer"),
    ("by_hand", "Paid by hand"),
]
REFUND_OPEN_STATES = ("new", "sending", "pending")

QUARANTINE_KINDS = [
    ("amount", "Another amount"),
    ("currency", "Another currency"),
    ("number", "No such payment here"),
    ("refund_number", "No such refund here"),
    ("refund_amount", "Another amount given back"),
    ("refund_abnormal", "A refund cannot reach the payer"),
    ("refund_at_shop", "A refund came to the shop's account: pay the payer"),
    ("refund_after_all", "Given back by the gateway after it was over here"),
    ("over_refunded", "More given back than was paid"),
    ("till", "Sold at a till without its money"),
    ("till_no_sale", "Charged at a till without a sale"),
    ("till_refund", "A till's refund without its money"),
    ("till_refund_no_sale", "Given back at a till without a refund of the sale"),
    ("key", "A notification cannot be opened"),
]

SHIPPING_KINDS = [
    ("express", "Carrier"),
    ("local", "Brought by the store"),
    ("pickup", "Collected"),
]
SHIPPING_STATES = [
    ("waiting", "To be told"),
    ("told", "Told"),
    ("failed", "Refused"),
]

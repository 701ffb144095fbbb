"""Rules of stored value that are no settings (PAY-05, idea 26)."""

# Kinds of rows, with what a member reads.
ENTRY_KINDS = [
    ("topup", "Top-up"),
    ("bonus", "Bonus"),
    ("pay", "Payment"),
    ("refund", "Refund"),
    ("hold", "Set aside"),
    ("release", "No longer set aside"),
    ("transfer", "Transfer"),
    ("adjust", "Adjustment"),
    ("payout", "Paid out"),
    ("expire", "Bonus expired"),
    ("reversal", "Reversal"),
]
#: rows that move no money, only what is free of it
SILENT_KINDS = ("hold", "release")

USE_ORDERS = [
    ("proportional", "In proportion"),
    ("principal_first", "Own money first"),
    ("bonus_first", "Bonus first"),
]

#: a payment PIN: wrong ones in a row until it is locked, and for how long
MAX_PIN_FAILURES = 5
PIN_LOCK_HOURS = 3

#: so long a payment may be on its way before what it set aside is free again
HOLD_MINUTES = 30

# Carried in the context by the code that writes balances. Compared by identity: a
# context that came through RPC holds JSON values only.
WALLET_TOKEN = object()
WALLET_CONTEXT = {"o2o_wallet_writer": WALLET_TOKEN}


def is_writer(env):
    return env.context.get("o2o_wallet_writer") is WALLET_TOKEN


#: `use_payment_terminal` of the payment methods that ask for a wallet
POS_TERMINAL = "o2o_wallet"
#: tries of a cashier at payment PINs, right or wrong, per span
PIN_TRIES = 60
PIN_TRY_SECONDS = 600

#: `code` of the payment provider
PROVIDER = "o2o_wallet"

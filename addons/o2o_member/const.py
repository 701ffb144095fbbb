from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

# What makes activation codes safe at rest: see lib/hashing.py.
HASH_KEY_PARAMETER = "o2o_member.hash_key"

# Six digits are a million codes: only the number of tries protects them.
ATTEMPT_WINDOW_HOURS = 1
MAX_FAILURES_PER_NUMBER = 3
MAX_FAILURES_PER_ADDRESS = 10
# Generous, because a counter in a shop registers many members from one address.
MAX_SUCCESSES_PER_ADDRESS = 30
# Each miss of an address or a phone doubles the pause before its next try.
MAX_DELAY_SECONDS = 300

# PTS-08: a million PINs; again only the tries protect them.
PIN_LENGTH = 6
MAX_PIN_FAILURES = 5
PIN_WINDOW_MINUTES = 15

MIN_PASSWORD_LENGTH = 8
MAX_NAME_LENGTH = 64

# (url, name, sequence) of the menus each website gets (SHOP-01, CARD-03)
WEBSITE_MENUS = (
    ("/shop", _lt("Buy online"), 20),
    ("/o2o/member", _lt("Member center"), 30),
)

# Kinds of ledger rows, with what a member reads.
POINTS_KINDS = [
    ("earn_purchase", "Purchase"),
    ("sign_in", "Daily sign-in"),
    ("referral", "Referral"),
    ("share", "Sharing"),
    ("review", "Review"),
    ("manual", "Adjustment"),
    ("redeem", "Redemption"),
    ("redeem_return", "Points given back"),
    ("expire", "Expired"),
    ("transfer", "Transfer"),
    ("reversal", "Reversal"),
]

# Rules each company starts with: kind -> (name, values, [(day, points)]).
DEFAULT_EVENT_RULES = {
    "sign_in": (
        _lt("Daily sign-in"),
        {},
        [(1, 5), (2, 5), (3, 10), (4, 10), (5, 15), (6, 15), (7, 30)],
    ),
    "referral": (
        _lt("Invite a friend"),
        {"points": 100, "friend_points": 50, "max_points_per_day": 500},
        [],
    ),
    "share": (_lt("Share a product"), {"points": 2, "max_points_per_day": 10}, []),
    "review": (_lt("Review a product"), {"points": 20, "max_points_per_day": 60}, []),
}

# How long an opened referral link is remembered, and under which name.
REFERRAL_COOKIE = "o2o_ref"
REFERRAL_DAYS = 30
# So many new friends from one address make the next ones suspicious.
MAX_FRIENDS_PER_ADDRESS = 2
# One address cannot earn points for more members than this in a day.
MAX_VISITS_PER_ADDRESS = 5
# A shared page must stay open so long before it counts (seconds), and not longer.
SHARE_MIN_SECONDS = 2
SHARE_MAX_SECONDS = 3600

# Zone of the shop when its company says none.
DEFAULT_TIMEZONE = "Asia/Shanghai"

POINTS_PROGRAM_NAME = _lt("Member points")
POINTS_NAME = _lt("points")

# Carried in the context by the ledger while it writes loyalty.card. It is compared by
# identity, and a context that came through RPC holds JSON values only, so nobody
# outside this process can present it.
LEDGER_TOKEN = object()
LEDGER_CONTEXT = {"o2o_points_ledger": LEDGER_TOKEN}


def is_ledger(env):
    return env.context.get("o2o_points_ledger") is LEDGER_TOKEN


# And while a till's sales come in: orders are confirmed for money that is in the drawer
# already.
SYNC_TOKEN = object()
SYNC_CONTEXT = {"o2o_till_sync": SYNC_TOKEN}


def is_till_sync(env):
    return env.context.get("o2o_till_sync") is SYNC_TOKEN


# The same idea for levels: only an evaluation writes them, never a person or a client.
LEVEL_TOKEN = object()
LEVEL_CONTEXT = {"o2o_level_writer": LEVEL_TOKEN}


def is_level_writer(env):
    return env.context.get("o2o_level_writer") is LEVEL_TOKEN


# And for phone and e-mail of a member, which the member proves by a code.
CONTACT_TOKEN = object()
CONTACT_CONTEXT = {"o2o_contact_writer": CONTACT_TOKEN}


def is_contact_writer(env):
    return env.context.get("o2o_contact_writer") is CONTACT_TOKEN


# What each company starts with (MEM-06); users edit the records afterwards.
DEFAULT_LEVELS = (
    {"code": "ordinary", "name": _lt("Ordinary"), "color": 0, "points_multiplier": 1},
    {
        "code": "silver",
        "name": _lt("Silver"),
        "color": 8,
        "spend_min": 1000,
        "points_multiplier": 1.2,
    },
    {
        "code": "gold",
        "name": _lt("Gold"),
        "color": 3,
        "spend_min": 5000,
        "count_min": 5,
        "needs_both": True,
        "points_multiplier": 1.5,
    },
    {
        "code": "diamond",
        "name": _lt("Diamond"),
        "color": 5,
        "spend_min": 20000,
        "points_multiplier": 2,
    },
)

"""A chain's members and their ledger: any number, always the same, in minutes.

Ten ledger rows a member, in the order in which a shop would write them: the first rows
of all members, then the second ones, and so on, so that a member's rows lie far apart
on the disk. Balances, running balances and buckets are what the ledger itself would
have left behind, and its own nightly check says so.
"""

import random

from .bulk import Copies, without_indexes

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
)
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国梅雪峰婷宇浩欣怡子涵梓轩"
    "雨泽诗琪俊辉佳慧思远文博晓东海燕春红志鹏天成家豪若曦一诺"
)
NAME_COUNT = 20000
# primes: every number below them comes once, in no order that anybody would see
PHONES, CARDS = 999999937, 9999999967
DUE_MEMBERS = 100_000
LONG_HISTORY = 10_000
TABLES = (
    "res_partner",
    "o2o_card",
    "loyalty_card",
    "o2o_points_entry",
    "o2o_points_bucket",
    "o2o_points_share",
    "o2o_level_membership",
)
EARN, SPEND, SIGN_IN = "earn_purchase", "redeem", "sign_in"
# kind, balance before, left in the bucket today: all in units of the member's points.
# Each spending takes exactly the oldest bucket that is left.
STEPS = [
    (EARN, 0, 0),
    (EARN, 1, 0),
    (EARN, 2, 0),
    (SPEND, 3, None),
    (EARN, 2, 1),
    (SPEND, 3, None),
    (SIGN_IN, 2, 1),
    (EARN, 3, 1),
    (SPEND, 4, None),
    (EARN, 3, 1),
]
BALANCE = 4
# the steps whose points end together, for the members whose points are due
DUE_STEPS = (0, 1, 2, 4)
DAYS = 600
CHECKED = 1000


def generate(env, first, last, say):
    """Members numbered from `first` to `last`, some with points that are over.

    :return: dict of what a benchmark needs to know about them
    """
    return Generator(env, first, last, say).run()


class Generator:
    def __init__(self, env, first, last, say):
        self.env = env
        self.cr = env.cr
        self.first, self.last = first, last
        self.count = last - first + 1
        self.due = min(DUE_MEMBERS, self.count // 2)
        self.say = say

    def run(self):
        # the planner knows nothing of tables that grow within one transaction, and
        # nothing here needs it to: no joins, no look-ups
        self.cr.execute("SET LOCAL maintenance_work_mem = '512MB'")
        self.cr.execute("SET LOCAL synchronous_commit = off")
        self._read_company()
        self._make_template()
        self._make_names()
        with without_indexes(self.cr, *TABLES):
            self._add_partners()
            self._add_cards()
            self._add_accounts()
            self._add_rows()
            self._add_long_history()
            self._add_levels()
            self.say("indexes and foreign keys")
        self.env.invalidate_all()
        self._check_levels()
        return {
            "first": self.first,
            "last": self.last,
            "partner": self.partner,
            "due": self.due,
            "company": self.company.id,
        }

    def _read_company(self):
        self.company = self.env.ref("base.main_company")
        self.env = self.env(context={"allowed_company_ids": self.company.ids})

    def _make_template(self):
        """One member made by the addons themselves; all others are copies."""
        partner = self.env["res.partner"].create(
            {
                "name": "Template member",
                "phone": "13900000001",
                "email": "member@example.com",
                "lang": "en_US",
            }
        )
        number = f"BENCH-TEMPLATE-{self.first}"
        card = self.env["o2o.card"].create(
            {"number": number, "code_hash": "0" * 64, "company_id": self.company.id}
        )
        card._activate(partner)
        entry = self.env["o2o.points.share"]._award(
            partner,
            [
                {
                    "record": partner,
                    "product": self.env["product.product"].search([], limit=1),
                    "quantity": 1,
                    "amount": 100.0,
                }
            ],
            document=number,
            source=partner,
        )
        share = self.env["o2o.points.share"].search([("entry_id", "=", entry.id)])
        self.env.flush_all()
        self.partners = Copies(partner)
        self.cards = Copies(card)
        self.accounts = Copies(partner._o2o_points_account())
        self.entries = Copies(entry)
        self.buckets = Copies(entry.bucket_ids)
        self.shares = Copies(share)
        self.levels = self.company._o2o_levels()
        self.memberships = Copies(partner._o2o_current_memberships()[partner])
        self.pending_days = self.company.o2o_points_pending_days
        self.months = self.company.o2o_points_valid_months

    def _make_names(self):
        """Chinese names, with the key that the till's look-up keeps for them."""
        chance = random.Random(19)
        names = [
            chance.choice(SURNAMES)
            + "".join(chance.choices(GIVEN, k=chance.choice((1, 2, 2))))
            for _number in range(NAME_COUNT)
        ]
        keys = [None] * NAME_COUNT
        if "o2o_pinyin" in self.env["res.partner"]:
            partners = self.env["res.partner"].browse()
            # the field's own way, without the database
            keys = []
            for name in names:
                partner = partners.new({"name": name})
                keys.append(partner.o2o_pinyin or None)
        self.cr.execute(
            "CREATE TEMP TABLE bench_name (id int, name text, pinyin text)"
            " ON COMMIT DROP"
        )
        self.cr.execute(
            "INSERT INTO bench_name SELECT * FROM unnest(%s::int[], %s, %s::text[])",
            [list(range(NAME_COUNT)), names, keys],
        )

    # === who ===

    @property
    def numbers(self):
        return f"generate_series({self.first}, {self.last}) i"

    def _add_partners(self):
        self.say("partners")
        self.partner = self.partners.reserve(self.count)
        phone = f"'13' || lpad((i::bigint * 48271 %% {PHONES})::text, 9, '0')"
        email = "'member' || i || '@example.com'"
        self.partners.insert(
            f"{self.numbers} JOIN bench_name ON bench_name.id"
            f" = (i::bigint * 7919) %% {NAME_COUNT}",
            {
                "id": self._partner,
                "name": "bench_name.name",
                "complete_name": "bench_name.name",
                "o2o_pinyin": "bench_name.pinyin",
                "commercial_partner_id": self._partner,
                "phone": phone,
                "phone_sanitized": f"'+86' || {phone}",
                "email": email,
                "email_normalized": email,
                "create_date": self._joined,
                "o2o_level_id": (
                    f"jsonb_build_object('{self.company.id}', {self._level})"
                ),
            },
        )

    def _add_cards(self):
        """A card for each member, and a tenth as many that nobody has activated."""
        self.say("cards")
        number = f"'88' || lpad((i::bigint * 69621 %% {CARDS})::text, 10, '0')"
        code_hash = "encode(sha256(i::text::bytea), 'hex')"
        first = self.cards.reserve(self.count + self.count // 10)
        values = {
            "id": f"{first} + i - {self.first}",
            "number": number,
            "code_hash": code_hash,
        }
        self.cards.insert(
            self.numbers,
            {**values, "partner_id": self._partner, "activated_at": self._joined},
        )
        spare = 50_000_000 + self.first
        self.cards.insert(
            f"generate_series({spare}, {spare + self.count // 10 - 1}) i",
            {
                **values,
                "id": f"{first + self.count} + i - {spare}",
                "partner_id": "NULL",
                "activated_at": "NULL",
                "state": "'new'",
            },
        )

    def _add_accounts(self):
        self.say("accounts")
        self.account = self.accounts.reserve(self.count)
        self.accounts.insert(
            self.numbers,
            {
                "id": self._account,
                "partner_id": self._partner,
                "code": "'bench-' || md5(i::text)",
                "points": f"{BALANCE} * {self._points}",
            },
        )

    # === what ===

    def _add_rows(self):
        rows = len(STEPS) * self.count
        entry = self.entries.reserve(rows)
        buckets = sum(left is not None for _kind, _before, left in STEPS)
        bucket = self.buckets.reserve(buckets * self.count)
        shares = sum(kind == EARN for kind, _before, _left in STEPS)
        share = self.shares.reserve(shares * self.count)
        for number, (kind, before, left) in enumerate(STEPS):
            self.say(f"ledger rows, {number + 1} of {len(STEPS)}")
            step = Step(self, number, kind, before, left, entry)
            self.entries.insert(self.numbers, step.entry_values())
            entry += self.count
            if left is not None:
                values = step.bucket_values(bucket)
                self.buckets.insert(self.numbers, values)
                bucket += self.count
            if kind == EARN:
                values = step.share_values(share)
                self.shares.insert(self.numbers, values)
                share += self.count

    def _add_long_history(self):
        """The first member has come every day, for years: pairs of rows that give and
        take. What is left lies in the last four."""
        pairs = (LONG_HISTORY - len(STEPS)) // 2
        if self.count < LONG_HISTORY:
            return
        self.say("the member with a long history")
        points = self._points.replace("i", str(self.first))
        account = str(self.account)
        entry = self.entries.reserve(2 * pairs)
        bucket = self.buckets.reserve(pairs)
        self.cr.execute(
            "UPDATE o2o_points_bucket SET remaining = 0 WHERE partner_id = %s",
            [self.partner],
        )
        moment = f"%(now)s::timestamp - interval '50 days' * (1 - pair / {pairs}.0)"
        for offset, sign in ((0, 1), (1, -1)):
            before = f"{BALANCE + offset} * {points}"
            self.entries.insert(
                f"generate_series(0, {pairs - 1}) pair",
                {
                    "id": f"{entry} + 2 * pair + {offset}",
                    "partner_id": str(self.partner),
                    "loyalty_card_id": account,
                    "kind": f"'{SIGN_IN if sign > 0 else SPEND}'",
                    "points": f"{sign} * {points}",
                    "balance_before": before,
                    "balance_after": f"{before} + {sign} * {points}",
                    "key": f"'bench/long/{self.first}/' || pair || '/{sign}'",
                    "posted_at": moment,
                    "available_at": moment if sign > 0 else "NULL",
                    "expires_at": self._expiry(moment) if sign > 0 else "NULL",
                    "facts": "NULL",
                },
            )
        self.buckets.insert(
            f"generate_series(0, {pairs - 1}) pair",
            {
                "id": f"{bucket} + pair",
                "entry_id": f"{entry} + 2 * pair",
                "partner_id": str(self.partner),
                "loyalty_card_id": account,
                "points": points,
                "remaining": f"{points} * (pair >= {pairs - BALANCE})::int",
                "available_at": moment,
                "expires_at": self._expiry(moment),
            },
        )

    def _add_levels(self):
        """The level that the purchases of the last year give, and why."""
        self.say("levels")
        lowest = self.levels[0].id
        since = self._window_since()
        earned = f"{self._level} <> {lowest}"
        facts = " ".join(
            f"WHEN {level.id} THEN jsonb_build_object('spend_min', {level.spend_min},"
            f" 'count_min', {level.count_min}, 'needs_both', {level.needs_both})"
            for level in self.levels
        )
        self.memberships.insert(
            self.numbers,
            {
                "id": f"{self.memberships.reserve(self.count)} + i - {self.first}",
                "partner_id": self._partner,
                "level_id": self._level,
                "cause": f"CASE WHEN {earned} THEN 'spend' ELSE 'registration' END",
                "window_since": f"CASE WHEN {earned} THEN {since} END",
                "facts": f"jsonb_build_object('spend', {self._spend}::float, 'count',"
                f" {self._purchases}, 'window_months', {self.levels[0].window_months})"
                f" || CASE {self._level} {facts} END",
                "from_at": self._joined,
            },
        )

    def _check_levels(self):
        """What was written must be what the addons would have come to."""
        count = min(CHECKED, self.count)
        chosen = random.Random(3).sample(range(self.count), count)
        members = self.env["res.partner"].browse(self.partner + it for it in chosen)
        changed = members.with_company(self.company)._o2o_evaluate_levels()
        if changed:
            raise ValueError(f"{len(changed)} of {count} members have a wrong level")

    # === expressions ===

    _points = "(10 + i %% 490)"

    @property
    def _purchases(self):
        """How many there were in the window that counts for the level."""
        since = self._window_since()
        moments = [self._moment(it) for it, step in enumerate(STEPS) if step[0] == EARN]
        return "(" + " + ".join(f"({it} >= {since})::int" for it in moments) + ")"

    @property
    def _spend(self):
        return f"({self._points} * {self._purchases})"

    @property
    def _level(self):
        """Levels reached by spend alone: nobody here buys enough for others."""
        cases = [
            f"WHEN {self._spend} >= {level.spend_min} THEN {level.id}"
            for level in reversed(self.levels)
            if level.spend_min and not level.needs_both
        ]
        return f"(CASE {' '.join(cases)} ELSE {self.levels[0].id} END)"

    def _window_since(self):
        since = self.company._o2o_window_since(self.levels[0].window_months)
        return f"'{since}'::timestamp"

    def _moment(self, number):
        """When members had the step of this number: one member after the other."""
        done = f"{number * self.count} + i - {self.first}"
        rows = len(STEPS) * self.count
        return (
            f"(%(now)s::timestamp - interval '{DAYS} days' * (1 - ({done}) / {rows}.0))"
        )

    @property
    def _partner(self):
        return f"{self.partner} + i - {self.first}"

    @property
    def _account(self):
        return f"{self.account} + i - {self.first}"

    @property
    def _joined(self):
        return f"%(now)s::timestamp - interval '{DAYS + 1} days'"

    def _expiry(self, moment):
        """End of the month of the shop, so many months later."""
        if not self.months:
            return "NULL"
        return (
            f"date_trunc('month', {moment} + interval '8 hours')"
            f" + interval '{self.months + 1} months' - interval '8 hours'"
        )


class Step:
    """One row in the life of every member."""

    def __init__(self, generator, number, kind, before, left, first_entry):
        self.kind, self.before, self.left = kind, before, left
        self.first = generator.first
        self.number = number
        self.entry = f"{first_entry} + i - {generator.first}"
        self.key = f"'bench/{number}/' || i"
        self.points = generator._points
        self.partner, self.account = generator._partner, generator._account
        self.moment = generator._moment(number)
        self.available = self.moment
        if kind == EARN:
            self.available += f" + interval '{generator.pending_days} days'"
        self.expires = generator._expiry(self.moment)
        if number in DUE_STEPS:
            self.expires = (
                f"CASE WHEN i > {generator.last - generator.due} THEN"
                " date_trunc('hour', %(now)s::timestamp) - interval '1 hour'"
                f" ELSE {self.expires} END"
            )

    def entry_values(self):
        gives = self.left is not None
        delta = self.points if gives else f"-{self.points}"
        before = f"{self.before} * {self.points}"
        values = {
            "id": self.entry,
            "partner_id": self.partner,
            "loyalty_card_id": self.account,
            "kind": f"'{self.kind}'",
            "points": delta,
            "balance_before": before,
            "balance_after": f"{before} + ({delta})",
            "key": self.key,
            "posted_at": self.moment,
            "create_date": self.moment,
            "write_date": self.moment,
            "available_at": self.available if gives else "NULL",
            "expires_at": self.expires if gives else "NULL",
            "facts": "NULL",
        }
        if self.kind == EARN:
            values["facts"] = (
                "jsonb_build_object('document', 'S' || lpad(i::text, 7, '0'), 'parts',"
                f" jsonb_build_array(jsonb_build_object('amount', {self.points}::float,"
                " 'rate', 1.0)), 'limit', NULL)"
            )
        return values

    def bucket_values(self, first):
        return {
            "id": f"{first} + i - {self.first}",
            "entry_id": self.entry,
            "partner_id": self.partner,
            "loyalty_card_id": self.account,
            "points": self.points,
            "remaining": f"{self.left} * {self.points}",
            "available_at": self.available,
            "expires_at": self.expires,
        }

    def share_values(self, first):
        values = dict.fromkeys(("amount", "kept_amount", "points"), self.points)
        return {
            **values,
            "id": f"{first} + i - {self.first}",
            "entry_id": self.entry,
            "partner_id": self.partner,
            "document": self.key,
            "res_model": "'sale.order.line'",
            "res_id": f"{self.number} * 10000000 + i",
            "purchased_at": self.moment,
            "quantity": "1",
            "kept_quantity": "1",
            "rate": "1",
        }

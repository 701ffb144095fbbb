from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common_purchases import DAY0, LIFE, WAIT, PurchasesCommon

_CENTS = st.integers(1, 9000)


def _chapters(side):
    """Pieces of a life: lists of steps (action, arguments)."""
    single = st.one_of(
        st.tuples(st.just("buy"), side, _CENTS, _CENTS),
        st.tuples(st.just("give_back"), st.integers(0, 5), st.integers(0, 1)),
        st.tuples(st.just("redeem"), side, st.integers(1, 120)),
        st.tuples(st.just("cancel"), st.integers(0, 5)),
        st.tuples(st.just("wait"), st.integers(1, 30)),
    ).map(lambda step: [step])
    # what mere chance hardly ever does: spend points, and bring back all they came from
    debt = st.tuples(side, st.integers(1, 80)).map(
        lambda drawn: [
            ("buy", drawn[0], 4000, 4000),
            ("wait", WAIT),
            ("redeem", *drawn),
            *(("give_back", -1, line) for line in (0, 0, 1)),
        ]
    )
    return st.lists(st.one_of(single, debt), min_size=1, max_size=6).map(
        lambda chapters: [step for steps in chapters for step in steps]
    )


_ONE_LIFE = _chapters(st.just(0))
_TWO_LIVES = st.tuples(
    _chapters(st.integers(0, 1)), st.integers(0, 1), _chapters(st.just(0))
).map(lambda drawn: [*drawn[0], ("merge", drawn[1]), *drawn[2]])


def _examples(number):
    return settings(
        max_examples=number,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )


@tagged("post_install", "-at_install")
class TestLives(PurchasesCommon):
    """Any life, told anew without what was undone, ends in the same balance."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.o2o_points_grace_days = 0

    @_examples(40)
    @given(_ONE_LIFE)
    def test_any_life(self, steps):
        """PTS-05, PTS-09: buy, return in part, cancel, expire, redeem, in any order."""
        self._play(steps, 1)

    @_examples(60)
    @given(_TWO_LIVES)
    def test_any_two_lives(self, steps):
        """MEM-12, PTS-09: earn, wait, redeem, expire, owe, merge, and go on."""
        self._play(steps, 2)

    def _play(self, steps, count):
        self._lives()
        number = self.Card.search_count([])
        members = [
            self._create_member(f"O2O {side}", f"7{number + side:09d}")
            for side in range(count)
        ]
        accounts = [self._account(member) for member in members]
        life, story = _Life(self, members), _Story()
        for action, *values in steps:
            with freeze_time(DAY0 + timedelta(days=story.day)):
                if not getattr(life, action)(*values):
                    continue
                getattr(story, action)(*values)
            with freeze_time(DAY0 + timedelta(days=story.day)):
                if action == "wait":
                    self.env["o2o.points.bucket"]._expire_accounts(100)
                    self.env.invalidate_all()
                if action in ("wait", "merge"):
                    self._check(life, story)
        with freeze_time(DAY0 + timedelta(days=story.day)):
            self._check(life, story)
        wrong = self.Entry._cron_check_balances()
        self.assertFalse({account.id for account in accounts} & set(wrong))

    def _check(self, life, story):
        for member, ending in zip(life.members, story.endings(), strict=False):
            there = sum(member._o2o_live_buckets().mapped("remaining"))
            debt = member.o2o_points_debt
            self.assertEqual((there, debt), ending, (member.name, story.events))


class _Life:
    """Steps as the shop takes them; each says whether it happened."""

    def __init__(self, case, members):
        self.case, self.members = case, members
        self.orders, self.spendings, self.keys = [], [], 0

    def _key(self):
        self.keys += 1
        return f"{self.members[0].id}:{self.keys}"

    def buy(self, side, *cents):
        order = self.case._order((self.case.bottle, 2), (self.case.cup, 1))
        amounts = [value / 100 for value in cents]
        self.case._award(order, *amounts, member=self.members[side])
        self.orders.append((order, [0, 0]))
        return True

    def give_back(self, at, line):
        if not self.orders:
            return False
        order, returned = self.orders[at % len(self.orders)]
        record = order.order_line[line]
        if returned[line] == record.product_uom_qty:
            return False
        returned[line] += 1
        self.case.Share._set_returned({record: returned[line]})
        return True

    def redeem(self, side, points):
        member = self.members[side]
        try:
            spent = member._o2o_post_points(-points, "redeem", self._key())
        except UserError:
            return False
        self.spendings.append(spent)
        return True

    def cancel(self, at):
        if not self.spendings:
            return False
        spent = self.spendings[at % len(self.spendings)]
        if not spent._reversible_points():
            return False
        spent._reverse(self._key())
        return True

    def wait(self, _days):
        return True

    def merge(self, kept):
        survivor, source = self.members[kept], self.members[1 - kept]
        self.case.env["o2o.member.merge"]._merge_members(survivor, source)
        self.members = [survivor]
        return True


class _Story:
    """What was undone never happened; each paid for itself until they were one."""

    def __init__(self):
        self.day = 0
        self.events, self.purchases, self.spendings = [], [], []

    def buy(self, side, *cents):
        lines = [
            [quantity, quantity, value / 100]
            for quantity, value in zip((2, 1), cents, strict=True)
        ]
        self.purchases.append({"day": self.day, "side": side, "lines": lines})
        self.events.append(self.purchases[-1])

    def give_back(self, at, line):
        self.purchases[at % len(self.purchases)]["lines"][line][0] -= 1

    def redeem(self, side, points):
        self.spendings.append({"day": self.day, "side": side, "spent": points})
        self.events.append(self.spendings[-1])

    def cancel(self, at):
        self.spendings[at % len(self.spendings)]["spent"] = 0

    def wait(self, days):
        self.day += days

    def merge(self, _kept):
        self.events.append({"day": self.day, "is_merge": True})

    def endings(self):
        """:return: list of (points there, points owed), one for each member"""
        purses = [[[], 0], [[], 0]]  # lots as [day, points], debt
        for event in self.events:
            day = event["day"]
            if "is_merge" in event:
                lots = sorted(purses[0][0] + purses[1][0], key=lambda lot: lot[0])
                purses = [[lots, self._pay(lots, purses[0][1] + purses[1][1], day)]]
                continue
            purse = purses[event["side"] if len(purses) > 1 else 0]
            if "lines" in event:
                points = sum(
                    int(round(amount * kept / bought, 2) + 1e-6)
                    for kept, bought, amount in event["lines"]
                )
                paid = min(points, purse[1])
                purse[1] -= paid
                purse[0].append([day, points - paid])
            else:
                purse[1] += self._pay(purse[0], event["spent"], day)
        return [
            (sum(left for day, left in lots if day + LIFE > self.day), debt)
            for lots, debt in purses
        ]

    def _pay(self, lots, wanted, day):
        """Equal lives: the oldest lot is the first to end; pending ones come last."""
        for lot in lots:
            if lot[0] + LIFE > day:
                part = min(wanted, lot[1])
                lot[1] -= part
                wanted -= part
        return wanted

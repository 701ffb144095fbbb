from datetime import timedelta

from hypothesis import given

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common_lives import ONE_LIFE, TWO_LIVES, Story, examples
from .common_purchases import DAY0, PurchasesCommon


@tagged("post_install", "-at_install")
class TestLives(PurchasesCommon):
    """Any life, told anew without what was undone, ends in the same balance."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.o2o_points_grace_days = 0

    @examples(10)
    @given(ONE_LIFE)
    def test_any_life(self, steps):
        """PTS-05, PTS-09: buy, return in part, cancel, expire, redeem, in any order."""
        self._play(steps, 1)

    @examples(8)
    @given(TWO_LIVES)
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
        life, story = _Life(self, members), Story()
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

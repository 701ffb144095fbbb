from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common_purchases import DAY0, LIFE, WAIT, PurchasesCommon


class MergePointsCommon(PurchasesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.o2o_points_grace_days = 0
        cls.other = cls._create_member("O2O Other", "88000200")

    def _merge(self, survivor, source):
        self.env["o2o.member.merge"]._merge_members(survivor, source)

    def _transfers(self):
        return self.Entry.search(
            [("partner_id", "=", self.member.id), ("kind", "=", "transfer")],
            order="id",
        )

    def _assert_proven(self):
        self.assertFalse(self.Entry._cron_check_balances())


@tagged("post_install", "-at_install")
class TestMemberMergePoints(MergePointsCommon):
    def test_rows_of_the_transfer(self):
        """MEM-12: one row out, one row in per bucket, nothing twice."""
        self._lives()
        with freeze_time(DAY0):
            self.other._o2o_post_points(30, "manual", "t:a")
        with freeze_time(DAY0 + timedelta(days=10)):
            self.other._o2o_post_points(50, "manual", "t:b")
        account = self._account(self.other)
        rows = self.Entry.search([("loyalty_card_id", "=", account.id)])
        with freeze_time(DAY0 + timedelta(days=11)):
            self._merge(self.member, self.other)
            self.assertEqual(self.member.o2o_points, 30)
            self.assertEqual(self.member.o2o_points_pending, 50)
        moved = self._transfers()
        self.assertEqual(moved.mapped("points"), [-80, 30, 50])
        self.assertEqual(moved.partner_id, self.member)
        self.assertEqual(moved[0].loyalty_card_id, account)
        self.assertEqual(
            moved[1:].mapped("expires_at"),
            [DAY0 + timedelta(days=60), DAY0 + timedelta(days=70)],
        )
        # the history comes along, and stays on the account where it happened
        self.assertEqual(rows.partner_id, self.member)
        self.assertEqual(rows.loyalty_card_id, account)
        self.assertIn("joined", moved[0].explanation)
        log = self.Entry.search([("partner_id", "=", self.member.id)])
        self.assertEqual(sum(log.mapped("points")), 80)
        self.assertFalse(account.active)
        self._assert_proven()

    def test_waiting_time_and_end_survive(self):
        """MEM-12, PTS-05: points become usable and end on their own days."""
        self._lives()
        with freeze_time(DAY0):
            self.other._o2o_post_points(30, "manual", "t:a")
            self._merge(self.member, self.other)
            self.assertEqual(self.member.o2o_points, 0)
        for day, points in ((WAIT, 30), (LIFE - 1, 30), (LIFE, 0)):
            with freeze_time(DAY0 + timedelta(days=day)):
                self.env["o2o.points.bucket"]._expire_accounts(10)
                self.env.invalidate_all()
                self.assertEqual(self.member.o2o_points, points, day)
        self._assert_proven()

    def _make_debt(self, member, points):
        order = self._order((self.bottle, 1))
        self._award(order, float(points), member=member)
        member._o2o_post_points(-points, "redeem", f"t:debt:{order.id}")
        self.Share._set_returned({order.order_line: 1})

    def test_debt_of_the_absorbed_is_paid(self):
        """MEM-12: what the absorbed member owes is paid by the survivor's points."""
        self._make_debt(self.other, 40)
        self.member._o2o_post_points(100, "manual", "t:owner")
        self._merge(self.member, self.other)
        self.assertRecordValues(self.member, [{"o2o_points": 60, "o2o_points_debt": 0}])
        self._assert_proven()

    def test_debt_of_the_survivor_is_paid(self):
        """MEM-12: what the survivor owes is paid by the points that come in."""
        self._make_debt(self.member, 40)
        self.other._o2o_post_points(100, "manual", "t:owner")
        self._merge(self.member, self.other)
        self.assertRecordValues(self.member, [{"o2o_points": 60, "o2o_points_debt": 0}])
        self._assert_proven()

    def test_both_in_debt(self):
        """MEM-12: two debts add up, and later points pay them."""
        self._make_debt(self.other, 40)
        self._make_debt(self.member, 5)
        self._merge(self.member, self.other)
        self.assertEqual(self.member.o2o_points_debt, 45)
        self.member._o2o_post_points(50, "manual", "t:pay")
        self.assertEqual(self.member.o2o_points, 5)
        self._assert_proven()

    def test_return_of_an_old_order(self):
        """MEM-12, PTS-09: goods bought before the merge come back after it."""
        order = self._order((self.bottle, 2), (self.cup, 1))
        entry = self._award(order, 80.0, 20.0, member=self.other)
        self.member._o2o_post_points(10, "manual", "t:m")
        self._merge(self.member, self.other)
        bottle, cup = order.order_line
        back = self.Share._set_returned({bottle: 1})
        self.assertEqual(back.reversal_of_id, entry)
        self.assertEqual(back.loyalty_card_id, self._account(self.member))
        self.assertEqual(self.member.o2o_points, 70)
        self.assertFalse(self.Share._set_returned({bottle: 1}), "said twice")
        self.Share._set_returned({bottle: 2, cup: 1})
        self.assertEqual(self.member.o2o_points, 10)
        self._assert_proven()

    def test_return_of_an_old_order_after_spending(self):
        """MEM-12: the survivor owes what was spent of it."""
        order = self._order((self.bottle, 1))
        self._award(order, 80.0, member=self.other)
        self._merge(self.member, self.other)
        self.member._o2o_post_points(-80, "redeem", "t:spend")
        self.Share._set_returned({order.order_line: 1})
        self.assertEqual(self.member.o2o_points_debt, 80)
        self._assert_proven()

    def test_old_redemption_is_cancelled(self):
        """MEM-12, PTS-05: points spent by the absorbed member come back."""
        self.other._o2o_post_points(60, "manual", "t:a")
        spent = self.other._o2o_post_points(-60, "redeem", "t:b")
        self._merge(self.member, self.other)
        self.assertEqual(self.member.o2o_points, 0)
        back = spent._reverse("t:c")
        self.assertEqual(back.kind, "redeem_return")
        self.assertEqual(self.member.o2o_points, 60)
        self.assertEqual(spent._reverse("t:c"), back, "said twice")
        self._assert_proven()

    def test_same_key_after_the_merge(self):
        """MEM-12, PTS-01: an old posting repeated for the survivor counts once."""
        entry = self.other._o2o_post_points(60, "manual", "t:once")
        self._merge(self.member, self.other)
        again = self.member._o2o_post_points(60, "manual", "t:once")
        self.assertEqual(again, entry)
        self.assertEqual(self.member.o2o_points, 60)

    def test_merged_twice(self):
        """MEM-12: a survivor is absorbed later; returns find the last account."""
        order = self._order((self.bottle, 1))
        self._award(order, 70.0, member=self.other)
        third = self._create_member("O2O Third", "88000300")
        self._merge(self.member, self.other)
        self._merge(third, self.member)
        self.assertEqual(third.o2o_points, 70)
        self.Share._set_returned({order.order_line: 1})
        self.assertEqual(third.o2o_points, 0)
        self._assert_proven()

    def test_due_points_end_on_their_own_account(self):
        """MEM-12: points that are over but not yet expired do not move."""
        self._lives()
        with freeze_time(DAY0):
            self.other._o2o_post_points(30, "manual", "t:a")
        with freeze_time(DAY0 + timedelta(days=LIFE + 1)):
            self._merge(self.member, self.other)
            self.assertEqual(self.member.o2o_points, 0)
        self.assertFalse(self._transfers())
        self.assertEqual(
            self.Entry.search([("partner_id", "=", self.member.id)], limit=1).kind,
            "expire",
        )
        self._assert_proven()

    def test_limits_count_both_histories(self):
        """MEM-12, PTS-01: a merge does not open the limit of the day again."""
        self.env["o2o.points.rule"].create({"name": "All", "max_points_per_day": 50})
        self._award(self._order((self.bottle, 1)), 40.0, member=self.other)
        self._merge(self.member, self.other)
        entry = self._award(self._order((self.bottle, 1)), 30.0)
        self.assertEqual(entry.points, 10)

    def test_ended_account_stays_ended(self):
        """MEM-12: a cashier's RPC cannot open or redirect a merged account."""
        account = self._account(self.other)
        self._merge(self.member, self.other)
        for vals in (
            {"o2o_merged_into_id": False},
            {"points": 5},
            {"partner_id": self.env.user.partner_id.id},
        ):
            with self.assertRaises(UserError):
                account.with_user(self.cashier).sudo(False).write(vals)
        self.assertNotEqual(self._account(self.member), account)

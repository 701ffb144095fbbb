from datetime import date

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, freeze_time, tagged

from .common_level import LevelCommon

NOW = "2026-06-15 04:00:00"


@tagged("post_install", "-at_install")
@freeze_time(NOW)
class TestLevelFee(LevelCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._fee_line()

    def _pay(self, key, months=12, amount=365.0, level=None):
        return self.Grant._grant_fee(
            self.member, level or self.gold, months, amount, key, self.line
        )

    def test_fee_gives_the_level_for_a_term(self):
        """MEM-08: a fee gives the level today, until the end of its last day."""
        grant = self._pay("t:1")
        self.assertEqual(self.member.o2o_level_id, self.gold)
        self.assertEqual(
            (str(grant.date_from), str(grant.date_to)), ("2026-06-15", "2027-06-14")
        )
        self.assertEqual(self._current().cause, "fee")
        self.assertIn("2027", self._current().explanation)
        with freeze_time("2027-06-14 15:59:59"):
            self.member._o2o_evaluate_levels()
            self.assertEqual(self.member.o2o_level_id, self.gold)
        with freeze_time("2027-06-14 16:00:00"):
            self.member._o2o_evaluate_levels()
            self.assertEqual(self.member.o2o_level_id, self.ordinary)

    def test_same_key_is_one_term(self):
        """MEM-08: a payment reported twice is one term."""
        self.assertEqual(self._pay("t:1"), self._pay("t:1"))
        self.assertEqual(len(self.member.o2o_level_grant_ids), 1)

    def test_renewal_adds_to_the_end(self):
        """MEM-08: paying early loses no day; paying late starts today."""
        self._pay("t:1")
        renewal = self._pay("t:2")
        self.assertEqual(
            (str(renewal.date_from), str(renewal.date_to)), ("2027-06-15", "2028-06-14")
        )
        with freeze_time("2029-01-01 04:00:00"):
            late = self._pay("t:3")
            self.assertEqual(str(late.date_from), "2029-01-01")

    def test_highest_wins(self):
        """MEM-08: a fee does not lower what was earned, and earns nothing twice."""
        self._buy(self.member, 20000)
        self._pay("t:1")
        self.assertEqual(self.member.o2o_level_id, self.diamond)

    def test_fee_ends_and_the_earned_level_stays(self):
        """MEM-08: after the term the member has what the purchases give."""
        self._pay("t:1", months=1)
        self._buy(self.member, 1000)
        self.assertEqual(self.member.o2o_level_id, self.gold)
        with freeze_time("2026-07-20 04:00:00"):
            self.member._o2o_evaluate_levels()
            self.assertEqual(self.member.o2o_level_id, self.silver)
            self.assertEqual(self._current().cause, "spend")

    def test_refund_by_days_left(self):
        """MEM-08: the unused days are paid back to the cent, and the level ends."""
        grant = self._pay("t:1", amount=100.0)
        with freeze_time("2026-09-15 04:00:00"):
            # 93 of 365 days are used, the day of the refund included
            self.assertEqual(grant._get_refund_amount(), 74.52)
            wizard = Form(
                self.env["o2o.level.refund"]
                .with_user(self.manager)
                .with_context(default_grant_id=grant.id)
            )
            self.assertEqual(wizard.refund_amount, 74.52)
            wizard.reason = "moved away"
            wizard.save().action_take_back()
            self.assertEqual((grant.state, grant.refund_amount), ("revoked", 74.52))
            self.assertEqual(grant.refund_move_id.amount_total, 74.52)
            self.assertEqual(self.member.o2o_level_id, self.ordinary)
            grant._revoke("again")
            self.assertEqual(grant.revoke_reason, "moved away")

    def test_refund_of_the_running_term_moves_the_next_one(self):
        """MEM-08: no paid day is lost when the first of two terms is refunded."""
        first, second = self._pay("t:1"), self._pay("t:2")
        with freeze_time("2026-09-15 04:00:00"):
            first._revoke("t")
            self.assertEqual(self.member.o2o_level_id, self.gold)
            self.assertEqual(
                (str(second.date_from), str(second.date_to)),
                ("2026-09-15", "2027-09-15"),
            )
            self.assertEqual((second.date_to - second.date_from).days, 365)

    def test_given_by_hand(self):
        """MEM-06: a manager gives a level with a reason and a last day."""
        wizard = Form(
            self.env["o2o.level.grant.wizard"]
            .with_user(self.manager)
            .with_context(default_partner_id=self.member.id)
        )
        wizard.level_id = self.diamond
        wizard.date_to = "2026-06-30"
        wizard.reason = "wrote a book about us"
        record = wizard.save()
        record.action_grant()
        record.action_grant()
        self.assertEqual(self.member.o2o_level_id, self.diamond)
        self.assertEqual(len(self.member.o2o_level_grant_ids), 1)
        self.assertIn("wrote a book", self._current().explanation)
        with freeze_time("2026-06-30 16:00:00"):
            self.member._o2o_evaluate_levels()
            self.assertEqual(self.member.o2o_level_id, self.ordinary)

    def test_last_day_in_the_past(self):
        """MEM-06: a grant that is over before it begins is a mistake."""
        with self.assertRaisesRegex(UserError, "past"):
            self.Grant.with_user(self.manager)._grant_by_hand(
                self.member, self.gold, date(2026, 6, 14), "x", "t:x"
            )

    def test_only_managers_give_and_take(self):
        """MEM-06, MEM-08: a clerk or a cashier gives no level away."""
        grant = self._pay("t:1")
        for user in (self.user, self.cashier):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    self.env["o2o.level.grant.wizard"].with_user(user).create(
                        {
                            "partner_id": self.member.id,
                            "level_id": self.gold.id,
                            "date_to": "2027-01-01",
                            "reason": "x",
                        }
                    )
                with self.assertRaises(AccessError):
                    grant.with_user(user).action_take_back()
                with self.assertRaises(AccessError):
                    self.Grant.with_user(user)._grant_by_hand(
                        self.member, self.gold, grant.date_to, "x", "t:x"
                    )

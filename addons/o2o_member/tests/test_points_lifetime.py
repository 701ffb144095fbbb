from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import MemberCommon

moment = fields.Datetime.to_datetime


@tagged("post_install", "-at_install")
class TestPointsLifetime(MemberCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {
                "o2o_points_pending_days": 7,
                "o2o_points_valid_months": 12,
                "o2o_points_grace_days": 0,
                "o2o_points_reminder_days": 30,
            }
        )
        cls.company.partner_id.tz = "Asia/Shanghai"
        cls.member = cls._create_member()
        cls.Bucket = cls.env["o2o.points.bucket"]

    def _run_cron(self, name):
        with self.enter_registry_test_mode():
            self.env.ref(
                f"o2o_member.o2o_points_bucket_cron_{name}"
            ).method_direct_trigger()
        self.env.invalidate_all()

    def _earn(self, points, key, **details):
        return self.member._o2o_post_points(points, "earn_purchase", key, **details)

    def _assert_points(self, available, pending=0, debt=0):
        self.member.invalidate_recordset()
        self.assertRecordValues(
            self.member,
            [
                {
                    "o2o_points": available,
                    "o2o_points_pending": pending,
                    "o2o_points_debt": debt,
                }
            ],
        )
        account = self._account(self.member)
        self.assertEqual(account.points, available + pending - debt)
        self.assertNotIn(account.id, self.Entry._cron_check_balances())

    def test_purchases_wait_until_the_days_for_returns_are_over(self):
        """PTS-01: pending for seven days, then usable, to the minute."""
        with freeze_time("2026-03-01 10:00:00"):
            self._earn(100, "t:1")
            self._assert_points(0, pending=100)
            with self.assertRaisesRegex(UserError, "0 available"):
                self.member._o2o_post_points(-1, "redeem", "t:2")
        with freeze_time("2026-03-08 09:59:00"):
            self._assert_points(0, pending=100)
        with freeze_time("2026-03-08 10:00:00"):
            self._assert_points(100)
            self.member._o2o_post_points(-100, "redeem", "t:2")
            self._assert_points(0)

    def test_other_kinds_do_not_wait(self):
        """PTS-02: points given by hand can be spent at once."""
        self.member._o2o_post_points(20, "manual", "t:1")
        self._assert_points(20)

    def test_points_end_with_a_month_of_the_shop(self):
        """PTS-09: the end is midnight in Shanghai, not in London."""
        with freeze_time("2026-01-31 15:59:00"):  # still January in Shanghai
            first = self._earn(10, "t:1")
        with freeze_time("2026-01-31 16:01:00"):  # already February
            second = self._earn(10, "t:2")
        self.assertEqual(first.expires_at, moment("2027-01-31 16:00:00"))
        self.assertEqual(second.expires_at, moment("2027-02-28 16:00:00"))

    def test_nightly_expiry(self):
        """PTS-09: what is left of a bucket expires as one row, once."""
        with freeze_time("2026-01-10 08:00:00"):
            self._earn(100, "t:1")
        with freeze_time("2026-02-10 08:00:00"):
            self._earn(50, "t:2")
            self.member._o2o_post_points(-30, "redeem", "t:3")
            self._assert_points(70, pending=50)
        with freeze_time("2027-01-31 16:00:00"):
            self._assert_before_expiry(50)
            for _night in range(2):
                self._expire()
            self._assert_points(50)
            expired = self.Entry.search(
                [("partner_id", "=", self.member.id), ("kind", "=", "expire")]
            )
            self.assertRecordValues(
                expired, [{"points": -70, "balance_before": 120, "balance_after": 50}]
            )

    def _expire(self):
        self._run_cron("expire")

    def _assert_before_expiry(self, available):
        """Points that are over cannot be spent, even before the nightly job."""
        self.member.invalidate_recordset()
        self.assertEqual(self.member.o2o_points, available)
        with self.assertRaises(UserError):
            self.member._o2o_post_points(-available - 1, "redeem", "t:late")

    def test_expired_points_are_not_taken_back_again(self):
        """PTS-09: earn 100, spend 30, 70 expire, half the goods come back: the 50
        would have paid the 30 and lost 20 by expiry."""
        with freeze_time("2026-01-10 08:00:00"):
            earned = self._earn(100, "t:1")
        with freeze_time("2026-02-10 08:00:00"):
            self.member._o2o_post_points(-30, "redeem", "t:2")
        with freeze_time("2027-02-10 08:00:00"):
            self._expire()
            earned._reverse("t:back", points=50)
            self._assert_points(0)
            earned._reverse("t:back:2", points=50)
            self._assert_points(0, debt=30)

    def test_spent_points_come_back_to_their_own_time(self):
        """PTS-05: a cancelled redemption revives the points with their old end."""
        with freeze_time("2026-01-10 08:00:00"):
            self._earn(100, "t:1")
        with freeze_time("2026-02-10 08:00:00"):
            spent = self.member._o2o_post_points(-100, "redeem", "t:2")
            back = spent._reverse("t:2:back")
            self.assertEqual(back.kind, "redeem_return")
            self._assert_points(100)
            self.assertEqual(
                self.Bucket.search([("partner_id", "=", self.member.id)]).expires_at,
                moment("2027-01-31 16:00:00"),
            )

    def _come_back_too_late(self):
        with freeze_time("2026-01-10 08:00:00"):
            self._earn(100, "t:1")
        with freeze_time("2026-02-10 08:00:00"):
            spent = self.member._o2o_post_points(-100, "redeem", "t:2")
        with freeze_time("2027-02-10 08:00:00"):
            spent._reverse("t:2:back")
            kinds = self.Entry.search([("partner_id", "=", self.member.id)]).mapped(
                "kind"
            )
        return kinds

    def test_points_that_come_back_too_late(self):
        """FAULT-62, PTS-05: back after their end, they expire at once, as a row."""
        self.assertEqual(
            self._come_back_too_late(),
            ["expire", "redeem_return", "redeem", "earn_purchase"],
        )
        with freeze_time("2027-02-10 08:00:00"):
            self._assert_points(0)

    def test_days_of_grace(self):
        """PTS-05: a kind shop lets points that come back late live on for a while."""
        self.company.o2o_points_grace_days = 30
        self.assertEqual(self._come_back_too_late()[0], "redeem_return")
        for at, points in (
            ("2027-02-10 08:00:00", 100),
            ("2027-03-12 15:59:00", 100),
            ("2027-03-12 16:00:00", 0),
        ):
            with freeze_time(at):
                self.member.invalidate_recordset()
                self.assertEqual(self.member.o2o_points, points, at)

    def test_rows_from_before_there_were_buckets(self):
        """PTS-09: an upgraded shop keeps every balance, reversals included."""
        first = self._earn(100, "t:1")
        self._earn(40, "t:2")
        self.member._o2o_post_points(20, "manual", "t:3")
        self.member._o2o_post_points(-20, "redeem", "t:4")
        first._reverse("t:5", points=30)
        balance = self._account(self.member).points
        self.Bucket.search([("partner_id", "=", self.member.id)]).unlink()
        self.Bucket._open_missing()
        self._assert_points(balance)

    def test_summary(self):
        """PTS-09: available, pending, worth and what expires when, in one answer."""
        self.company.o2o_points_for_money = 100
        with freeze_time("2026-01-10 08:00:00"):
            self._earn(1250, "t:1")
        with freeze_time("2026-02-10 08:00:00"):
            self._earn(50, "t:2")
            summary = self.member._o2o_points_summary()
        self.assertEqual(
            summary,
            {
                "available": 1250,
                "pending": 50,
                "debt": 0,
                "worth": 12.5,
                "expiring": [
                    {"points": 1250, "date": moment("2027-01-31 00:00:00").date()},
                    {"points": 50, "date": moment("2027-02-28 00:00:00").date()},
                ],
            },
        )

    def test_reminder_is_sent_once(self):
        """PTS-09: a member hears once, thirty days before points end."""
        self.member.email = "o2o.member@example.com"
        with freeze_time("2026-01-10 08:00:00"):
            self._earn(100, "t:1")
        for at, count in (
            ("2026-12-31 08:00:00", 0),
            ("2027-01-01 08:00:00", 1),
            ("2027-01-02 08:00:00", 1),
        ):
            with freeze_time(at):
                self._run_cron("remind")
            mails = self.env["mail.mail"].search(
                [("recipient_ids", "in", self.member.ids)]
            )
            self.assertEqual(len(mails), count, at)
        self.assertIn("100", mails.body_html)
        self.assertIn("2027", mails.body_html)

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .earning_common import EarningCommon

DAYS = [(1, 5), (2, 6), (3, 7), (5, 20)]


@tagged("post_install", "-at_install")
class TestSignIn(EarningCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls._rule("sign_in", DAYS)

    def _sign(self, moment, partner=None):
        with freeze_time(moment):
            return self.SignIn._sign_in(partner or self.anna)

    def test_streak_and_cycle(self):
        """PTS-02: each day in a row gives its points; then the cycle begins anew."""
        points = [
            self._sign(f"2026-03-{day:02d} 04:00:00")[0].points for day in range(1, 8)
        ]
        self.assertEqual(points, [5, 6, 7, 7, 20, 5, 6])
        last = self.SignIn.search([("partner_id", "=", self.anna.id)], limit=1)
        self.assertEqual(last.streak, 7)
        self.assertEqual(last.entry_id.explanation, "7 days in a row")
        self.assertEqual(last.entry_id.rule_id, self.rule)
        self.assertEqual(self.anna.o2o_points, sum(points))

    def test_missed_day(self):
        """PTS-02: a missed day starts the row anew."""
        self._sign("2026-03-01 04:00:00")
        self._sign("2026-03-02 04:00:00")
        sign, _is_new = self._sign("2026-03-04 04:00:00")
        self.assertEqual((sign.streak, sign.points), (1, 5))
        self.assertEqual(sign.entry_id.explanation, "First day")

    def test_once_a_day_by_the_clock_of_the_shop(self):
        """PTS-02: the day ends at midnight in Shanghai, 16:00 UTC."""
        first, is_new = self._sign("2026-03-01 15:59:59")
        self.assertTrue(is_new)
        again, is_new = self._sign("2026-03-01 00:00:01")
        self.assertFalse(is_new)
        self.assertEqual(again, first)
        second, is_new = self._sign("2026-03-01 16:00:00")
        self.assertTrue(is_new)
        self.assertEqual((str(second.date), second.streak), ("2026-03-02", 2))

    def test_clock_moved_back(self):
        """PTS-02: a clock that goes back gives no second sign-in, and no lost row."""
        self._sign("2026-03-05 04:00:00")
        sign, is_new = self._sign("2026-03-04 04:00:00")
        self.assertFalse(is_new)
        self.assertEqual(str(sign.date), "2026-03-05")
        sign, is_new = self._sign("2026-03-06 04:00:00")
        self.assertEqual((is_new, sign.streak), (True, 2))

    def test_zone_moved_west(self):
        """PTS-02: another zone does not give the same day twice."""
        self._sign("2026-03-01 16:30:00")
        self.company.partner_id.tz = "America/New_York"
        _sign, is_new = self._sign("2026-03-01 17:00:00")
        self.assertFalse(is_new)

    def test_limits(self):
        """PTS-02: the limit of the day and in all cut the points, and say so."""
        self.rule.write({"max_points_per_day": 4, "max_points_per_member": 6})
        first = self._sign("2026-03-01 04:00:00")[0]
        second = self._sign("2026-03-02 04:00:00")[0]
        third = self._sign("2026-03-03 04:00:00")[0]
        self.assertEqual([first.points, second.points, third.points], [4, 2, 0])
        self.assertEqual(third.streak, 3, "the row goes on without points")
        self.assertIn("limited to 4", first.entry_id.explanation)

    def test_companies_are_apart(self):
        """PTS-02: a member of two shops signs in at both."""
        self._sign("2026-03-01 04:00:00")
        other = self.env["res.company"].create({"name": "O2O Other"})
        self.assertEqual(
            set(
                self.env["o2o.points.rule"]
                .search([("company_id", "=", other.id)])
                .mapped("kind")
            ),
            {"sign_in", "referral", "share", "review"},
            "a new company has rules to edit",
        )
        self._create_card("88000301", company_id=other.id)._activate(self.anna)
        with freeze_time("2026-03-01 05:00:00"):
            _sign, is_new = self.SignIn.with_company(other)._sign_in(self.anna)
        self.assertTrue(is_new)

    def test_nobody_without_a_card(self):
        """CARD-04: no card, no sign-in."""
        with self.assertRaisesRegex(UserError, "no active member card"):
            self.SignIn._sign_in(self.env["res.partner"].create({"name": "No Card"}))

    def test_without_a_rule(self):
        """PTS-02: switched off, nothing is promised and nothing given."""
        self.rule.active = False
        self.assertFalse(self.SignIn._get_state(self.anna))
        with self.assertRaisesRegex(UserError, "no points for signing in"):
            self.SignIn._sign_in(self.anna)

    def test_calendar(self):
        """PTS-02: the page shows signed days, the row and what tomorrow gives."""
        for day in (1, 2, 4):
            self._sign(f"2026-03-{day:02d} 04:00:00")
        with freeze_time("2026-03-05 04:00:00"):
            state = self.SignIn._get_state(self.anna)
        self.assertEqual(
            (state["is_signed"], state["streak"]), (False, 1), "the row still runs"
        )
        self.assertEqual((state["today_points"], state["tomorrow_points"]), (6, 7))
        days = [day for week in state["weeks"] for day in week if not day["is_other"]]
        self.assertEqual([day["day"] for day in days if day["is_signed"]], [1, 2, 4])
        self.assertEqual([day["day"] for day in days if day["is_today"]], [5])
        self.assertEqual((len(days), state["month_after"]), (31, ""))
        with freeze_time("2026-03-07 04:00:00"):
            state = self.SignIn._get_state(self.anna)
        self.assertEqual((state["streak"], state["today_points"]), (0, 5))

    def test_promise_is_kept(self):
        """PTS-02: what the page promises for tomorrow is what tomorrow gives."""
        self.rule.max_points_per_member = 9
        for day in range(1, 5):
            self._sign(f"2026-03-{day:02d} 04:00:00")
            with freeze_time(f"2026-03-{day:02d} 04:00:00"):
                promised = self.SignIn._get_state(self.anna)["tomorrow_points"]
            self.assertEqual(
                self._sign(f"2026-03-{day + 1:02d} 04:00:00")[0].points, promised
            )

    def test_portal_cannot_reach_the_models(self):
        """PTS-02, PTS-03: members have no access to days, links, referrals, rules."""
        self._sign("2026-03-01 04:00:00")
        for model in (
            "o2o.sign.in",
            "o2o.member.link",
            "o2o.member.link.visit",
            "o2o.referral",
            "o2o.review",
            "o2o.points.rule",
            "o2o.points.rule.day",
            "o2o.member.growth",
            "rating.rating",
        ):
            for user in (self.portal, self.employee):
                if model == "rating.rating" and user == self.employee:
                    continue
                with self.subTest(model=model), self.assertRaises(AccessError):
                    self.env[model].with_user(user).search([])

    def test_staff_reads_and_changes_nothing(self):
        """PTS-02…04: what happened is not written by hand, by no role."""
        for model in (
            "o2o.sign.in",
            "o2o.member.link",
            "o2o.member.link.visit",
            "o2o.referral",
            "o2o.review",
        ):
            for user in (self.user, self.manager, self.auditor):
                records = self.env[model].with_user(user)
                self.assertTrue(records.has_access("read"))
                for operation in ("write", "create", "unlink"):
                    self.assertFalse(records.has_access(operation), model)
        rules = self.env["o2o.points.rule"]
        self.assertFalse(rules.with_user(self.user).has_access("write"))
        self.assertTrue(rules.with_user(self.manager).has_access("create"))

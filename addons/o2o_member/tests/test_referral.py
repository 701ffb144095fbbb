from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .earning_common import EarningCommon


@tagged("post_install", "-at_install")
class TestReferral(EarningCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.o2o_points_pending_days = 7
        cls.rule = cls._rule("referral", points=100, friend_points=50)
        cls.link = cls.Link._link_of(cls.anna, "referral", address="10.0.0.1")
        cls.bob = cls._friend(phone="13900000001")

    def _invite(self, friend=None, address="10.0.0.2", code=None):
        return (friend or self.bob)._o2o_set_referrer(code or self.link.code, address)

    def _kinds(self, partner):
        rows = self.Entry.search([("partner_id", "=", partner.id)], order="id")
        return [(row.kind, row.points) for row in rows]

    def test_link_says_nothing(self):
        """PTS-03: the code is random, one for each member, and holds no phone."""
        again = self.Link._link_of(self.anna, "referral")
        other = self.Link._link_of(self.bob, "referral")
        self.assertEqual(again, self.link)
        self.assertNotEqual(other.code, self.link.code)
        self.assertRegex(self.link.code, r"^[2-9b-z]{10}$")

    def test_first_order_pays_both(self):
        """PTS-03: registering gives nothing; the first order pays both, once."""
        referral = self._invite()
        self.assertEqual(self.bob.o2o_referrer_id, self.anna)
        self.assertFalse(self._kinds(self.anna))
        self._buy(self.bob, 20.0)
        self.assertEqual(referral.state, "completed")
        self.assertEqual(self._kinds(self.anna), [("referral", 100)])
        self.assertIn(("referral", 50), self._kinds(self.bob))
        self.assertEqual(self.anna.o2o_points_pending, 100, "as long as it may return")
        self._buy(self.bob, 20.0)
        self.assertEqual(len(self._kinds(self.anna)), 1)
        self.assertIn("A friend you invited", referral.referrer_entry_id.explanation)
        self.assertIn("Welcome gift", referral.friend_entry_id.explanation)
        self.assertNotIn("Bob", str(referral.referrer_entry_id.facts))

    def test_everything_came_back_in_time(self):
        """PTS-03: a first order returned while points wait takes them back; the next
        one counts instead."""
        with freeze_time("2026-03-01"):
            self._invite()
            order = self._buy(self.bob, 20.0)
        with freeze_time("2026-03-03"):
            self.env["o2o.points.share"]._set_returned({order.order_line: 1})
            self.assertEqual(
                self._kinds(self.anna), [("referral", 100), ("reversal", -100)]
            )
            self.assertEqual(self.anna.o2o_points_debt, 0)
            self.assertIn(
                "Referral of 2026-03-01 undone",
                self.Entry.search(
                    [("partner_id", "=", self.anna.id)], limit=1
                ).explanation,
            )
        with freeze_time("2026-03-04"):
            self._buy(self.bob, 20.0)
        self.assertEqual(self._kinds(self.anna)[-1], ("referral", 100))
        self.assertFalse(self.Entry._check_balances())

    def test_part_came_back(self):
        """PTS-03: who keeps something of the first order is a customer."""
        self._invite()
        order = self._buy(self.bob, 20.0, 30.0)
        self.env["o2o.points.share"]._set_returned({order.order_line[0]: 1})
        self.assertEqual(self._kinds(self.anna), [("referral", 100)])

    def test_came_back_late(self):
        """PTS-03: final points stay."""
        with freeze_time("2026-03-01"):
            self._invite()
            order = self._buy(self.bob, 20.0)
        with freeze_time("2026-03-10"):
            self.env["o2o.points.share"]._set_returned({order.order_line: 1})
            self.assertEqual(self._kinds(self.anna), [("referral", 100)])

    def test_smallest_amount(self):
        """PTS-03: a token order does not count until enough is kept."""
        self.rule.min_amount = 50.0
        self._invite()
        self._buy(self.bob, 20.0)
        self.assertFalse(self._kinds(self.anna))
        self._buy(self.bob, 30.0)
        self.assertEqual(self._kinds(self.anna), [("referral", 100)])

    def test_limits(self):
        """PTS-03: no more than the limits of the day and of a member."""
        self.rule.write({"max_points_per_day": 150, "max_points_per_member": 180})
        start = fields.Datetime.to_datetime("2026-03-01 04:00:00")
        given = []
        for number in range(4):
            with freeze_time(start + timedelta(days=number // 2)):
                friend = self._friend(f"F {number}", f"8800050{number}")
                referral = self._invite(friend, f"10.1.0.{number}")
                self._buy(friend, 20.0)
                given.append(referral.referrer_entry_id.points)
                self.assertEqual(referral.state, "completed")
        self.assertEqual(given, [100, 50, 30, 0])

    def test_nobody_invites_themselves(self):
        """PTS-03: own, second and forged codes, old customers: nothing happens."""
        self.assertFalse(self._invite(self.anna))
        for code in ("", None, "zzzzzzzzzz", "x" * 500, 5, {"a": 1}, "' OR 1=1 --"):
            self.assertFalse(self.bob._o2o_set_referrer(code), code)
        customer = self._friend("Old Customer", "88000401")
        self._buy(customer, 10.0)
        self.assertFalse(self._invite(customer))
        self._invite()
        carl = self._friend("Carl", "88000402")
        other = self.Link._link_of(carl, "referral")
        self.assertFalse(self._invite(code=other.code), "stored once")
        self.assertEqual(self.bob.o2o_referrer_id, self.anna)

    def test_no_circles(self):
        """PTS-03: nobody becomes the friend of their own friends' friends."""
        carl = self._friend("Carl", "88000402")
        self._invite()
        self._invite(carl, code=self.Link._link_of(self.bob, "referral").code)
        carls = self.Link._link_of(carl, "referral").code
        self.assertFalse(self._invite(self.anna, code=carls))

    def test_code_of_another_company(self):
        """PTS-03: a code works in its own shop only."""
        other = self.env["res.company"].create({"name": "O2O Other"})
        self.assertFalse(self.bob.with_company(other)._o2o_set_referrer(self.link.code))

    def test_member_without_a_card_gets_nothing(self):
        """CARD-04: a blocked referrer does not stop the friend's order."""
        self._invite()
        self.anna._o2o_active_card().action_freeze("Test")
        self._buy(self.bob, 20.0)
        self.assertFalse(self._kinds(self.anna))
        self.assertEqual(self.bob.o2o_points_pending, 20)

    def test_signs_of_one_person(self):
        """PTS-03: same phone, same network, many friends from one network: to check."""
        self.anna.phone = self.bob.phone
        self.assertEqual(self._invite().suspicion, "phone")
        neighbour = self._friend("Neighbour", "88000403")
        self.assertEqual(self._invite(neighbour, "10.0.0.1").suspicion, "address")
        for number, suspicion in enumerate((False, False, "many")):
            friend = self._friend(f"F {number}", f"8800050{number}")
            self.assertEqual(self._invite(friend, "10.9.9.9").suspicion, suspicion)

    def test_suspicious_friends_wait_for_a_manager(self):
        """PTS-03: no points before a manager decides; then for what was bought."""
        referral = self._invite(address="10.0.0.1")
        self._buy(self.bob, 20.0)
        self.assertFalse(self._kinds(self.anna))
        for user in (self.user, self.auditor, self.cashier, self.portal):
            with self.assertRaises(AccessError):
                referral.with_user(user).action_release()
            with self.assertRaises(AccessError):
                referral.with_user(user).action_refuse()
        referral.with_user(self.manager).action_release()
        self.assertEqual(self._kinds(self.anna), [("referral", 100)])
        with self.assertRaisesRegex(UserError, "Only referrals to check"):
            referral.with_user(self.manager).action_refuse()

    def test_refused(self):
        """PTS-03: a refused friend never counts."""
        referral = self._invite(address="10.0.0.1")
        referral.with_user(self.manager).action_refuse()
        self._buy(self.bob, 20.0)
        self.assertEqual(referral.state, "refused")
        self.assertFalse(self._kinds(self.anna))

    def test_what_the_member_sees(self):
        """PTS-03: names of friends are masked."""
        self._invite()
        self._buy(self.bob, 20.0)
        [friend] = self.anna._o2o_friends()["friends"]
        self.assertEqual((friend["name"], friend["points"]), ("B**", 100))
        self.assertTrue(friend["pending_until"])

    def test_search_by_referrer(self):
        """PTS-03: the back office finds members by who invited them."""
        self._invite()
        partners = self.env["res.partner"].with_user(self.user)
        self.assertEqual(
            partners.search([("o2o_referrer_id", "=", self.anna.id)]), self.bob
        )
        self.assertIn(self.anna, partners.search([("o2o_referrer_id", "=", False)]))

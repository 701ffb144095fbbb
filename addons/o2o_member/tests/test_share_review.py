from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .earning_common import EarningCommon


@tagged("post_install", "-at_install")
class TestShare(EarningCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls._rule("share", points=2, max_points_per_day=6)
        cls.product = cls.bottle.product_tmpl_id
        cls.link = cls.Link._link_of(cls.anna, "share", cls.product, "10.0.0.1")
        cls.stranger = cls.env.ref("base.public_partner")

    def _open(self, address, visitor=None, link=None):
        return self.env["o2o.member.link.visit"]._note(
            link or self.link, visitor or self.stranger, address
        )

    def test_another_visitor_counts_once_a_day(self):
        """PTS-04: one visitor, one day, whichever link of the member was opened."""
        with freeze_time("2026-03-01 04:00:00"):
            entry = self._open("10.0.0.2")
            self.assertEqual((entry.kind, entry.points), ("share", 2))
            self.assertIn("O2O Bottle", entry.explanation)
            self.assertFalse(self._open("10.0.0.2"))
            cup = self.Link._link_of(self.anna, "share", self.cup.product_tmpl_id)
            self.assertFalse(self._open("10.0.0.2", link=cup))
        with freeze_time("2026-03-02 04:00:00"):
            self.assertTrue(self._open("10.0.0.2"))

    def test_own_visits_do_not_count(self):
        """PTS-04: not the member's login, not the member's network, not no address."""
        self.assertFalse(self._open("10.0.0.2", visitor=self.anna))
        self.assertFalse(self._open("10.0.0.1"))
        self.assertFalse(self._open(None))
        self.assertFalse(self.env["o2o.member.link.visit"].search([]))

    def test_limit_of_the_day(self):
        """PTS-04: beyond the limit nothing is given, and nothing stored."""
        points = [self._open(f"10.0.1.{number}").points for number in range(9)]
        self.assertEqual(sum(points), 6)
        self.assertEqual(self.env["o2o.member.link.visit"].search_count([]), 3)

    def test_one_address_for_many_members(self):
        """PTS-04: a farm behind one address earns for few members a day."""
        given = 0
        for number in range(8):
            member = self._friend(f"M {number}", f"8800060{number}")
            link = self.Link._link_of(member, "share", self.product)
            given += bool(self._open("10.0.2.2", link=link))
        self.assertEqual(given, 5)

    def test_invitations_are_not_shares(self):
        """PTS-04: opening an invitation gives nothing."""
        self.assertFalse(
            self._open("10.0.0.2", link=self.Link._link_of(self.anna, "referral"))
        )

    def test_without_rule_or_card(self):
        """PTS-04, CARD-04: no rule, no card, no points."""
        self.anna._o2o_active_card().action_freeze("Test")
        self.assertFalse(self._open("10.0.0.2"))
        self.rule.active = False
        self.assertFalse(self._open("10.0.0.3"))

    def test_old_visits_are_forgotten(self):
        """PTS-04: hashes of visitors are not kept."""
        with freeze_time("2026-03-01"):
            self._open("10.0.0.2")
        with freeze_time("2026-05-01"):
            self.env["o2o.member.link.visit"]._gc_visits()
        self.assertFalse(self.env["o2o.member.link.visit"].search([]))


@tagged("post_install", "-at_install")
class TestReview(EarningCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls._rule("review", points=20, max_points_per_day=30)
        cls.product = cls.bottle.product_tmpl_id

    def _review(self, product=None, partner=None):
        return self.env["rating.rating"].create(
            {
                "rating": 5,
                "feedback": "Good",
                "consumed": True,
                "partner_id": (partner or self.anna).id,
                "res_model_id": self.env["ir.model"]._get_id("product.template"),
                "res_id": (product or self.product).id,
            }
        )

    def _approve(self, review):
        review.with_user(self.manager).action_o2o_approve_review()

    def _points(self):
        self.env.invalidate_all()
        return self.anna.o2o_points

    def test_approval_gives_points_once(self):
        """PTS-04: writing gives nothing; approval does, however often it is pressed."""
        self._buy(self.anna, 10.0)
        review = self._review()
        self.assertEqual(self._points(), 10)
        self._approve(review)
        self._approve(review)
        self.assertEqual(self._points(), 30)
        self.assertEqual(review.o2o_review_state, "approved")
        entry = self.Entry.search([("kind", "=", "review")])
        self.assertEqual(entry.explanation, "Your review of O2O Bottle was approved")

    def test_withdrawal_takes_points_back(self):
        """PTS-04: withdrawn twice is once; approved again gives them again."""
        self.rule.max_points_per_day = 0
        self._buy(self.anna, 10.0)
        review = self._review()
        self._approve(review)
        for _press in range(2):
            review.with_user(self.manager).action_o2o_withdraw_review()
            self.assertEqual(self._points(), 10)
        self._approve(review)
        self.assertEqual(self._points(), 30)
        self.assertFalse(self.Entry._check_balances())

    def test_once_per_product(self):
        """PTS-04: a second review of the same product gives nothing."""
        self._buy(self.anna, 10.0)
        self._approve(self._review())
        with self.assertRaisesRegex(UserError, "already got points"):
            self._approve(self._review())

    def test_not_bought(self):
        """PTS-04: no purchase, a returned one, or another product: no points."""
        with self.assertRaisesRegex(UserError, "has not bought"):
            self._approve(self._review())
        order = self._buy(self.anna, 10.0)
        with self.assertRaisesRegex(UserError, "has not bought"):
            self._approve(self._review(self.cup.product_tmpl_id))
        self.env["o2o.points.share"]._set_returned({order.order_line: 1})
        with self.assertRaisesRegex(UserError, "has not bought"):
            self._approve(self._review())

    def test_strangers(self):
        """CARD-04: a review of somebody without a card."""
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        with self.assertRaisesRegex(UserError, "not a member"):
            self._approve(self._review(partner=stranger))

    def test_limit_of_the_day(self):
        """PTS-04: reviews of many products stop at the limit."""
        order = self._order((self.bottle, 1), (self.cup, 1))
        self._award(order, 10.0, 10.0, member=self.anna)
        self._approve(self._review())
        self._approve(self._review(self.cup.product_tmpl_id))
        self.assertEqual(self._points(), 20 + 30)

    def test_who_decides(self):
        """PTS-04: only managers approve; nobody writes the decision by RPC."""
        self._buy(self.anna, 10.0)
        review = self._review()
        for user in (self.user, self.auditor, self.cashier, self.portal):
            for action in ("action_o2o_approve_review", "action_o2o_withdraw_review"):
                with self.assertRaises(AccessError):
                    getattr(review.with_user(user), action)()
        with self.assertRaises(AccessError):
            self.env["o2o.review"].with_user(self.manager).create(
                {
                    "rating_id": review.id,
                    "partner_id": self.anna.id,
                    "product_tmpl_id": self.product.id,
                    "company_id": self.company.id,
                    "state": "approved",
                }
            )
        self.assertEqual(self._points(), 10)

    def test_other_ratings(self):
        """PTS-04: only reviews of products are decided here."""
        rating = self._review()
        rating.write(
            {
                "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                "res_id": self.anna.id,
            }
        )
        with self.assertRaisesRegex(UserError, "not a review of a product"):
            self._approve(rating)

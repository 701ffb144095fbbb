from datetime import timedelta

from odoo import fields
from odoo.tests import tagged, warmup

from .test_points_purchases import PurchasesCommon


@tagged("post_install", "-at_install")
class TestPointsCost(PurchasesCommon):
    """What a completed order pays for its points, and that thrift forgets nothing."""

    @warmup
    def test_cost_of_an_award(self):
        """PTS-01: twelve queries for an order, whatever number of lines it has.

        Account with its lock, key, level, account fields, last row; ledger row, bucket
        and shares; history row, purchases, referral; balance.
        """
        for number in range(20):
            self.member._o2o_post_points(1, "manual", f"t:{number}")
        self._award(self._order((self.bottle, 1)), 10.0)
        # the ids of stock, like the products, stay what they are in both rounds
        for lines in (2, 10):
            order = self._order(*[(self.bottle, 1)] * lines)
            self._forget_all_but(order)
            with self.subTest(lines=lines), self.assertQueryCount(12):
                self._award(order, *[10.0] * lines)
                self.env.flush_all()

    def _forget_all_but(self, order):
        """The order is complete: it and the shop were looked at just before."""
        self.env.flush_all()
        self.env.invalidate_all()
        order.order_line.mapped("product_id.product_tmpl_id.categ_id.parent_id.name")
        order.order_line.mapped("product_uom_qty")
        order.mapped("currency_id.rounding")
        order.company_id.mapped("currency_id.rounding")
        order.mapped("company_id.partner_id.tz")
        self.assertTrue(order.display_name)
        self.env.user.mapped("company_ids.name")

    def test_new_rules_count_at_once(self):
        """PTS-01: rules are remembered between orders, and forgotten when changed."""

        def points():
            return self._award(self._order((self.bottle, 1)), 10.0).points

        self.assertEqual(points(), 10)
        rule = self.env["o2o.points.rule"].create({"name": "All", "factor": 2.0})
        self.assertEqual(points(), 20)
        rule.factor = 3.0
        self.assertEqual(points(), 30)
        rule.date_from = fields.Date.today() + timedelta(days=3)
        self.assertEqual(points(), 10)
        rule.date_from = False
        self.assertEqual(points(), 30)
        rule.active = False
        self.assertEqual(points(), 10)
        rule.active = True
        rule.unlink()
        self.assertEqual(points(), 10)

    def test_archived_rules_do_not_slip_in(self):
        """PTS-01: who asks first with archived records shown changes nothing."""
        rules = self.env["o2o.points.rule"]
        rules.create({"name": "Old", "factor": 5.0, "active": False})
        rules.with_context(active_test=False)._current("earn_purchase")
        self.assertEqual(self._award(self._order((self.bottle, 1)), 10.0).points, 10)

    def test_new_levels_count_at_once(self):
        """MEM-06: so are levels, by rate and by what they ask for."""
        level = self.member.o2o_level_id
        self.assertEqual(self._award(self._order((self.bottle, 1)), 10.0).points, 10)
        level.points_multiplier = 4.0
        self.assertEqual(self._award(self._order((self.bottle, 1)), 10.0).points, 40)
        higher = self.company._o2o_levels()[1]
        higher.write({"spend_min": 25.0, "count_min": 0, "points_multiplier": 2.0})
        self._award(self._order((self.bottle, 1)), 5.0)
        self.assertEqual(self.member.o2o_level_id, higher)
        higher.active = False
        self.member._o2o_evaluate_levels()
        self.assertEqual(self.member.o2o_level_id, level)

    def test_first_points_of_a_member(self):
        """PTS-01: who never had points gets an account with the first order."""
        newcomer = self._create_member("O2O Newcomer", "88000555")
        self._account(newcomer).unlink()
        entry = self._award(self._order((self.bottle, 1)), 10.0, member=newcomer)
        self.assertEqual(self._account(newcomer).points, 10)
        self.assertEqual(entry.loyalty_card_id, self._account(newcomer))
        card = newcomer._o2o_active_card()
        self.assertTrue(card.first_purchase_at)
        first = card.first_purchase_at = card.first_purchase_at - timedelta(days=1)
        self._award(self._order((self.bottle, 1)), 10.0, member=newcomer)
        self.assertEqual(card.first_purchase_at, first)

    def test_award_of_a_key_that_was_posted(self):
        """PTS-01: a row under the key that is no award is not overwritten."""
        order = self._order((self.bottle, 1))
        self.member._o2o_post_points(3, "earn_purchase", f"sale.order/{order.id}")
        with self.assertRaisesRegex(Exception, "already belongs"):
            self._award(order, 10.0)

    def test_nothing_to_give_is_said_once(self):
        """PTS-01: an order of no points is awarded once too."""
        order = self._order((self.bottle, 1))
        self.assertFalse(self._award(order, 0.4))
        self.assertFalse(self._award(order, 0.4))
        shares = self.Share.search([("document", "=", f"sale.order/{order.id}")])
        self.assertEqual(len(shares), 1)

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_payment import PaidOnlineCase


@tagged("post_install", "-at_install")
class TestReview(PaidOnlineCase):
    """Head office looks at some orders first (ORD-06)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.o2o_review_amount = 1000.0

    def _place_order(self, quantity):
        order = self._create_order([(self.product, quantity)])
        order.action_confirm()
        return order

    def test_large_order_waits_for_head_office(self):
        """ORD-06: no store hears of it, nothing is reserved."""
        order = self._place_order(5)
        self.assertEqual((order.state, order.o2o_stage), ("sale", "review"))
        self.assertFalse(order.o2o_fulfillment_ids)
        self.assertFalse(order.picking_ids)
        small = self._place_order(4)
        self.assertTrue(small.o2o_fulfillment_ids)

    def test_approved_order_goes_to_its_store(self):
        order = self._place_order(5)
        order.with_user(self.head_office_user).action_o2o_approve()
        part = order.o2o_fulfillment_ids
        self.assertEqual((part.state, part.store_id), ("offered", self.near))
        self.assertEqual(part.picking_ids.move_ids.quantity, 5)
        change = order.o2o_change_ids
        self.assertEqual(
            (change.kind, change.user_id), ("review", self.head_office_user)
        )
        with self.assertRaises(UserError):
            order.with_user(self.head_office_user).action_o2o_approve()

    def test_refused_order_is_cancelled_and_paid_back(self):
        """ORD-06, ORD-09: with a word; the money goes back."""
        order = self._place_paid([(self.product, 6)])
        self.assertEqual(order.o2o_stage, "review")
        user = self.head_office_user
        action = order.with_user(user).action_o2o_refuse()
        wizard = (
            self.env[action["res_model"]]
            .with_user(user)
            .with_context(**action["context"])
            .create({})
        )
        with self.assertRaises(UserError):
            wizard.action_confirm()
        wizard.note = "address is a warehouse of a reseller"
        wizard.action_confirm()
        self.assertEqual((order.state, order.o2o_cancel_reason), ("cancel", "review"))
        self.assertEqual(order.o2o_review_state, "refused")
        self.assertEqual(order.o2o_refund_ids.amount, order.amount_total)

    def test_marked_member_is_reviewed_whatever_the_amount(self):
        self.company.o2o_review_amount = 0
        self.member.partner_id.o2o_needs_review = True
        self.assertEqual(self._place_order(1).o2o_stage, "review")

    def test_cashier_cannot_approve(self):
        order = self._place_order(5)
        self.cashier.group_ids += self.env.ref(
            "sales_team.group_sale_salesman_all_leads"
        )
        with self.assertRaisesRegex(UserError, "Only head office"):
            order.with_user(self.cashier).action_o2o_approve()
        self.assertEqual(order.o2o_review_state, "to_review")

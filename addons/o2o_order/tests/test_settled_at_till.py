from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.o2o_stock.tests.common_pos import prepare_sale

from .common import O2oOrderCase


@tagged("post_install", "-at_install")
class TestSettledAtTill(O2oOrderCase):
    """Orders that a till settles as its own sale, with the button of ``pos_sale``."""

    def setUp(self):
        super().setUp()
        self.config = self._till(self.near)
        self.method = self.env["pos.payment.method"].create(
            {"name": "O2O Later", "split_transactions": False}
        )
        self.config.payment_method_ids = [Command.set(self.method.ids)]
        self.config.open_ui()
        self.config.current_session_id.set_opening_control(0, None)

    def _settle(self, order, quantity, state="paid"):
        """What the till sends; a basket that is not paid yet is sent as well."""
        line = order.order_line[:1]
        return self._sync(
            {
                "product_id": line.product_id.id,
                "name": line.product_id.name,
                "qty": quantity,
                "price_unit": 200,
                "sale_order_origin_id": order.id,
                "sale_order_line_id": line.id,
            },
            partner_id=order.partner_id.id,
            state=state,
        )

    def _sync(self, line, **values):
        session = self.config.current_session_id
        sale = prepare_sale(session.id, self.env.uid, self.method.id, [line], **values)
        result = self.env["pos.order"].sync_from_ui([sale])
        return self.env["pos.order"].browse(result["pos.order"][0]["id"])

    def _problems(self, order):
        return self.env["o2o.order.problem"].search([("order_id", "=", order.id)])

    def test_quotation_of_the_office_is_left_alone(self):
        """ORD-12: a till that settles a quotation hands the goods out itself."""
        order = self._create_order()
        order.website_id = False
        self._settle(order, order.order_line[:1].product_uom_qty)
        self.assertEqual(order.state, "sale")
        self.assertFalse(order.o2o_fulfillment_ids)

    def test_unpaid_order_of_the_website_is_left_alone(self):
        """POS-04: nobody is asked to prepare what is in the member's bag already."""
        order = self._create_order()
        self._settle(order, order.order_line[:1].product_uom_qty)
        self.assertEqual(order.state, "sale")
        self.assertFalse(order.o2o_fulfillment_ids)
        self.assertFalse(self._problems(order))

    def test_basket_that_is_not_paid_stops_nothing(self):
        """The member pays on the website after all: the order finds its store."""
        order = self._create_order()
        self._settle(order, 1, state="draft")
        order.action_confirm()
        self.assertEqual(order.o2o_fulfillment_ids.store_id, self.near)

    def test_deposit_at_a_till_leaves_the_goods_to_a_store(self):
        """POS-04, ROUT-01: money alone takes no bottle; somebody has to prepare it."""
        order = self._create_order()
        deposit = self.env["product.product"].create(
            {"name": "Deposit", "type": "service", "available_in_pos": True}
        )
        self.config.down_payment_product_id = deposit
        self._sync(
            {
                "product_id": deposit.id,
                "name": deposit.name,
                "qty": 1,
                "price_unit": 20,
                "sale_order_origin_id": order.id,
            },
            partner_id=order.partner_id.id,
        )
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.o2o_fulfillment_ids.store_id, self.near)

    def test_order_in_review_is_not_settled(self):
        """ORD-12: once head office has agreed, a store would send it again."""
        order = self._create_order()
        order.o2o_review_state = "to_review"
        with self.assertRaisesRegex(UserError, "Online orders"):
            order.load_sale_order_from_pos(self.config.id)

    def test_attack_name_of_an_order_by_its_number(self):
        """A user without access to orders learns nothing of them."""
        order = self._place().order_id
        nobody = new_test_user(self.env, "o2o_nobody", groups="base.group_user")
        with self.assertRaises(AccessError):
            order.with_user(nobody).load_sale_order_from_pos(self.config.id)

    def test_attack_online_order_settled_as_a_sale(self):
        """POS-04: the goods of an order that a store prepares do not leave twice."""
        order = self._place().order_id
        with self.assertRaisesRegex(UserError, "Online orders"):
            order.load_sale_order_from_pos(self.config.id)
        order._action_cancel()
        self.assertTrue(order.load_sale_order_from_pos(self.config.id))

    def test_order_that_got_its_store_in_the_basket_is_reported(self):
        """POS-04, ORD-09: paid on the phone while it was in the basket of a till."""
        order = self._place().order_id
        self._settle(order, 1)
        problem = self._problems(order)
        self.assertEqual(problem.mapped("state"), ["open"])
        self.assertIn("till", problem.note)

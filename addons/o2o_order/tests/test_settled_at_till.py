from uuid import uuid4

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

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
        total = 200 * quantity
        payment = {"amount": total, "payment_method_id": self.method.id}
        is_paid = state == "paid"
        result = self.env["pos.order"].sync_from_ui(
            [
                {
                    "amount_paid": total if is_paid else 0,
                    "amount_return": 0,
                    "amount_tax": 0,
                    "amount_total": total,
                    "date_order": "2026-03-01 10:00:00",
                    "fiscal_position_id": False,
                    "lines": [
                        Command.create(
                            {
                                "product_id": line.product_id.id,
                                "qty": quantity,
                                "price_unit": 200,
                                "discount": 0,
                                "tax_ids": [Command.set([])],
                                "price_subtotal": total,
                                "price_subtotal_incl": total,
                                "pack_lot_ids": [],
                                "name": line.product_id.name,
                                "uuid": str(uuid4()),
                                "sale_order_origin_id": order.id,
                                "sale_order_line_id": line.id,
                            }
                        )
                    ],
                    "partner_id": order.partner_id.id,
                    "session_id": self.config.current_session_id.id,
                    "payment_ids": [Command.create(payment)] if is_paid else [],
                    "uuid": str(uuid4()),
                    "access_token": str(uuid4()),
                    "state": state,
                    "user_id": self.env.uid,
                }
            ]
        )
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

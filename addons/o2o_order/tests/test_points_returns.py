from ast import literal_eval

from lxml import etree

from odoo.fields import Command
from odoo.tests import tagged

from .common import O2oOrderCase


@tagged("post_install", "-at_install")
class TestPointsReturns(O2oOrderCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._let_points_pay(50000)

    def _cart(self, *lines):
        return self.env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "website_id": self.website.id,
                "carrier_id": self.carrier.id,
                "order_line": [
                    Command.create(
                        {"product_id": product.id, "product_uom_qty": quantity}
                    )
                    for product, quantity in lines
                ],
            }
        )

    def _complete(self, points):
        """Two bottles of 200, partly paid with points, in the hands of the member."""
        order = self._cart((self.product, 2))
        order._o2o_set_points(points)
        order.action_confirm()
        fulfillment = order.o2o_fulfillment_ids
        self._act(self.cashier, self.near, fulfillment, "accept")
        self._act(self.cashier, self.near, fulfillment, "ship")
        fulfillment._mark_received()
        return order

    def _return(self, order, quantity):
        picking = order.picking_ids.filtered(
            lambda picking: (
                picking.state == "done" and picking.picking_type_code == "outgoing"
            )
        )[-1:]
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_model="stock.picking")
            .create({"picking_id": picking.id})
        )
        wizard.product_return_moves.quantity = quantity
        wizard.product_return_moves.to_refund = True
        returned = self.env["stock.picking"].browse(
            wizard.action_create_returns()["res_id"]
        )
        returned.move_ids.quantity = quantity
        returned.move_ids.picked = True
        returned.button_validate()
        return returned

    def test_return_moves_points_both_ways(self):
        """PTS-05, PTS-09: a returned piece gives back what it cost in points and loses
        what it earned; saying so twice, piece by piece, adds up."""
        order = self._complete(10000)
        self.assertEqual(order.amount_total, 300.0)
        self.assertEqual(order.o2o_fulfillment_ids.points_earned, 300)
        self.assertEqual(self.partner.o2o_points, 50000 - 10000 + 300)
        self._return(order, 1)
        self.assertEqual(self.partner.o2o_points, 50000 - 5000 + 150)
        self._return(order, 1)
        self.assertEqual(self.partner.o2o_points, 50000)
        self.assertEqual(order._o2o_redemption().id, False)

    def _order_of_points(self):
        """Two gifts of 1200 points, placed."""
        gift = self._create_product("积分礼品", 99.0)
        gift.write({"o2o_payment_kind": "points", "o2o_points_price": 1200})
        self._set_stock(self.near, gift, 5)
        order = self._cart((gift, 2))
        order._validate_order()
        return order

    def test_goods_for_points_stand_among_the_orders(self):
        """PTS-10: head office sees the order in its list and opens it; both say how
        many points it cost."""
        order = self._order_of_points()
        orders = order.browse().with_user(self.head_office_user)
        action = self.env.ref("o2o_order.o2o_sale_order_action")
        self.assertIn(order, orders.search(literal_eval(action.domain)))
        view = orders.get_view(
            self.env.ref("o2o_order.o2o_sale_order_view_list").id, "list"
        )
        columns = etree.fromstring(view["arch"]).xpath("//field/@name")
        self.assertIn("o2o_points_total", columns)
        form = etree.fromstring(orders.get_view(view_type="form")["arch"])
        shown = form.xpath("//field[not(@invisible)]/@name")
        self.assertIn("o2o_points_total", shown)
        self.assertEqual(order.with_user(self.head_office_user).o2o_points_total, 2400)

    def test_goods_for_points_flow_to_the_store(self):
        """PTS-06, POS-05: an order of points alone is prepared like any other."""
        order = self._order_of_points()
        fulfillment = order.o2o_fulfillment_ids
        self.assertEqual(fulfillment.store_id, self.near)
        self.assertEqual(self.partner.o2o_points, 47600)
        for action, state in (("accept", "accepted"), ("ship", "shipped")):
            self._act(self.cashier, self.near, fulfillment, action)
            self.assertEqual(fulfillment.state, state)
        fulfillment._mark_received()
        self.assertEqual(fulfillment.points_earned, 0)
        self.assertEqual(self.partner.o2o_points, 47600)

    def test_points_pay_their_own_lines(self):
        """Invariant 4: what points paid lowers what that line earns, not others."""
        self.scarce.o2o_no_points = True
        self._set_stock(self.near, self.scarce, 2)
        order = self._cart((self.product, 1), (self.scarce, 1))
        order._o2o_set_points(10000)
        order.action_confirm()
        paid = {
            line.product_id: amount
            for line, amount in order._o2o_paid_amounts().items()
            if amount
        }
        self.assertEqual(paid, {self.product: 100.0, self.scarce: 1200.0})

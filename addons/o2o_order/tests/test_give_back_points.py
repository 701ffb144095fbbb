from odoo.tests import Form, new_test_user, tagged

from .common_payment import PaidOnlineCase


@tagged("post_install", "-at_install")
class TestGiveBackPoints(PaidOnlineCase):
    """REFUNDS, PTS-09: money goes back without goods, and the points that it earned go
    with it: two bottles of 200, a point for each unit of money."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._let_points_pay(0)
        cls.boss = new_test_user(
            cls.env,
            "o2o_points_boss",
            "base.group_user,o2o_order.o2o_order_group_manager",
        )

    def _receive(self, order):
        part = order.o2o_fulfillment_ids
        for action in ("accept", "ship"):
            self._act(self.cashier, self.near, part, action)
        part._mark_received()
        return order

    def _open(self, order, amount):
        wizard = self.env["o2o.refund.wizard"].with_user(self.boss)
        form = Form(wizard.with_context(default_order_id=order.id))
        form.amount = amount
        form.note = "包装破损"
        return form

    def _give(self, order, amount, takes_points=True):
        form = self._open(order, amount)
        form.takes_points = takes_points
        wizard = form.save()
        wizard.action_confirm()
        return wizard

    def _bring_back(self, order, quantity):
        part = order.o2o_fulfillment_ids
        preview = part._preview_return({part.line_ids: quantity})
        part._return_goods({part.line_ids: quantity}, "退货", self.env["res.users"])
        return preview

    def assertPoints(self, points):
        self.assertEqual(self.partner.o2o_points, points)
        self.assertFalse(self.partner.o2o_points_debt)
        self.assertFalse(self.env["o2o.points.entry"]._cron_check_balances())

    def test_shown_then_taken(self):
        """As the preview says, in parts, and once when it is pressed twice."""
        order = self._receive(self._place_paid())
        self.assertPoints(400)
        self.assertEqual(self._open(order, 100.0).points_taken, 100)
        wizard = self._give(order, 100.0)
        self.assertPoints(300)
        wizard.action_confirm()
        self.assertPoints(300)
        entry = self.env["o2o.points.entry"].search([], limit=1, order="id desc")
        self.assertEqual((entry.points, entry.reason), (-100, "包装破损"))
        form = self._open(order, 300.0)
        self.assertEqual(form.points_taken, 300)
        form.takes_points = False
        self.assertEqual(form.points_taken, 0)
        self._give(order, 300.0)
        self.assertPoints(0)

    def test_left_to_the_member(self):
        """The office may leave them."""
        order = self._receive(self._place_paid())
        self._give(order, 100.0, takes_points=False)
        self.assertPoints(400)
        self._give(order, 60.0)
        self.assertPoints(340)

    def test_before_the_goods_are_there(self):
        """What comes later gives points for what is paid in the end."""
        order = self._place_paid()
        self.assertEqual(self._open(order, 100.0).points_taken, 0)
        self._give(order, 100.0)
        self._receive(order)
        self.assertPoints(300)

    def test_then_a_bottle_comes_back(self):
        """Points are for what is paid in the end: 400 less 100, less a bottle; of both
        bottles none, and no more money than was left."""
        order = self._receive(self._place_paid())
        self._give(order, 100.0)
        preview = self._bring_back(order, 1)
        self.assertEqual((preview["points_taken"], preview["amount"]), (200, 200.0))
        self.assertPoints(100)
        preview = self._bring_back(order, 1)
        self.assertEqual((preview["points_taken"], preview["amount"]), (100, 100.0))
        self.assertPoints(0)
        self._run_refunds()
        self.assertEqual(order._o2o_get_kept(), 0.0)
        self.assertEqual(order._o2o_get_surplus(), 0.0)
        self.assertEqual(sum(self.refunds), -400.0)

    def test_after_a_bottle_came_back(self):
        """The other way round the end is the same."""
        order = self._receive(self._place_paid())
        self._bring_back(order, 1)
        self._give(order, 100.0)
        self.assertPoints(100)
        self._give(order, 100.0)
        self.assertPoints(0)

    def test_who_takes_goods_back_need_not_read_orders(self):
        """The warehouse books a return; what it may not read decides nothing."""
        order = self._receive(self._place_paid())
        self._give(order, 100.0)
        clerk = new_test_user(self.env, "o2o_stock_clerk", "stock.group_stock_user")
        order.with_user(clerk)._o2o_take_points_of_gifts()
        self.assertPoints(300)

    def test_delivery_has_its_part(self):
        """What is given back is of goods and delivery alike."""
        order = self._place_paid()
        delivery = order.order_line.create(
            {
                "order_id": order.id,
                "product_id": self.carrier.product_id.id,
                "price_unit": 100.0,
                "is_delivery": True,
            }
        )
        self.assertGreater(delivery.price_total, 0.0)
        self.assertEqual(
            set(order._o2o_get_parts_of_gift(50.0).values()),
            {50.0 / (400.0 + delivery.price_total)},
        )

    def test_all_of_it_then_the_goods(self):
        """All money was given back, then the goods come: nothing is owed to the member,
        and the return says so."""
        order = self._receive(self._place_paid())
        self._give(order, 400.0)
        self.assertPoints(0)
        preview = self._bring_back(order, 2)
        self.assertEqual((preview["points_taken"], preview["amount"]), (0, 0.0))
        self.assertEqual(order.o2o_return_ids.state, "paid")

    def test_what_was_too_much_earned_nothing(self):
        """Of an order that was paid twice the surplus goes back first: no points."""
        order = self._receive(self._place_paid())
        self._succeed(self._pay(order))
        self.assertEqual(order._o2o_get_surplus(), 400.0)
        self.assertEqual(self._open(order, 400.0).points_taken, 0)
        self.assertEqual(self._open(order, 450.0).points_taken, 50)
        self._give(order, 450.0)
        self.assertPoints(350)

    def test_counts_for_the_level(self):
        """LVL-02: what was given back is nothing that the member has spent."""
        order = self._receive(self._place_paid())
        shares = self.env["o2o.points.share"].search(
            [("res_id", "in", order.order_line.ids), ("kind", "=", "earn")]
        )
        self._give(order, 100.0)
        self.assertEqual(sum(shares.mapped("kept_amount")), 300.0)

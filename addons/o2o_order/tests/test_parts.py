from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import O2oOrderCase


@tagged("post_install", "-at_install")
class TestParts(O2oOrderCase):
    """An order whose goods come from several stores."""

    def _reserved(self, store, product):
        quants = self.env["stock.quant"].search(
            [
                ("product_id", "=", product.id),
                ("location_id", "child_of", store.warehouse_id.lot_stock_id.id),
            ]
        )
        return sum(quants.mapped("reserved_quantity"))

    def test_split_line_is_reserved_where_each_part_is(self):
        """ROUT-02: one line from two stores: two transfers, nothing twice."""
        first = self._place([(self.product, 6)])
        line = first.order_id.order_line.filtered(lambda line: line._o2o_is_goods())
        second = self._split(first, self.far, {line: 2})
        self.assertEqual(self._reserved(self.near, self.product), 4)
        self.assertEqual(self._reserved(self.far, self.product), 2)
        self.assertEqual(first.line_ids.quantity, 4)
        self.assertEqual(second.line_ids.quantity, 2)
        self.assertEqual(second.state, "offered")
        self.assertEqual(len(first.picking_ids), 1)
        self.assertEqual(len(second.picking_ids), 1)

    def test_each_part_lives_its_own_life(self):
        """ORD-07: an order is as far as its slowest part."""
        first = self._place([(self.product, 2), (self.scarce, 1)])
        self.assertEqual(first.store_id, self.far)
        lines = first._get_wanted()
        mine = {
            line: quantity
            for line, quantity in lines.items()
            if line.product_id == self.product
        }
        second = self._split(first, self.near, mine)
        self.assertEqual(first.line_ids.product_id, self.scarce)
        second._mark_accepted()
        second._mark_shipped()
        self.assertEqual(first.order_id.o2o_state, "offered")
        self.assertEqual(second.picking_ids.state, "done")
        self.assertNotEqual(first.picking_ids.state, "done")
        second._mark_received()
        first._mark_accepted()
        first._mark_shipped()
        first._mark_received()
        self.assertEqual(first.order_id.o2o_state, "completed")
        self.assertEqual(
            self.member.partner_id.o2o_points,
            first.points_earned + second.points_earned,
        )

    def test_amounts_of_the_parts_add_up_to_the_order(self):
        """ORD-02: a slip shows what its own parcel costs, to the cent."""
        first = self._place([(self.product, 1), (self.scarce, 2)])
        order = first.order_id
        order.order_line[0].price_unit = 33.33
        lines = first._get_wanted()
        mine = {
            line: quantity
            for line, quantity in lines.items()
            if line.product_id == self.product
        }
        second = self._split(first, self.near, mine)
        self.assertAlmostEqual(first.amount_total + second.amount_total, 2433.33)
        self.assertAlmostEqual(second.amount_total, 33.33)

    def test_refused_part_moves_on_alone(self):
        """ROUT-08: a store that refuses its part leaves the other part in peace."""
        first = self._place([(self.product, 6)])
        line = first.order_id.order_line.filtered(lambda line: line._o2o_is_goods())
        second = self._split(first, self.far, {line: 2})
        second._turn_down(self.reason)
        self.assertEqual(first.store_id, self.near)
        self.assertEqual(second.store_id, self.near)
        self.assertEqual(self._reserved(self.near, self.product), 6)
        self.assertEqual(self._reserved(self.far, self.product), 0)
        self.assertNotEqual(first.picking_ids, second.picking_ids)

    def test_locked_order_moves_on_with_its_goods(self):
        """ROUT-08: "lock confirmed sales" is for people; the next store reserves."""
        fulfillment = self._place()
        fulfillment.order_id.locked = True
        fulfillment._turn_down(self.reason)
        self.assertEqual(fulfillment.store_id, self.far)
        self.assertEqual(self._reserved(self.far, self.product), 2)
        self.assertTrue(fulfillment.order_id.locked)

    def test_order_without_store_is_accepted_by_nobody(self):
        """ROUT-03: head office's button is no grab."""
        fulfillment = self._place()
        fulfillment._mark_pooled()
        with self.assertRaises(UserError):
            fulfillment.with_user(self.head_office_user).action_accept()

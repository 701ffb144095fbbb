from uuid import uuid4

from odoo.tests import tagged

from .common_pos import PosStockCase


@tagged("post_install", "-at_install")
class TestPosSale(PosStockCase):
    def setUp(self):
        super().setUp()
        self.company.point_of_sale_update_stock_quantities = "real"
        self.till.current_session_id.update_stock_at_closing = False

    def test_claimed_sale_uses_its_hold(self):
        """Idea 4: held at the payment screen, gone at the sync: counted once."""
        uuid = str(uuid4())
        till = self.env["o2o.stock.till"].with_user(self.cashier)
        till.claim(self.till.id, uuid, [[self.product.id, 3]])
        self.assertEqual(self._free(), 2)
        order = self._sync(3, uuid=uuid)
        self.assertEqual(order.state, "paid")
        self.assertEqual(self._on_hand(), 2)
        self.assertEqual(self._free(), 2)
        hold = self.holds.search([("key", "=", f"pos.order/{uuid}")])
        self.assertEqual(hold.mapped("state"), ["used"])
        self.assertFalse(self._breaches())

    def test_sale_from_the_free_pieces_breaks_nothing(self):
        order = self._create_order(3)
        self._submit(order)
        self._sync(2)
        self.assertEqual(self._hold_of(order).state, "active")
        self.assertFalse(self._breaches())
        self.assertEqual(self._free(), 0)

    def test_offline_sale_is_booked_and_repaired(self):
        """Idea 4: a sale without an answer is never refused; it is repaired."""
        order = self._create_order(4)
        self._submit(order)
        sale = self._sync(3)
        self.assertEqual(sale.state, "paid")
        self.assertEqual(self._on_hand(), 2)
        breach = self._breaches()
        self.assertEqual((breach.origin, breach.quantity), ("sale", 2))
        self.assertEqual((breach.state, breach.result), ("done", order.name))
        self.assertEqual(breach.document, sale.name)
        self.assertNotIn("active", self._hold_of(order).mapped("state"))
        self.assertGreaterEqual(self._free(), 0)

    def test_reservation_taken_by_a_sale_is_reported(self):
        """Trap: Odoo takes reservations from orders silently when a till oversells."""
        order = self._create_order(4)
        self._submit(order)
        order.action_confirm()
        self._sync(3)
        self.assertEqual(self._on_hand(), 2)
        self.assertTrue(self._breaches())
        self.assertEqual(set(self._breaches().mapped("state")), {"done"})
        moves = order.picking_ids.move_ids.filtered(lambda it: it.state != "cancel")
        self.assertLessEqual(sum(moves.mapped("quantity")), 2)
        self.assertGreaterEqual(self._free(), 0)

    def _settle(self, order, quantity):
        sale = self._sale(quantity)
        line = sale["lines"][0][2]
        line["sale_order_origin_id"] = order.id
        line["sale_order_line_id"] = order.order_line.id
        self.env["pos.order"].with_user(self.teller).sync_from_ui([sale])

    def test_settled_order_gives_its_own_goods(self):
        """Idea 4: nobody else loses pieces to an order that is settled at a till."""
        order, other = self._create_order(3), self._create_order(2)
        order.action_confirm()
        other.action_confirm()
        self._settle(order, 3)
        self.assertFalse(self._breaches())
        self.assertEqual(other.picking_ids.move_ids.quantity, 2)
        self.assertEqual(order.picking_ids.mapped("state"), ["cancel"])
        self.assertEqual((self._on_hand(), self._free()), (2, 0))

    def test_rest_of_a_settled_order_stays_promised(self):
        order, other = self._create_order(3), self._create_order(2)
        order.action_confirm()
        other.action_confirm()
        self._settle(order, 1)
        self.assertFalse(self._breaches())
        self.assertEqual(other.picking_ids.move_ids.quantity, 2)
        self.assertEqual(order.picking_ids.move_ids.quantity, 2)
        self.assertEqual((self._on_hand(), self._free()), (4, 0))

    def test_settled_quotation_uses_its_hold(self):
        order = self._create_order(3)
        self._submit(order)
        self._settle(order, 3)
        self.assertFalse(self._breaches())
        self.assertEqual(order.state, "sale")
        self.assertEqual((self._on_hand(), self._free()), (2, 2))

    def test_rest_of_a_website_order_waits_at_the_till(self):
        """Idea 4: the customer comes back to where the first piece was."""
        self._set_stock(self.other, self.product, 5)
        order = self._create_order(3)
        order.warehouse_id = self.other
        self._submit(order)
        self._settle(order, 1)
        self.assertEqual(order.warehouse_id, self.warehouse)
        move = order.picking_ids.move_ids
        self.assertEqual(move.location_id.warehouse_id, self.warehouse)
        self.assertEqual(move.quantity, 2)
        self.assertEqual(self._free(), 2)
        self.assertEqual(self._free(warehouse=self.other), 5)

    def test_rest_of_an_order_of_the_office_stays_where_it_was(self):
        """The office has chosen the warehouse, the till has not."""
        self._set_stock(self.other, self.product, 5)
        order = self._create_order(3, website=False)
        order.warehouse_id = self.other
        self._settle(order, 1)
        self.assertEqual(order.warehouse_id, self.other)
        self.assertEqual(order.picking_ids.move_ids.quantity, 2)

    def test_deposit_on_goods_that_are_gone_is_not_refused(self):
        """Idea 4: the money is in the drawer; what is missing is repaired."""
        order = self._create_order(6)
        deposit = self.env["product.product"].create(
            {"name": "Deposit", "type": "service", "available_in_pos": True}
        )
        self.till.down_payment_product_id = deposit
        sale = self._sale(1, product=deposit)
        sale["lines"][0][2]["sale_order_origin_id"] = order.id
        result = self.env["pos.order"].with_user(self.teller).sync_from_ui([sale])
        self.assertEqual(result["pos.order"][0]["state"], "paid")
        self.assertEqual(order.state, "sale")
        self.assertEqual(self._breaches().mapped("origin"), ["order"])

    def test_more_than_the_record_knows_is_sold(self):
        """Trap 14: nobody was promised it: no breach, stock goes below zero."""
        self._sync(7)
        self.assertEqual(self._on_hand(), -2)
        self.assertFalse(self._breaches())

    def test_same_sale_twice_is_one(self):
        """A till that repeats its sync takes and breaks once."""
        uuid = str(uuid4())
        self._sync(2, uuid=uuid)
        self._sync(2, uuid=uuid)
        self.assertEqual(self._on_hand(), 3)
        self.assertEqual(self._free(), 3)

    def test_stock_booked_at_closing_is_held_until_then(self):
        """A company that books at the closing promises nothing twice meanwhile."""
        self.till.current_session_id.update_stock_at_closing = True
        order = self._sync(3)
        self.assertEqual(self._on_hand(), 5)
        self.assertEqual(self._free(), 2)
        session = self.till.current_session_id
        session._create_picking_at_end_of_session()
        self.assertEqual(self._on_hand(), 2)
        self.assertEqual(self._free(), 2)
        self.assertEqual(
            self.holds.search([("key", "=", order._o2o_get_hold_key())]).mapped(
                "state"
            ),
            ["used"],
        )

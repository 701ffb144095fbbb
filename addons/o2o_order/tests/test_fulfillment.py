from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import O2oOrderCase


@tagged("post_install", "-at_install")
class TestFulfillment(O2oOrderCase):
    def _stock(self, store, product=None):
        quants = self.env["stock.quant"].search(
            [
                ("product_id", "=", (product or self.product).id),
                ("location_id", "child_of", store.warehouse_id.lot_stock_id.id),
            ]
        )
        return sum(quants.mapped("quantity")), sum(quants.mapped("reserved_quantity"))

    def test_main_job_from_offer_to_points(self):
        """ORD-13, POS-04, PTS-01: from dispatch to points; goods leave once."""
        fulfillment = self._place()
        self.assertEqual(fulfillment.state, "offered")
        self.assertEqual(self._stock(self.near), (10, 2))
        fulfillment._mark_accepted()
        fulfillment._mark_shipped("SF123")
        self.assertEqual(self._stock(self.near), (8, 0))
        fulfillment._mark_received()
        self.assertEqual(fulfillment.state, "completed")
        self.assertEqual(fulfillment.points_earned, 400)
        self.assertEqual(self.member.partner_id.o2o_points, 400)
        self.assertEqual(
            fulfillment.event_ids.mapped("kind"),
            ["offered", "accepted", "shipped", "delivered", "completed"],
        )
        self.assertEqual(fulfillment.picking_ids.carrier_tracking_ref, "SF123")

    def test_each_step_is_silent_when_repeated(self):
        """POS-04: pressing twice does nothing twice."""
        fulfillment = self._place()
        for _twice in range(2):
            fulfillment._mark_accepted()
        for _twice in range(2):
            fulfillment._mark_shipped()
        for _twice in range(2):
            fulfillment._mark_received()
        self.assertEqual(len(fulfillment.event_ids), 5)
        self.assertEqual(self.member.partner_id.o2o_points, 400)

    def test_steps_cannot_be_skipped(self):
        """POS-04: shipping needs an acceptance first."""
        fulfillment = self._place()
        for method in ("_mark_shipped", "_mark_received", "_mark_completed"):
            with self.subTest(method), self.assertRaises(UserError):
                getattr(fulfillment, method)()
        self.assertEqual(fulfillment.state, "offered")

    def test_rejected_order_goes_to_the_next_store_with_its_goods(self):
        """ROUT-08: reject with a reason; reservation moves along."""
        fulfillment = self._place()
        fulfillment.with_user(self.cashier).sudo()._turn_down(self.reason)
        self.assertEqual(fulfillment.store_id, self.far)
        self.assertEqual(fulfillment.state, "offered")
        self.assertEqual(self._stock(self.near), (10, 0))
        self.assertEqual(self._stock(self.far), (10, 2))
        self.assertRecordValues(
            fulfillment.offer_ids,
            [
                {"store_id": self.near.id, "state": "rejected"},
                {"store_id": self.far.id, "state": "open"},
            ],
        )
        self.assertEqual(fulfillment.offer_ids[0].reason_id, self.reason)
        self.assertEqual(fulfillment.offer_ids[0].user_id, self.cashier)

    def test_order_ends_at_head_office_when_all_stores_refuse(self):
        """ROUT-06, ROUT-08: after the last store comes head office, which cannot."""
        fulfillment = self._place()
        fulfillment._turn_down(self.reason)
        fulfillment._turn_down(self.reason)
        self.assertEqual(fulfillment.store_id, self.head_office)
        with self.assertRaises(UserError):
            fulfillment._turn_down(self.reason)

    def test_reject_needs_a_reason_and_sometimes_a_word(self):
        """ROUT-08: choose a reason; "another reason" asks for a note."""
        fulfillment = self._place()
        with self.assertRaises(UserError):
            fulfillment._turn_down(self.env["o2o.reject.reason"])
        with self.assertRaises(UserError):
            fulfillment._turn_down(self.reason_other, "  ")
        self.assertEqual(fulfillment.store_id, self.near)
        fulfillment._turn_down(self.reason_other, "Roof leaks")
        self.assertEqual(fulfillment.offer_ids[0].note, "Roof leaks")

    def test_accepted_order_cannot_be_rejected(self):
        fulfillment = self._place()
        fulfillment._mark_accepted()
        with self.assertRaises(UserError):
            fulfillment._turn_down(self.reason)

    def test_cancelled_order_earns_nothing_and_frees_the_goods(self):
        """PTS-01: a cancelled order gives no points."""
        fulfillment = self._place()
        fulfillment._mark_accepted()
        fulfillment.order_id._action_cancel()
        self.assertEqual(fulfillment.state, "cancelled")
        self.assertEqual(self._stock(self.near), (10, 0))
        self.assertEqual(self.member.partner_id.o2o_points, 0)
        with self.assertRaises(UserError):
            fulfillment._mark_shipped()

    def test_shipped_order_cannot_be_cancelled(self):
        fulfillment = self._place()
        fulfillment._mark_accepted()
        fulfillment._mark_shipped()
        with self.assertRaises(UserError):
            fulfillment.order_id._action_cancel()

    def test_buyer_without_card_earns_nothing(self):
        """CARD-04: points are for active cards only."""
        buyer = self.env["res.partner"].create({"name": "Guest", "city": "贵阳"})
        fulfillment = self._place()
        fulfillment.order_id.partner_id = buyer
        fulfillment._mark_accepted()
        fulfillment._mark_shipped()
        fulfillment._mark_received()
        self.assertEqual(fulfillment.points_earned, 0)
        self.assertEqual(buyer.o2o_points, 0)

    def test_delivery_cost_earns_no_points(self):
        """PTS-01: points are for goods."""
        self.carrier.write({"fixed_price": 30.0, "delivery_type": "fixed"})
        order = self._create_order()
        order.set_delivery_line(self.carrier, 30.0)
        order.action_confirm()
        fulfillment = order.o2o_fulfillment_ids
        self.assertEqual(len(fulfillment.line_ids), 1)
        fulfillment._mark_accepted()
        fulfillment._mark_shipped()
        fulfillment._mark_received()
        self.assertEqual(fulfillment.points_earned, 400)

    def test_pickup_goes_to_the_chosen_store_and_is_handed_over(self):
        """ROUT-01: buyer picks up; ready, then handed over in the store."""
        in_store = self.env["delivery.carrier"].create(
            {
                "name": "Pick up",
                "delivery_type": "in_store",
                "product_id": self.carrier.product_id.id,
                "warehouse_ids": [(6, 0, self.far.warehouse_id.ids)],
                "is_published": True,
            }
        )
        order = self._create_order(carrier=in_store)
        order.warehouse_id = self.far.warehouse_id
        order.action_confirm()
        fulfillment = order.o2o_fulfillment_ids
        self.assertEqual(fulfillment.store_id, self.far)
        self.assertEqual(fulfillment.delivery_kind, "pickup")
        shown = fulfillment._prepare_pos_dict()
        self.assertEqual(shown["partner_name"], self.member.partner_id.name)
        self.assertEqual(shown["partner_phone"], "13900000001")
        fulfillment._mark_accepted()
        with self.assertRaises(UserError):
            fulfillment._mark_shipped()
        fulfillment._mark_ready()
        fulfillment._mark_received()
        self.assertEqual(self._stock(self.far), (8, 0))
        self.assertEqual(fulfillment.state, "completed")

    def test_back_office_quotation_is_left_alone(self):
        """ORD-10: orders outside the website keep Odoo's own way when told so."""
        self.company.o2o_route_manual = "never"
        order = self._create_order()
        order.website_id = False
        order.action_confirm()
        self.assertFalse(order.o2o_fulfillment_ids)

    def test_history_cannot_be_changed_or_deleted(self):
        fulfillment = self._place()
        with self.assertRaises(UserError):
            fulfillment.event_ids.write({"note": "x"})
        with self.assertRaises(UserError):
            fulfillment.event_ids.unlink()
        with self.assertRaises(UserError):
            fulfillment.unlink()

    def test_routed_order_keeps_its_store_when_a_seller_is_assigned(self):
        """Odoo recomputes the warehouse when the salesperson changes."""
        fulfillment = self._place()
        fulfillment.order_id.user_id = self.head_office_user
        self.assertEqual(fulfillment.order_id.warehouse_id, self.near.warehouse_id)

    def test_progress_tells_the_member_what_happened(self):
        """SHOP-07: placed, store chosen, accepted, shipped, received."""
        fulfillment = self._place()
        order = fulfillment.order_id

        def done():
            return sum(s["done"] for s in order._o2o_get_progress()[0]["steps"])

        self.assertEqual(done(), 2)
        fulfillment._mark_accepted()
        self.assertEqual(done(), 3)
        fulfillment._mark_shipped()
        self.assertTrue(order._o2o_get_progress()[0]["can_confirm"])
        fulfillment._mark_received()
        steps = order._o2o_get_progress()[0]["steps"]
        self.assertTrue(all(step["done"] for step in steps))
        self.assertIn("400", steps[-1]["detail"])

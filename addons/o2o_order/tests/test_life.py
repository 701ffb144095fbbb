from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged, users

from .common import O2oOrderCase


@tagged("post_install", "-at_install")
class TestLife(O2oOrderCase):
    """From the acceptance to the end of the after-sales period."""

    def setUp(self):
        super().setUp()
        self.company.o2o_after_sales_days = 7

    def _run_job(self, **delay):
        with (
            freeze_time(fields.Datetime.now() + timedelta(**delay)),
            self.enter_registry_test_mode(),
        ):
            self.env.ref("o2o_order.o2o_timer_cron").method_direct_trigger()

    def _reserved(self, store):
        quants = self.env["stock.quant"].search(
            [
                ("product_id", "=", self.product.id),
                ("location_id", "child_of", store.warehouse_id.lot_stock_id.id),
            ]
        )
        return sum(quants.mapped("reserved_quantity"))

    def test_order_completes_when_the_after_sales_period_ends(self):
        """ORD-01: received, then completed by itself after the days for returns."""
        fulfillment = self._place()
        fulfillment._mark_accepted()
        fulfillment._mark_shipped()
        fulfillment._mark_received()
        self.assertEqual(fulfillment.state, "delivered")
        self.assertEqual(fulfillment.order_id.o2o_stage, "received")
        self._run_job(days=6)
        self.assertEqual(fulfillment.state, "delivered")
        self._run_job(days=7, minutes=1)
        self.assertEqual(fulfillment.state, "completed")
        self.assertTrue(fulfillment.completed_at)

    def test_points_are_pending_from_the_receipt_on(self):
        """PTS-01: the member sees the points at once; they wait from the receipt on,
        and the completion gives nothing twice."""
        self.company.o2o_points_pending_days = 7
        fulfillment = self._place()
        fulfillment._mark_accepted()
        fulfillment._mark_shipped()
        fulfillment._mark_received()
        member = self.member.partner_id
        self.assertEqual(fulfillment.points_earned, 400)
        self.assertEqual((member.o2o_points, member.o2o_points_pending), (0, 400))
        fulfillment._mark_completed()
        self.assertEqual((member.o2o_points, member.o2o_points_pending), (0, 400))

    def test_receipt_is_assumed_after_the_days_of_the_company(self):
        """ORD-01: a member who says nothing has received the goods after 14 days."""
        fulfillment = self._place()
        fulfillment._mark_accepted()
        fulfillment._mark_shipped()
        self._run_job(days=13)
        self.assertEqual(fulfillment.state, "shipped")
        self._run_job(days=14, minutes=1)
        self.assertEqual(fulfillment.state, "delivered")

    def test_word_of_the_member_stops_the_timer(self):
        fulfillment = self._place()
        fulfillment._mark_accepted()
        fulfillment._mark_shipped()
        fulfillment._mark_received()
        waiting = self.env["o2o.timer"].search(
            [("fulfillment_id", "=", fulfillment.id), ("state", "=", "waiting")]
        )
        kinds = waiting.mapped("kind")
        self.assertIn("after_sales", kinds)
        self.assertFalse({"ready", "receive"} & set(kinds), kinds)

    def test_preparing_too_long_is_told_once(self):
        """ORD-09: event, till and the list of head office, once."""
        fulfillment = self._place()
        fulfillment._mark_accepted()
        self._run_job(minutes=61)
        self._run_job(minutes=200)
        self.assertEqual(fulfillment.event_ids.mapped("kind").count("late"), 1)
        problem = fulfillment.order_id.o2o_problem_ids
        self.assertEqual(problem.kind, "delay")
        self.assertEqual(problem.store_id, self.near)

    def test_shipped_in_time_is_not_late(self):
        fulfillment = self._place()
        fulfillment._mark_accepted()
        fulfillment._mark_shipped()
        self._run_job(minutes=61)
        self.assertNotIn("late", fulfillment.event_ids.mapped("kind"))

    def test_only_some_stores_say_when_they_start(self):
        """ORD-11: pick, pack, ship; a store without the step goes straight on."""
        fulfillment = self._place()
        self._act(self.cashier, self.near, fulfillment, "accept")
        answer = self._act(self.cashier, self.near, fulfillment, "pick")
        self.assertEqual(answer["status"], "refused")
        self.assertNotIn("pick", answer["order"]["actions"])
        self.near.has_picking_step = True
        answer = self._act(self.cashier, self.near, fulfillment, "pick")
        self.assertEqual(answer["status"], "ok")
        self.assertEqual(fulfillment.state, "picking")
        self._act(self.cashier, self.near, fulfillment, "ship")
        self.assertEqual(fulfillment.state, "shipped")

    def test_pooled_order_belongs_to_nobody(self):
        """ORD-07: who accepted is forgotten, the offer is withdrawn."""
        fulfillment = self._place()
        fulfillment.with_user(self.cashier).sudo()._mark_accepted()
        fulfillment._mark_pooled("dropped")
        self.assertEqual(fulfillment.state, "pooled")
        self.assertFalse(fulfillment.accepted_by_id)
        self.assertFalse(fulfillment._get_open_offers())

    def test_order_nobody_can_serve_is_cancelled(self):
        """ORD-07: the end without goods frees the stock and ends the order."""
        fulfillment = self._place()
        fulfillment._mark_rejected("nobody")
        order = fulfillment.order_id
        self.assertEqual((order.state, order.o2o_stage), ("cancel", "cancelled"))
        self.assertEqual(order.o2o_cancel_reason, "rejected")
        self.assertEqual(fulfillment.state, "rejected")
        self.assertEqual(self._reserved(self.near), 0)

    def test_order_nobody_collects_goes_back_to_the_shelf(self):
        fulfillment = self._place_pickup()
        self.assertEqual(self._reserved(self.near), 2)
        fulfillment._mark_accepted()
        fulfillment._mark_ready()
        fulfillment._mark_expired()
        self.assertEqual(self._reserved(self.near), 0)
        self.assertEqual(fulfillment.order_id.o2o_cancel_reason, "expired")

    def test_other_part_lives_on_when_one_ends(self):
        """ORD-07: an order ends with its last part, not with its first."""
        fulfillment = self._place([(self.product, 6)])
        line = fulfillment.line_ids.sale_line_id
        decision = self.env["o2o.routing.decision"].create(
            {
                "order_id": fulfillment.order_id.id,
                "store_id": self.near.id,
                "rule": "nearest",
                "parts": [
                    {"store_id": self.near.id, "via": "offer", "lines": [[line.id, 4]]},
                    {"store_id": self.far.id, "via": "offer", "lines": [[line.id, 2]]},
                ],
            }
        )
        other = fulfillment._follow(decision) - fulfillment
        other._mark_rejected()
        self.assertEqual(fulfillment.order_id.state, "sale")
        self.assertEqual(fulfillment.order_id.o2o_stage, "to_ship")
        self.assertEqual(self._reserved(self.far), 0)
        self.assertEqual(self._reserved(self.near), 4)
        fulfillment._mark_rejected()
        self.assertEqual(fulfillment.order_id.state, "cancel")

    def _place_pickup(self):
        carrier = self.env["delivery.carrier"].create(
            {
                "name": "Pick up",
                "delivery_type": "in_store",
                "product_id": self.carrier.product_id.id,
                "warehouse_ids": self.near.warehouse_id.ids,
                "is_published": False,
            }
        )
        order = self._create_order(carrier=carrier)
        order.warehouse_id = self.near.warehouse_id
        order.action_confirm()
        return order.o2o_fulfillment_ids

    def test_stage_follows_the_order(self):
        """ORD-07: waiting for payment, to ship, shipped, received, completed."""
        order = self._create_order()
        self.assertEqual(order.o2o_stage, "cart")
        self.assertEqual(order.o2o_payment_state, "to_collect")
        order.action_confirm()
        self.assertEqual(order.o2o_stage, "to_ship")
        fulfillment = order.o2o_fulfillment_ids
        fulfillment._mark_accepted()
        fulfillment._mark_shipped()
        self.assertEqual(order.o2o_stage, "shipped")
        fulfillment._mark_received()
        self.assertEqual(order.o2o_stage, "received")
        fulfillment._mark_completed()
        self.assertEqual(order.o2o_stage, "completed")

    @users("o2o_cashier")
    def test_cashier_writes_no_problem_and_no_refund(self):
        """SYS-05: the lists of head office are head office's."""
        for model in ("o2o.order.problem", "o2o.refund", "o2o.order.change"):
            with self.assertRaises(AccessError):
                self.env[model].search([])

    def test_problem_needs_a_word_to_be_solved(self):
        """ORD-09: what was done is written down, by whom."""
        order = self._place().order_id
        problem = (
            self.env["o2o.order.problem"]
            .with_user(self.head_office_user)
            .create(
                {"order_id": order.id, "kind": "wrong_info", "note": "no such street"}
            )
        )
        with self.assertRaises(UserError):
            problem.action_solve()
        problem.resolution = "Called the member"
        problem.action_solve()
        self.assertEqual(problem.state, "solved")
        self.assertEqual(problem.solved_by_id, self.head_office_user)

from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import O2oOrderCase


@tagged("post_install", "-at_install")
class TestTillReject(O2oOrderCase):
    """Idea 2: a rejection that repairs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reason.write({"stock_effect": "count", "is_own_fault": True})

    def _on_hand(self, store, product):
        return store._get_stock_position(product)[product][0]

    def _reject(self, fulfillment, counts=None, reason=None, user=None, store=None):
        values = {"reason_id": (reason or self.reason).id}
        if counts is not None:
            values["counts"] = {str(p.id): q for p, q in counts.items()}
        return self._act(
            user or self.cashier, store or self.near, fulfillment, "reject", **values
        )

    def test_sold_out_makes_the_product_unavailable_at_once(self):
        """ROUT-08, idea 2: counted zero: the next order goes elsewhere."""
        fulfillment = self._place([(self.product, 2)])
        self.assertEqual(fulfillment.store_id, self.near)
        answer = self._reject(fulfillment, {self.product: 0})
        self.assertEqual(answer["status"], "ok", answer["message"])
        self.assertEqual(self._on_hand(self.near, self.product), 0)
        self.assertEqual(
            self.near._get_free_quantities(self.product)[self.near].get(
                self.product, 0
            ),
            0,
        )
        second = self._place([(self.product, 1)])
        self.assertEqual(second.store_id, self.far)

    def test_count_is_written_down(self):
        """ROUT-08: who counted what, in the log of the order and of the goods."""
        fulfillment = self._place([(self.product, 2)])
        self._reject(fulfillment, {self.product: 1})
        event = fulfillment.event_ids.filtered(lambda e: e.kind == "counted")
        self.assertEqual(event.user_id, self.cashier)
        self.assertIn("10 \u2192 1", event.note)
        move = self.env["stock.move"].search(
            [("product_id", "=", self.product.id), ("is_inventory", "=", True)],
            order="id desc",
            limit=1,
        )
        self.assertIn(fulfillment.order_id.name, move.reference)

    def test_count_leaves_the_goods_of_other_orders_reserved(self):
        """ROUT-08: three on the shelf, two of them promised: one is free."""
        other = self._place([(self.product, 2)])
        fulfillment = self._place([(self.product, 2)])
        self._reject(fulfillment, {self.product: 3})
        self.assertEqual(self._on_hand(self.near, self.product), 3)
        free = self.near._get_free_quantities(self.product)[self.near]
        self.assertEqual(free[self.product], 1)
        self.assertEqual(other.picking_ids.move_ids.quantity, 2)

    def test_enough_counted_is_no_reason(self):
        """ROUT-08: "sold out" with the goods in hand is refused, nothing changes."""
        fulfillment = self._place([(self.product, 2)])
        answer = self._reject(fulfillment, {self.product: 2})
        self.assertEqual(answer["status"], "refused")
        self.assertEqual(fulfillment.store_id, self.near)
        self.assertEqual(self._on_hand(self.near, self.product), 10)

    def test_more_counted_than_booked_needs_an_inventory(self):
        """ROUT-08: who refuses an order makes no goods, only fewer of them."""
        fulfillment = self._place([(self.product, 2), (self.scarce, 1)])
        self.assertEqual(fulfillment.store_id, self.far)
        answer = self._reject(
            fulfillment,
            {self.product: 12, self.scarce: 0},
            user=self.cashier_far,
            store=self.far,
        )
        self.assertEqual(answer["status"], "ok", answer["message"])
        self.assertEqual(self._on_hand(self.far, self.product), 10)
        self.assertEqual(self._on_hand(self.far, self.scarce), 0)

    def test_forged_counts_are_refused(self):
        """Invariant 7: negative, absurd or foreign counts change nothing."""
        fulfillment = self._place([(self.product, 2)])
        for counts in (
            {self.product: -1},
            {self.product: 10**9},
            {self.product: float("nan")},
            {self.product: "0"},
            {self.product: True},
            {self.scarce: 0},
        ):
            answer = self._reject(fulfillment, counts)
            self.assertEqual(answer["status"], "refused", counts)
        self.assertEqual(fulfillment.store_id, self.near)
        self.assertEqual(self._on_hand(self.near, self.product), 10)

    def test_other_store_cannot_correct_our_stock(self):
        """Invariant 8: a cashier of FAR presses reject on an order of NEAR."""
        fulfillment = self._place([(self.product, 2)])
        answer = self._reject(
            fulfillment, {self.product: 0}, user=self.cashier_far, store=self.far
        )
        self.assertEqual(answer["status"], "gone")
        self.assertEqual(self._on_hand(self.near, self.product), 10)

    def test_reason_without_stock_effect_counts_nothing(self):
        """ROUT-08: counts sent with "too busy" are not believed."""
        busy = self.env.ref("o2o_order.o2o_reject_reason_too_busy")
        fulfillment = self._place([(self.product, 2)])
        self._reject(fulfillment, {self.product: 0}, reason=busy)
        self.assertEqual(self._on_hand(self.near, self.product), 10)

    def test_too_busy_pauses_the_store_only_for_a_while(self):
        """Idea 2, idea 16: the next order goes elsewhere, a later one comes back."""
        busy = self.env.ref("o2o_order.o2o_reject_reason_too_busy")
        busy.pause_minutes = 20
        with freeze_time("2026-03-02 04:00:00"):
            self._reject(self._place(), reason=busy)
            self.assertEqual(str(self.near.paused_until), "2026-03-02 04:20:00")
        with freeze_time("2026-03-02 04:19:00"):
            self.assertEqual(self._place().store_id, self.far)
        with freeze_time("2026-03-02 04:21:00"):
            self.assertEqual(self._place().store_id, self.near)

    def test_closing_lasts_until_the_next_opening(self):
        """Idea 2: closing soon: nothing more today, back tomorrow morning."""
        closing = self.env.ref("o2o_order.o2o_reject_reason_closing")
        closing.closes_today = True
        self.near.calendar_id = self.env["resource.calendar"].create(
            {
                "name": "10 to 22",
                "tz": "Asia/Shanghai",
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "name": "Open",
                                "dayofweek": str(day),
                                "hour_from": 10,
                                "hour_to": 22,
                                "day_period": "morning",
                            }
                        )
                        for day in range(7)
                    ),
                ],
            }
        )
        with freeze_time("2026-03-02 13:30:00"):  # 21:30 in Shanghai
            fulfillment = self._place()
            self.assertEqual(fulfillment.store_id, self.near)
            self._reject(fulfillment, reason=closing)
        self.assertEqual(str(self.near.paused_until), "2026-03-03 02:00:00")

    def test_a_longer_rest_is_not_shortened(self):
        """Idea 2: "too busy" after "closing" does not open the store again."""
        busy = self.env.ref("o2o_order.o2o_reject_reason_too_busy")
        busy.pause_minutes = 20
        self.near.paused_until = "2100-01-01 00:00:00"
        busy._rest_store(self.near)
        self.assertEqual(str(self.near.paused_until), "2100-01-01 00:00:00")

    def test_default_reasons_have_effects(self):
        """ROUT-08: the reasons that come with the addon repair something."""
        data = {
            "sold_out": ("stock_effect", "count"),
            "too_busy": ("pause_minutes", 20),
            "closing": ("closes_today", True),
            "bad_address": ("calls_customer", True),
        }
        for code, (field, value) in data.items():
            reason = self.env.ref(f"o2o_order.o2o_reject_reason_{code}")
            self.assertEqual(reason[field], value, code)

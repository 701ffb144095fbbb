from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import freeze_time, tagged

from .common_payment import PaidOnlineCase


@tagged("post_install", "-at_install")
class TestUnpaid(PaidOnlineCase):
    """Orders that nobody pays, and money that comes too late (idea 5)."""

    def _timer(self, order):
        return self.env["o2o.timer"].search(
            [("order_id", "=", order.id), ("kind", "=", "unpaid")]
        )

    def _late(self, **delay):
        return freeze_time(
            fields.Datetime.now() + timedelta(**(delay or {"minutes": 16}))
        )

    def test_unpaid_order_is_closed_then_cancelled(self):
        """ORD-01, idea 5: exact to the minute; reason, payment closed, stage."""
        order = self._submit()
        self.assertEqual((order.o2o_stage, order.state), ("unpaid", "draft"))
        due_at = self._timer(order).due_at
        with freeze_time(due_at - timedelta(seconds=1)):
            self._run_timers()
        self.assertEqual(order.state, "draft")
        with freeze_time(due_at):
            self._run_timers()
        self.assertEqual(order.state, "cancel")
        self.assertEqual(order.o2o_cancel_reason, "unpaid")
        self.assertEqual(order.transaction_ids.state, "cancel")
        self.assertTrue(order.transaction_ids.o2o_closed_at)

    def test_orders_paid_on_receipt_have_no_such_timer(self):
        order = self._create_order()
        self.assertFalse(self._timer(order))
        order.action_confirm()
        self.assertFalse(self._timer(order))

    def test_bank_transfer_has_its_own_time(self):
        wire = self.env["payment.provider"].search(
            [("custom_mode", "=", "wire_transfer")], limit=1
        )
        order = self._submit()
        order.transaction_ids.sudo().unlink()
        self._timer(order).unlink()
        self.online = wire
        self._pay(order, "pending")
        self.assertGreater(
            self._timer(order).due_at, fields.Datetime.now() + timedelta(hours=71)
        )

    def test_second_attempt_does_not_prolong_the_time(self):
        """Anti-hoarding: the time counts from the first attempt to pay."""
        order = self._submit()
        due_at = self._timer(order).due_at
        self._pay(order)
        self.assertEqual(self._timer(order).due_at, due_at)
        # nor does a later one, which holds the goods anew
        with self._late(minutes=4):
            self._pay(order)
        self.assertEqual(self._timer(order).due_at, due_at)

    def test_paid_order_is_confirmed_and_the_timer_stops(self):
        order = self._place_paid()
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.o2o_payment_state, "paid")
        self.assertEqual(self._timer(order).state, "cleared")
        self.assertEqual(order.o2o_fulfillment_ids.state, "offered")

    def test_unknown_is_asked_again_and_never_cancelled(self):
        """Invariant 5: unknown means ask, not cancel."""
        self._close_says("unknown")
        order = self._submit(state="pending")
        for minutes in (16, 20, 30):
            with self._late(minutes=minutes):
                self._run_timers()
        self.assertEqual(order.state, "draft")
        self.assertEqual(order.transaction_ids.state, "pending")
        self.assertEqual(self._timer(order).state, "waiting")

    def test_paid_at_the_last_moment_is_confirmed(self):
        """Idea 5: the provider says "paid" when asked to close."""
        order = self._submit(state="pending")
        transaction = order.transaction_ids

        def close(tx):
            tx._set_done()
            return "paid"

        with (
            self._late(),
            patch.object(type(transaction), "_o2o_close_payment", close),
        ):
            self._run_timers()
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.o2o_fulfillment_ids.store_id, self.near)

    def test_success_that_nobody_worked_off_is_found(self):
        """The notification came, the job after it did not: the timer does it."""
        order = self._submit(state="pending")
        order.transaction_ids._set_done()
        with self._late():
            self._run_timers()
        self.assertEqual(order.state, "sale")

    def test_late_success_revives_the_order(self):
        """Idea 5: goods are at hand: routed as if nothing had been; member told."""
        order = self._submit()
        with self._late():
            self._run_timers()
        self._succeed(order.transaction_ids)
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.o2o_stage, "to_ship")
        self.assertFalse(order.o2o_cancel_reason)
        self.assertEqual(order.o2o_fulfillment_ids.store_id, self.near)
        self.assertFalse(order.o2o_refund_ids)
        self.assertTrue(any(order.name in text for text in self._texts()))

    def test_late_success_without_goods_goes_back_by_itself(self):
        """Idea 5: no stock any more: the money goes back, the member is told twice."""
        order = self._submit([(self.scarce, 2)])
        with self._late():
            self._run_timers()
        self._set_stock(self.far, self.scarce, -2)
        self._succeed(order.transaction_ids)
        self.assertEqual(order.state, "cancel")
        self.assertEqual(order.o2o_stage, "refunding")
        self.assertEqual(order.o2o_refund_ids.amount, order.amount_total)
        self._run_refunds()
        self.assertEqual(len(self.refunds), 1)
        self.assertEqual(order.o2o_refund_ids.state, "done")
        self.assertEqual(order.o2o_payment_state, "refunded")
        self.assertEqual(order.o2o_stage, "cancelled")
        told = [text for text in self._texts() if order.name in text]
        self.assertEqual(len(told), 2, told)

    def test_late_success_is_worked_off_once(self):
        order = self._submit([(self.scarce, 2)])
        with self._late():
            self._run_timers()
        self._set_stock(self.far, self.scarce, -2)
        self._succeed(order.transaction_ids)
        order.transaction_ids._post_process()
        order.transaction_ids.is_post_processed = False
        order.transaction_ids._post_process()
        self._run_refunds()
        self._run_refunds()
        self.assertEqual(len(order.o2o_refund_ids), 1)
        self.assertEqual(len(self.refunds), 1)

    def test_provider_that_cannot_refund_leaves_it_to_head_office(self):
        """Idea 5: never silent: a row, an activity, a button."""
        self.support = "none"
        order = self._submit([(self.scarce, 2)])
        with self._late():
            self._run_timers()
        self._set_stock(self.far, self.scarce, -2)
        self._succeed(order.transaction_ids)
        refund = order.o2o_refund_ids
        self.assertEqual(refund.state, "by_hand")
        self.assertTrue(refund.activity_ids)
        self._run_refunds()
        self.assertFalse(self.refunds)
        refund.with_user(self.head_office_user)._mark_paid_by_hand("in cash")
        self.assertEqual(order.o2o_payment_state, "refunded")
        self.assertFalse(refund.activity_ids)

    def test_broken_call_is_not_repeated_by_itself(self):
        """Invariant 5: a call that may have moved money is not made again."""
        order = self._place_paid()
        order._o2o_cancel("head_office")
        refund = order.o2o_refund_ids
        refund.state = "sending"  # the server died between the call and the answer
        self._run_refunds()
        self.assertFalse(self.refunds)
        # it may still be in the air
        self.assertFalse(refund.can_retry)
        path = "odoo.addons.o2o_order.models.o2o_refund_legs.LONGEST_CALL"
        with patch(path, timedelta(minutes=-1)):
            refund.invalidate_recordset(["can_retry"])
            refund.with_user(self.head_office_user).action_retry()
        self._run_refunds()
        self.assertEqual(len(self.refunds), 1)

    def test_failing_provider_is_shown_to_head_office(self):
        order = self._place_paid()
        order._o2o_cancel("head_office")

        def fail(transaction):
            transaction._set_error("limit reached")

        with patch.object(
            type(self.env["payment.transaction"]), "_send_refund_request", fail
        ):
            self._run_refunds()
        self.assertEqual(order.o2o_refund_ids.state, "failed")
        self.assertTrue(order.o2o_refund_ids.activity_ids)
        self.assertEqual(order.o2o_stage, "refunding")

    def test_cancelled_paid_order_gives_the_money_back_once(self):
        """ORD-09: whoever cancels a paid order, the money goes back."""
        order = self._place_paid()
        order._o2o_cancel("head_office", "asked by phone")
        order._o2o_cancel("head_office", "asked by phone")
        self.assertEqual(order.o2o_stage, "refunding")
        self._run_refunds()
        self.assertEqual(self.refunds, [-order.amount_total])

    def test_order_the_member_gave_up_is_not_revived(self):
        """Money for an order the member cancelled goes back."""
        order = self._submit(state="pending")
        order._o2o_member_cancel("changed_mind")
        self.assertEqual(order.state, "cancel")
        self._succeed(order.transaction_ids)
        self.assertEqual(order.state, "cancel")
        self.assertEqual(order.o2o_refund_ids.reason, "late")

    def test_payment_of_a_cancelled_order_is_closed_by_the_job(self):
        order = self._submit(state="pending")
        order._o2o_member_cancel("changed_mind")
        self._run_timers()
        self.assertEqual(order.transaction_ids.state, "cancel")

    def test_part_that_ends_gives_its_share_back(self):
        """ORD-07: one of two parts cannot be served: its money goes back."""
        order = self._place_paid([(self.product, 6)])
        first = order.o2o_fulfillment_ids
        line = first.line_ids.sale_line_id
        decision = self.env["o2o.routing.decision"].create(
            {
                "order_id": order.id,
                "store_id": self.near.id,
                "rule": "nearest",
                "parts": [
                    {"store_id": self.near.id, "via": "offer", "lines": [[line.id, 4]]},
                    {"store_id": self.far.id, "via": "offer", "lines": [[line.id, 2]]},
                ],
            }
        )
        other = first._follow(decision) - first
        other._mark_rejected()
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.o2o_refund_ids.amount, 400.0)
        self._run_refunds()
        self.assertEqual(self.refunds, [-400.0])
        self.assertEqual(order.o2o_payment_state, "paid")

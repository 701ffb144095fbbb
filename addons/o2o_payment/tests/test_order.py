from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.fields import Command
from odoo.tests import tagged

from ..models.o2o_payment_intent import FINISH_SECONDS
from .common_order import OrderPaymentCase


@tagged("post_install", "-at_install")
class TestOrder(OrderPaymentCase):
    """PAY-10: from the payment to the order, without anybody looking."""

    def test_confirmed_without_the_browser(self):
        """PAY-10: paid, told, and the order is on its way to a store."""
        order = self._submit()
        intent = self._attempt(order)
        self.assertIn(order.name, intent.subject)
        self._come_in(intent)
        self.assertEqual(order.state, "sale", intent.failure)
        self.assertTrue(order.o2o_fulfillment_ids)

    def test_process_ends_before_the_order_is_confirmed(self):
        """PAY-10: the money was taken, then the process died: the job confirms the
        order in seconds, where Odoo's own one comes after ten minutes."""
        order = self._submit()
        intent = self._attempt(order)
        with patch.object(type(self.intents), "_finish", lambda intent: False):
            self._come_in(intent)
        self.assertEqual((intent.state, order.state), ("paid", "draft"))
        self.events.search([]).next_at = False
        with (
            self._after(seconds=FINISH_SECONDS),
            patch.object(
                type(self.intents), "_ask", side_effect=AssertionError("a call")
            ),
        ):
            self._run("intent")
        self.assertEqual(order.state, "sale", intent.failure)
        self.assertFalse(intent.next_at)

    def test_pays_no_longer_than_the_order_waits(self):
        """FAULT-37: a payment ends when its order does, not later."""
        order = self._submit()
        self.company.o2o_unpaid_minutes = 10
        intent = self._attempt(order)
        timer = self.env["o2o.timer"].search(
            [("order_id", "=", order.id), ("kind", "=", "unpaid")]
        )
        self.assertEqual(intent.expires_at, timer.due_at)

    def test_unpaid_is_closed_then_cancelled(self):
        """FAULT-37: the gateway closes the payment first; no call while the order is
        locked."""
        order = self._submit()
        intent = self._attempt(order, self.wechat)
        with self._after(minutes=40):
            with patch.object(
                type(self.intents), "_ask", side_effect=AssertionError("a call")
            ):
                order._on_timer_unpaid()
            self.assertEqual((order.state, intent.is_close_wanted), ("draft", True))
            self._make_due(intent)
            self._run("intent")
            self.assertEqual(intent.state, "closed")
            self._run_order_jobs("timer")
        self.assertEqual(order.state, "cancel")
        self.assertEqual(order.o2o_cancel_reason, "unpaid")

    def test_paid_while_the_order_ends(self):
        """FAULT-37: closing finds the money: the order lives."""
        order = self._submit()
        intent = self._pay(self._attempt(order, self.wechat))
        with self._after(minutes=40):
            order._on_timer_unpaid()
            self._make_due(intent)
            self._run("intent")
            self._run_order_jobs("timer")
        self.assertEqual((intent.state, order.state), ("paid", "sale"))

    def _end_unpaid(self, order, intent):
        with self._after(minutes=40):
            order._on_timer_unpaid()
            self._make_due(intent)
            self._run("intent")
            order._on_timer_unpaid()
        self.assertEqual(order.state, "cancel")
        # the gateway has not closed it after all
        trade = self._module(intent.provider_id).ledger.find(intent.out_no)
        trade.state = "waiting"
        trade.expires_at += timedelta(hours=1)

    def test_late_money_revives_the_order(self):
        """FAULT-26: paid after all, and the goods are there: the order goes on."""
        order = self._submit()
        intent = self._attempt(order, self.wechat)
        self._end_unpaid(order, intent)
        self._come_in(intent)
        self.assertEqual((intent.state, order.state), ("paid", "sale"))

    def test_late_money_goes_back(self):
        """FAULT-26, 27: nobody can serve it any more: the money goes back by itself."""
        order = self._submit()
        intent = self._attempt(order, self.wechat)
        self._end_unpaid(order, intent)
        with patch.object(type(order), "_o2o_has_goods_at_hand", return_value=False):
            self._come_in(intent)
        self.assertEqual((intent.state, order.state), ("paid", "cancel"))
        self._send_refunds()
        self.assertEqual(self._refunded(intent), intent.paid_fen)
        refund = self.env["o2o.refund"].search([("order_id", "=", order.id)])
        self.assertEqual(refund.mapped("state"), ["done"])

    def test_price_changed_while_it_was_paid(self):
        """FAULT-27: one bottle more is in the order when the money for the others
        comes: it is not confirmed for less than it costs, and the money is not lost
        from sight."""
        order = self._submit()
        intent = self._attempt(order)
        order.order_line.filtered("product_id").filtered(
            lambda line: line.product_id == self.product
        ).product_uom_qty = 3
        self._come_in(intent)
        self.assertEqual(intent.state, "paid", intent.failure)
        self.assertIn(order.state, ("draft", "sent"))
        self.assertEqual(order.amount_paid, intent.amount)
        self.assertFalse(order.o2o_fulfillment_ids)
        order._on_timer_unpaid()
        problem = self.env["o2o.order.problem"].search([("order_id", "=", order.id)])
        self.assertEqual((problem.kind, problem.state), ("payment", "open"))
        rest = self._attempt(order, self.wechat, order.amount_total - order.amount_paid)
        self._come_in(rest)
        self.assertEqual(order.state, "sale")
        self.assertFalse(self.env["o2o.refund"].search([("order_id", "=", order.id)]))

    def test_cart_that_shrank_while_it_was_paid(self):
        """FAULT-27: one bottle less is in the order when the money for two comes: what
        is too much goes back by itself."""
        order = self._submit()
        intent = self._attempt(order)
        order.order_line.filtered(
            lambda line: line.product_id == self.product
        ).product_uom_qty = 1
        self._come_in(intent)
        self.assertEqual(order.state, "sale")
        over = intent.amount - order.amount_total
        self.assertGreater(over, 0)
        self._send_refunds()
        self.assertEqual(self._refunded(intent), round(over * 100))
        refund = self.env["o2o.refund"].search([("order_id", "=", order.id)])
        self.assertEqual((refund.state, refund.gift_amount), ("done", 0.0))

    def test_part_of_the_price_confirms_nothing(self):
        """FAULT-27: whoever took the money, here a provider that is none of ours."""
        provider = self.env["payment.provider"].create(
            {"name": "Another", "code": "none", "state": "test"}
        )
        method = self.env["payment.method"].create(
            {"name": "Another", "code": "o2o_another"}
        )
        order = self._submit()
        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": method.id,
                "reference": f"{order.name}-another",
                "amount": order.amount_total - 1.0,
                "currency_id": order.currency_id.id,
                "partner_id": order.partner_id.id,
                "operation": "online_redirect",
                "sale_order_ids": [Command.set(order.ids)],
            }
        )
        transaction._set_done()
        transaction._post_process()
        self.assertIn(order.state, ("draft", "sent"))
        self.assertFalse(order.o2o_fulfillment_ids)

    def test_given_back_before_the_order_was_confirmed(self):
        """FAULT-27: too little came for a cart that had grown, and went back: it pays
        for nothing, whatever comes later."""
        order = self._submit()
        intent = self._attempt(order)
        line = order.order_line.filtered(lambda it: it.product_id == self.product)
        line.product_uom_qty = 3
        self._come_in(intent)
        rest = order.amount_total - order.amount_paid
        intent.transaction_id.action_refund()
        self._run("refund")
        part = self._attempt(order, self.wechat, rest)
        self._come_in(part)
        self.assertEqual(order.state, "draft")
        all_of_it = self._attempt(order, self.wechat)
        self._come_in(all_of_it)
        self.assertEqual(order.state, "sale")
        self._send_refunds()
        kept = sum(it.paid_fen - self._refunded(it) for it in intent | part | all_of_it)
        self.assertEqual(kept, round(order.amount_total * 100))

    def test_order_is_locked_before_its_payment(self):
        """FAULT-4: a job takes the rows as the order's timer does, order first: two
        that meet wait for each other, and never in a circle."""
        order = self._submit()
        intent = self._pay(self._attempt(order))
        taken = []

        def note(model, method):
            lock = getattr(model, method)

            def called(records, *args, **kwargs):
                if records:
                    taken.append(records._name)
                return lock(records, *args, **kwargs)

            return patch.object(model, method, called)

        with (
            note(type(order), "_o2o_lock_row"),
            note(type(intent), "try_lock_for_update"),
        ):
            self._make_due(intent)
            self._run("intent")
        self.assertEqual(intent.state, "paid")
        self.assertEqual(taken[:2], ["sale.order", "o2o.payment.intent"])

    def test_told_returned_and_asked_at_once(self):
        """FAULT-4: notification, return and job together: one payment, one order."""
        order = self._submit()
        intent = self._pay(self._attempt(order))
        self._tell(intent)
        intent._note_return()
        self._make_due(intent)
        self._run("intent", "event", "intent")
        self.assertEqual(order.state, "sale")
        self.assertEqual(len(order.o2o_fulfillment_ids), 1)
        self.assertEqual(
            self.events.search([("out_no", "=", intent.out_no)]).state, "applied"
        )
        self.assertLessEqual(
            intent.paid_at, fields.Datetime.now() + timedelta(minutes=1)
        )

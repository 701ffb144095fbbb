from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common_order import OrderPaymentCase


@tagged("post_install", "-at_install")
class TestOrderRefund(OrderPaymentCase):
    """PAY-10: money of an order goes back through its gateway, once."""

    def test_cancelled_order_gets_its_money_back_once(self):
        """FAULT-44: a lost answer on the way back is no second refund."""
        order = self._submit()
        intent = self._attempt(order, self.alipay)
        self._come_in(intent)
        self.simulator.faults.add("alipay.trade.refund", "lost_after")
        order._o2o_cancel("changed_mind")
        self._send_refunds()
        refund = self.env["o2o.refund"].search([("order_id", "=", order.id)])
        self.assertEqual(refund.state, "sending")
        # Alipay says "nothing moved": it is asked once more
        for _turn in range(2):
            self._make_due(intent.refund_ids)
            self._run("refund")
        self.assertEqual(refund.state, "done")
        self.assertEqual(self._refunded(intent), intent.paid_fen)
        self.assertEqual(len(intent.refund_ids), 1)

    def test_process_ends_while_a_refund_is_sent(self):
        """PAY-10: the refund of an order through a gateway was begun, and the process
        died: nothing has left, and it is sent by itself, once."""
        order = self._submit()
        intent = self._attempt(order)
        self._come_in(intent)
        refund = self.env["o2o.refund"]._plan(
            order, intent.transaction_id, order.amount_total, "cancelled", "test"
        )
        refund.state = "sending"
        for _turn in range(2):
            self._send_refunds()
            self.assertEqual(refund.state, "done")
            self.assertEqual(self._refunded(intent), intent.paid_fen)
        self.assertEqual(len(intent.refund_ids), 1)

    def test_button_of_odoo_then_paid_by_hand(self):
        """FAULT-48: the payer's account is gone, and a person paid it in cash: it does
        not go back once more when the order is cancelled."""
        order = self._submit()
        refund = self._ask_back(order, 30.0, "ABNORMAL")
        [row] = refund.intent_id.quarantine_ids
        row._decide("by_hand", "现金退还")
        self.assertEqual(refund.transaction_id.state, "cancel")
        left = order.amount_total - 30.0
        self.assertEqual(order._o2o_get_kept(), left)
        self.assertEqual(order._o2o_get_surplus(), 0.0)
        order._o2o_cancel("head_office")
        self.assertEqual(sum(order.o2o_refund_ids.mapped("amount")), left)

    def test_button_of_odoo_fails_days_later(self):
        """FAULT-48: whoever pressed it has seen "submitted": a person is told."""
        refund = self._ask_back(self._submit(), 30.0, "CLOSED")
        self.assertEqual(
            (refund.state, refund.transaction_id.state), ("failed", "error")
        )
        [row] = refund.intent_id.quarantine_ids
        self.assertEqual((row.kind, row.state), ("refund_abnormal", "open"))
        self.assertTrue(row.activity_ids)

    def test_refund_is_booked_on_the_day_it_was_made(self):
        """PAY-10: asked about two days later, it was made when the gateway says."""
        refund = self._ask_back(self._submit(), 30.0, "SUCCESS")
        self.assertEqual(refund.state, "done")
        self.assertLess(refund.done_at, fields.Datetime.now() + timedelta(days=1))

    def _ask_back(self, order, amount, word):
        """Refund by Odoo's own button, and its end at the gateway, days later."""
        intent = self._attempt(order, self.wechat)
        self._come_in(intent)
        self.simulator.faults.add("wechat.refund", "processing")
        intent.transaction_id.action_refund(amount)
        self._run("refund")
        refund = intent.refund_ids
        self.assertEqual(refund.state, "pending")
        self.simulator.wechat.settle_refund(refund.refund_no, word)
        with self._after(days=2):
            self._make_due(refund)
            self._run("refund")
        return refund

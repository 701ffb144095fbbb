from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common_order import OrderPaymentCase


@tagged("post_install", "-at_install")
class TestOrderTwice(OrderPaymentCase):
    """PAY-10, FAULT-28: an order is paid once; what is too much goes back."""

    def _pay_twice(self):
        """Alipay has paid, then WeChat Pay, which the shop has not seen yet."""
        order = self._submit()
        first = self._attempt(order, self.alipay)
        second = self._attempt(order, self.wechat)
        self._come_in(first)
        with patch.object(type(order), "_o2o_return_surplus"):
            self._come_in(second)
        return order, first, second

    def test_second_payment_goes_back(self):
        """FAULT-28: Alipay and WeChat Pay both paid: the later one is given back."""
        order = self._submit()
        first = self._attempt(order, self.alipay)
        second = self._attempt(order, self.wechat)
        self._pay(second)
        self._come_in(first)
        self.assertEqual(order.state, "sale")
        self.assertTrue(second.is_close_wanted)
        self._run("intent")
        self.assertEqual(second.state, "paid")
        self._send_refunds()
        self.assertEqual(self._refunded(second), second.paid_fen)
        self.assertEqual(self._refunded(first), 0)
        refund = self.env["o2o.refund"].search([("order_id", "=", order.id)])
        self.assertEqual((refund.reason, refund.state), ("twice", "done"))
        # its transaction says so, too: what went back was too much
        self.assertFalse(refund.gift_amount)
        self.assertFalse(refund.refund_transaction_id.o2o_gift_amount)

    def test_gift_of_the_office_is_no_second_payment(self):
        """FAULT-28: the office gave a part back on purpose before the second payment
        came, by our preview or by Odoo's own button, which writes no row of ours: that
        payment goes back whole, and the gift stays given."""
        ways = {
            "preview": lambda order, intent: self._give_back(order, intent, 30.0),
            "button": lambda _order, intent: intent.transaction_id.action_refund(30.0),
        }
        for way, give in ways.items():
            with self.subTest(way):
                order = self._submit()
                first = self._attempt(order, self.alipay)
                second = self._attempt(order, self.wechat)
                self._come_in(first)
                give(order, first)
                self._come_in(second)
                self._send_refunds()
                gift = first.transaction_id.child_transaction_ids
                self.assertEqual(gift.o2o_gift_amount, 30.0)
                self.assertEqual(self._refunded(first), 3000)
                self.assertEqual(self._refunded(second), second.paid_fen)

    def test_given_back_before_the_surplus_was_seen(self):
        """FAULT-28: the office sees two payments before the shop does, and gives a part
        of the second one back: that was no gift, and the price stays here."""
        order, first, second = self._pay_twice()
        second.transaction_id.action_refund(amount_to_refund=30.0)
        self._give_back(order, second, 20.0)
        self.assertEqual(order._o2o_get_surplus(), order.amount_total - 50.0)
        for _turn in range(2):
            order._o2o_return_surplus(second.transaction_id)
        self._send_refunds()
        self.assertEqual(self._refunded(second), second.paid_fen)
        self.assertEqual(self._refunded(first), 0)

    def test_more_given_back_than_was_too_much(self):
        """FAULT-28: before the shop sees that two payments came, the office gives back
        a part of one and the whole other: what is beyond the surplus is a gift, and the
        order owes nothing."""
        ways = {
            "preview": lambda order, intent, amount: self._give_back(
                order, intent, amount
            ),
            "button": lambda _order, intent, amount: (
                intent.transaction_id.action_refund(amount)
            ),
        }
        for way, give in ways.items():
            with self.subTest(way):
                order, first, second = self._pay_twice()
                price = order.amount_total
                give(order, second, 30.0)
                give(order, first, price)
                self.assertEqual(order._o2o_get_surplus(), 0.0)
                order._o2o_return_surplus(second.transaction_id)
                self._send_refunds()
                self.assertEqual(order._o2o_get_kept(), price - 30.0)
                self.assertEqual(self._refunded(first), first.paid_fen)
                self.assertEqual(self._refunded(second), 3000)

    def test_nothing_is_promised_twice(self):
        """FAULT-28: what a refund of the order is to bring back, sent or not, is not
        given back by Odoo's own button as well; its form offers what is left."""
        order = self._submit()
        first = self._attempt(order, self.alipay)
        second = self._attempt(order, self.wechat)
        self._come_in(first)
        self._come_in(second)
        refund = self.env["o2o.refund"].search([("order_id", "=", order.id)])
        self.assertEqual(
            (refund.state, refund.transaction_id), ("waiting", second.transaction_id)
        )
        for state in ("waiting", "failed", "by_hand"):
            refund.state = state
            with (
                self.subTest(state=state),
                self.assertRaisesRegex(ValidationError, "0.00 of payment"),
            ):
                second.transaction_id.action_refund(1.0)
        first.transaction_id.action_refund(30.0)
        with self.assertRaisesRegex(ValidationError, "still be given back"):
            first.transaction_id.action_refund(order.amount_total - 29.99)
        journal = self.env["account.journal"].create(
            {"name": "Gateways", "type": "bank", "code": "GATE"}
        )
        booking = self.env["account.payment"].create(
            {
                "amount": order.amount_total,
                "journal_id": journal.id,
                "payment_transaction_id": first.transaction_id.id,
            }
        )
        self.assertEqual(booking.amount_available_for_refund, order.amount_total - 30.0)

    def test_too_much_goes_back_though_the_last_one_went_in_part(self):
        """FAULT-28: a part of the second payment is on its way back for goods: the rest
        of what was too much comes from the first one."""
        order, first, second = self._pay_twice()
        order._o2o_return_money("returned", "a bottle", amount=40.0)
        self.assertEqual(second.transaction_id._o2o_get_refundable_amount(), 360.0)
        for _turn in range(2):
            order._o2o_return_surplus(second.transaction_id)
        self._send_refunds()
        self.assertEqual(order._o2o_get_surplus(), 0.0)
        self.assertEqual(self._refunded(second), second.paid_fen)
        self.assertEqual(self._refunded(first), 4000)

    def test_other_attempt_is_closed(self):
        """FAULT-28: when one attempt has paid, the other can no longer."""
        order = self._submit()
        first = self._attempt(order, self.alipay)
        second = self._attempt(order, self.wechat)
        self._come_in(first)
        self._run("intent")
        self.assertEqual(second.state, "closed")
        self.assertEqual(order.state, "sale")

    def test_paid_at_the_door_after_all(self):
        """FAULT-28: the member comes back and chooses cash: the page is closed."""
        order = self._submit()
        intent = self._attempt(order, self.wechat)
        order.action_confirm()
        self._run("intent")
        self.assertEqual((order.state, intent.state), ("sale", "closed"))

    def _give_back(self, order, intent, amount):
        order._o2o_give_back(
            {intent.transaction_id: amount}, f"gift/{order.id}", "A scratch on the box"
        )

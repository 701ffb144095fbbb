from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.o2o_order.tests.common import O2oOrderCase

from ..models.o2o_payment_intent import FINISH_SECONDS
from .common import SimulatedGateways


@tagged("post_install", "-at_install")
class TestOrder(SimulatedGateways, O2oOrderCase):
    """PAY-10: from the payment to the order, without anybody looking."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._start_gateways()
        cls.payer = cls.member.partner_id
        cls.pricelist = cls.env["product.pricelist"].create(
            {"name": "元", "currency_id": cls.yuan.id, "company_id": cls.company.id}
        )
        # the books have tests of their own, and a chart of accounts
        cls.startClassPatcher(
            patch(
                "odoo.addons.account_payment.models.payment_transaction"
                ".PaymentTransaction._create_payment"
            )
        )

    def setUp(self):
        super().setUp()
        self.addCleanup(self.simulator.faults.clear)

    def _submit(self):
        return self.env["sale.order"].create(
            {
                "partner_id": self.payer.id,
                "website_id": self.website.id,
                "carrier_id": self.carrier.id,
                "pricelist_id": self.pricelist.id,
                "order_line": [
                    Command.create(
                        {"product_id": self.product.id, "product_uom_qty": 2}
                    )
                ],
            }
        )

    def _attempt(self, order, provider=None):
        return self._start(
            provider or self.alipay,
            amount=order.amount_total,
            sale_order_ids=[Command.set(order.ids)],
        )

    def _come_in(self, intent):
        self._pay(intent)
        self._tell(intent)
        self._run("event")

    def _run_order_jobs(self, *names):
        with self._jobs():
            for name in names:
                self.env.ref(f"o2o_order.o2o_{name}_cron").method_direct_trigger()

    def _refunded(self, intent):
        return self._module(intent.provider_id).ledger.find(intent.out_no).refunded_fen

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
        self._run_order_jobs("refund")
        self._run("refund")
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
        rest = self._start(
            self.wechat,
            amount=order.amount_total - order.amount_paid,
            sale_order_ids=[Command.set(order.ids)],
        )
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
        self._run_order_jobs("refund")
        self._run("refund")
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
        self._run_order_jobs("refund")
        self._run("refund")
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
                self._run_order_jobs("refund")
                self._run("refund")
                gift = first.transaction_id.child_transaction_ids
                self.assertEqual(gift.o2o_gift_amount, 30.0)
                self.assertEqual(self._refunded(first), 3000)
                self.assertEqual(self._refunded(second), second.paid_fen)

    def test_given_back_before_the_surplus_was_seen(self):
        """FAULT-28: the office sees two payments before the shop does, and gives a part
        of the second one back: that was no gift, and the price stays here."""
        order = self._submit()
        first = self._attempt(order, self.alipay)
        second = self._attempt(order, self.wechat)
        self._come_in(first)
        returns = type(order)._o2o_return_surplus
        with patch.object(type(order), "_o2o_return_surplus"):
            self._come_in(second)
        second.transaction_id.action_refund(amount_to_refund=30.0)
        self._give_back(order, second, 20.0)
        self.assertEqual(order._o2o_get_surplus(), order.amount_total - 50.0)
        for _turn in range(2):
            returns(order, second.transaction_id)
        self._run_order_jobs("refund")
        self._run("refund")
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
                order = self._submit()
                price = order.amount_total
                first = self._attempt(order, self.alipay)
                second = self._attempt(order, self.wechat)
                self._come_in(first)
                returns = type(order)._o2o_return_surplus
                with patch.object(type(order), "_o2o_return_surplus"):
                    self._come_in(second)
                give(order, second, 30.0)
                give(order, first, price)
                self.assertEqual(order._o2o_get_surplus(), 0.0)
                returns(order, second.transaction_id)
                self._run_order_jobs("refund")
                self._run("refund")
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
        order = self._submit()
        first = self._attempt(order, self.alipay)
        second = self._attempt(order, self.wechat)
        self._come_in(first)
        returns = type(order)._o2o_return_surplus
        with patch.object(type(order), "_o2o_return_surplus"):
            self._come_in(second)
        order._o2o_return_money("returned", "a bottle", amount=40.0)
        self.assertEqual(second.transaction_id._o2o_get_refundable_amount(), 360.0)
        for _turn in range(2):
            returns(order, second.transaction_id)
        self._run_order_jobs("refund")
        self._run("refund")
        self.assertEqual(order._o2o_get_surplus(), 0.0)
        self.assertEqual(self._refunded(second), second.paid_fen)
        self.assertEqual(self._refunded(first), 4000)

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
        part = self._start(
            self.wechat, amount=rest, sale_order_ids=[Command.set(order.ids)]
        )
        self._come_in(part)
        self.assertEqual(order.state, "draft")
        all_of_it = self._start(
            self.wechat,
            amount=order.amount_total,
            sale_order_ids=[Command.set(order.ids)],
        )
        self._come_in(all_of_it)
        self.assertEqual(order.state, "sale")
        self._run_order_jobs("refund")
        self._run("refund")
        kept = sum(it.paid_fen - self._refunded(it) for it in intent | part | all_of_it)
        self.assertEqual(kept, round(order.amount_total * 100))

    def _give_back(self, order, intent, amount):
        order._o2o_give_back(
            {intent.transaction_id: amount}, f"gift/{order.id}", "A scratch on the box"
        )

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
            self._run_order_jobs("refund")
            self._run("refund")
            self.assertEqual(refund.state, "done")
            self.assertEqual(self._refunded(intent), intent.paid_fen)
        self.assertEqual(len(intent.refund_ids), 1)

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

    def test_cancelled_order_gets_its_money_back_once(self):
        """FAULT-44: a lost answer on the way back is no second refund."""
        order = self._submit()
        intent = self._attempt(order, self.alipay)
        self._come_in(intent)
        self.simulator.faults.add("alipay.trade.refund", "lost_after")
        order._o2o_cancel("changed_mind")
        self._run_order_jobs("refund")
        self._run("refund")
        refund = self.env["o2o.refund"].search([("order_id", "=", order.id)])
        self.assertEqual(refund.state, "sending")
        # Alipay says "nothing moved": it is asked once more
        for _turn in range(2):
            self._make_due(intent.refund_ids)
            self._run("refund")
        self.assertEqual(refund.state, "done")
        self.assertEqual(self._refunded(intent), intent.paid_fen)
        self.assertEqual(len(intent.refund_ids), 1)

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

"""What comes in another order than it happened."""

from odoo.tests import tagged

from .common import PaymentCase


@tagged("post_install", "-at_install")
class TestDisorder(PaymentCase):
    """PAY-02: each message counts for what it is."""

    def _deliver(self, provider, letter):
        with self._jobs():
            _answer, is_believed = self.events._receive(
                provider, dict(letter.headers()), letter.body
            )
        self.assertTrue(is_believed)

    def _given_back_elsewhere(self, intent, amount_fen=4000):
        """A refund made in the gateway's console: told, and no row of ours."""
        module = self._module(intent.provider_id)
        trade, _moved = module.ledger.refund(
            intent.out_no, f"{intent.out_no}X", amount_fen
        )
        return module._letter(trade, trade.refunds[-1], None)

    def test_refund_is_told_before_the_payment(self):
        """FAULT-24: the notification of a refund overtakes that of its payment: the
        payment is taken for what it is, and the refund is for a person."""
        intent = self._pay(self._start(self.alipay))
        payment = self._letter(intent)
        self._deliver(self.alipay, self._given_back_elsewhere(intent))
        self._run("event")
        refund = self.events.search([("out_no", "=", intent.out_no)])
        self.assertEqual((refund.kind, refund.state), ("refund", "orphan"))
        self.assertEqual(intent.state, "waiting", "a refund pays nothing")
        self._deliver(self.alipay, payment)
        self._run("event")
        self.assertEqual((intent.state, intent.paid_fen), ("paid", 10000))
        with self._after(minutes=61):
            self._make_due(refund)
            self._run("event")
        self.assertEqual(refund.state, "quarantined")
        row = self.quarantine.search([("event_id", "=", refund.id)])
        self.assertEqual((row.kind, row.intent_id), ("refund_number", self.intents))

    def test_own_refund_is_told_before_its_payment(self):
        """FAULT-24: our own refund: both are asked about, each counts once."""
        intent = self._paid(self.wechat)
        refund = self.refunds._plan(intent, 4000)
        module = self.simulator.wechat
        late = self._letter(intent)
        self._run("refund")
        letter = module.postbox.refund_letter(module.refunds[refund.refund_no])
        for one in (letter, late, letter):
            self._deliver(self.wechat, one)
            self._run("event")
        self.assertEqual((refund.state, intent.state), ("done", "paid"))
        self.assertEqual((intent.paid_fen, intent.reserved_fen), (10000, 4000))
        self.assertFalse(intent.quarantine_ids)

    def test_closed_after_success(self):
        """FAULT-25: "closed" is told after "paid" (Alipay says it when all of a
        payment was given back): what was paid stays paid."""
        intent = self._paid(self.alipay)
        module = self.simulator.alipay
        module.ledger.refund(intent.out_no, f"{intent.out_no}X", 10000)
        letter = self._letter(intent)
        self.assertIn(b"TRADE_CLOSED", letter.body)
        self._deliver(self.alipay, letter)
        self._run("event")
        event = self.events.search([("out_no", "=", intent.out_no)], limit=1)
        self.assertEqual(event.state, "applied")
        self.assertEqual(intent.state, "paid")
        self.assertEqual(intent.transaction_id.state, "done")

    def test_closed_is_told_while_it_is_paid(self):
        """FAULT-25: an old "closed" arrives while the payment is open: the gateway is
        asked, and says "paid"."""
        intent = self._start(self.alipay)
        trade = self.simulator.alipay.ledger.find(intent.out_no)
        trade.state = "closed"
        letter = self._letter(intent)
        trade.state = "waiting"
        self._pay(intent)
        self._deliver(self.alipay, letter)
        self._run("event")
        self.assertEqual(intent.state, "paid")

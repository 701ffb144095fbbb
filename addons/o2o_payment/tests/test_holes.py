"""What Odoo 19.0 does wrong, and does not do with our providers (issue 6)."""

from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from odoo.addons.payment.models.payment_transaction import (
    PaymentTransaction as OdooTransaction,
)

from ..lib.o2o_gateway.outcome import ok
from ..lib.o2o_gateway.results import Payment, PaymentState
from .common import PaymentCase


@tagged("post_install", "-at_install")
class TestHoles(PaymentCase):
    def _odoo_process(self, transaction, data):
        """``_process`` of Odoo with a provider that believes what it is handed, as the
        providers of Odoo do."""

        def apply_updates(transaction, payment_data):
            transaction._set_done()

        with patch.object(
            type(self.env["payment.transaction"]), "_apply_updates", apply_updates
        ):
            OdooTransaction._process(transaction, "o2o_alipay", data)

    def test_wrong_amount_twice(self):
        """FAULT-6: the notification of a wrong amount comes a second time.

        Odoo 19.0 takes it then; here it is not paid, however often it comes.
        """
        wrong = {"amount_fen": 1, "currency": "CNY"}
        stock = self._start().transaction_id
        self._odoo_process(stock, wrong)
        self.assertEqual(stock.state, "error")
        self._odoo_process(stock, wrong)
        self.assertEqual(stock.state, "done", "Odoo has closed the hole: simplify")
        ours = self._start().transaction_id
        for _delivery in range(3):
            ours._process("o2o_alipay", wrong)
            self.assertNotEqual(ours.state, "done")

    def test_wrong_currency_twice(self):
        """FAULT-7: the same with the currency."""
        wrong = {"amount_fen": 10000, "currency": "USD"}
        ours = self._start().transaction_id
        for _delivery in range(3):
            ours._process("o2o_alipay", wrong)
            self.assertNotEqual(ours.state, "done")

    def test_right_data_without_a_payment(self):
        """FAULT-5: data that looks right moves nothing: the attempt is not paid."""
        ours = self._start().transaction_id
        ours._process("o2o_alipay", {"amount_fen": 10000, "currency": "CNY"})
        self.assertEqual(ours.state, "draft")

    def test_answer_with_a_wrong_amount(self):
        """FAULT-6: the gateway itself names another amount: held, never paid."""
        intent = self._start()
        strange = ok(Payment(PaymentState.PAID, intent.out_no, amount_fen=1))
        client = self.alipay._o2o_get_client()
        for _turn in range(2):
            with patch.object(client, "query", lambda number: strange):
                intent._wake()
                self._run("intent")
            self.assertEqual(intent.state, "held")
            self.assertEqual(intent.transaction_id.state, "draft")
        self.assertEqual(len(intent.quarantine_ids), 1)
        self.assertEqual(intent.quarantine_ids.kind, "amount")

    def test_answer_without_an_amount(self):
        """FAULT-13: paid, but nobody says how much: held."""
        intent = self._start()
        strange = ok(Payment(PaymentState.PAID, intent.out_no))
        with patch.object(
            self.alipay._o2o_get_client(), "query", lambda number: strange
        ):
            self._make_due(intent)
            self._run("intent")
        self.assertEqual(intent.state, "held")

    def test_three_refunds_of_sixty_on_a_hundred(self):
        """FAULT-46: Odoo sends each of them; here the second is refused."""
        intent = self._paid()
        transaction = intent.transaction_id
        answers = [transaction._refund(60.0) for _press in range(3)]
        self.assertEqual([it.state for it in answers], ["pending", "error", "error"])
        self._run("refund")
        self.assertEqual(answers[0].state, "done")
        trade = self.simulator.alipay.ledger.find(intent.out_no)
        self.assertEqual(trade.refunded_fen, 6000)

    def test_one_fen_too_much(self):
        """FAULT-50: no refund beyond the payment, to the fen."""
        intent = self._paid()
        with self.assertRaises(ValidationError):
            self.refunds._plan(intent, 10001)
        self.assertTrue(self.refunds._plan(intent, 10000))
        with self.assertRaises(ValidationError):
            self.refunds._plan(intent, 1)

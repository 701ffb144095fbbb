from unittest.mock import patch

from psycopg2.errors import CheckViolation

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..lib.o2o_gateway.outcome import ok, rejected
from ..lib.o2o_gateway.results import Refund, RefundState
from .common import PaymentCase

ALL = ("alipay", "wechat", "unionpay")


@tagged("post_install", "-at_install")
class TestRefund(PaymentCase):
    """PAY-02: money that goes back."""

    def _refund(self, intent, amount):
        transaction = intent.transaction_id._refund(amount)
        return transaction.o2o_refund_row_ids

    def _settle(self, refund, turns=3):
        """Let the job look as often as it takes."""
        for _turn in range(turns):
            self._make_due(refund)
            self._run("refund")

    def _refunded(self, intent):
        module = self._module(intent.provider_id)
        return module.ledger.find(intent.out_no).refunded_fen

    def test_refund_by_each_gateway(self):
        """PAY-02: money goes back in parts, and Odoo's transactions follow."""
        for name in ALL:
            with self.subTest(gateway=name):
                intent = self._paid(getattr(self, name))
                first = self._refund(intent, 30.0)
                self.assertEqual(first.transaction_id.state, "pending")
                self._settle(first)
                self.assertEqual(first.state, "done", first.failure)
                self.assertEqual(first.transaction_id.state, "done")
                self.assertTrue(first.transaction_id.is_post_processed)
                second = self._refund(intent, 70.0)
                self._settle(second)
                self.assertEqual(second.state, "done", second.failure)
                self.assertEqual(intent.reserved_fen, 10000)
                self.assertEqual(self._refunded(intent), 10000)

    def test_nothing_leaves_before_the_commit(self):
        """FAULT-42: the request that asks for a refund calls nobody."""
        intent = self._paid()
        self._refund(intent, 30.0)
        self.assertEqual(self._refunded(intent), 0)

    def test_lost_answer_is_one_refund(self):
        """FAULT-44: done, but the answer is lost: the same number again."""
        for name, route in (
            ("alipay", "alipay.trade.refund"),
            ("wechat", "wechat.refund"),
            ("unionpay", "unionpay.refund"),
        ):
            with self.subTest(gateway=name):
                intent = self._paid(getattr(self, name))
                self.simulator.faults.add(route, "lost_after")
                refund = self._refund(intent, 40.0)
                self._run("refund")
                self.assertEqual(refund.state, "sending")
                self.assertEqual(self._refunded(intent), 4000)
                self._settle(refund)
                self.assertEqual(refund.state, "done", refund.failure)
                self.assertEqual(self._refunded(intent), 4000)

    def _refused_after_a_lost_answer(self, answer, minutes=0):
        """Sent, the answer lost; sent again and refused; ``answer`` to the question."""
        intent = self._paid()
        self.simulator.faults.add("alipay.trade.refund", "lost_after")
        refund = self._refund(intent, 40.0)
        self._run("refund")
        client = self.alipay._o2o_get_client()
        refusal = rejected("ACCESS_FORBIDDEN", "The key is over.")
        with (
            patch.object(client, "refund", lambda order: refusal),
            patch.object(client, "query_refund", answer),
            self._after(minutes=minutes),
        ):
            self._settle(refund, 1)
        return refund

    def test_refused_question_frees_nothing(self):
        """FAULT-44: done and the answer lost; what is asked then is refused for a
        cause of its own: the amount is not free for a second number."""
        refund = self._refused_after_a_lost_answer(
            lambda *numbers: rejected("ACCESS_FORBIDDEN", "The key is over.")
        )
        self.assertEqual(refund.state, "sending", refund.failure)
        self.assertEqual(refund.intent_id.reserved_fen, 4000)
        self._settle(refund)
        self.assertEqual(refund.state, "done", refund.failure)
        self.assertEqual(self._refunded(refund.intent_id), 4000)

    def test_refused_and_absent_frees_its_amount(self):
        """FAULT-50: refused, and for some time the gateway knows nothing of it."""

        def absent(*numbers):
            return ok(Refund(RefundState.ABSENT, *numbers))

        refund = self._refused_after_a_lost_answer(absent)
        self.assertEqual(refund.state, "sending")
        # on a slow machine it would be due, and meet what waits for the next one
        refund._rest()
        refund = self._refused_after_a_lost_answer(absent, minutes=5)
        self.assertEqual(refund.state, "failed")
        self.assertIn("ACCESS_FORBIDDEN", refund.failure)
        self.assertEqual(refund.intent_id.reserved_fen, 0)

    def test_failed_refund_without_a_transaction(self):
        """FAULT-50: what a person gave back was refused: somebody is told."""
        intent = self._paid()
        self.simulator.faults.add("alipay.trade.refund", "no_money")
        refund = self.refunds._plan(intent, 4000)
        self._run("refund")
        self.assertEqual(refund.state, "failed")
        row = intent.quarantine_ids
        self.assertEqual(row.key, f"{refund.refund_no}/failed")
        self.assertEqual((row.kind, row.expected_fen), ("refund_abnormal", 4000))

    def test_killed_between_call_and_commit(self):
        """FAULT-42: it was sent, and nothing of the answer was kept."""
        intent = self._paid()
        refund = self._refund(intent, 40.0)
        refund.write(
            {"state": "sending", "is_sent": True, "sent_at": refund.create_date}
        )
        with self._jobs():
            refund._send()
        self._settle(refund)
        self.assertEqual(refund.state, "done", refund.failure)
        self.assertEqual(self._refunded(intent), 4000)

    def test_busy_gateway_then_success(self):
        """FAULT-47: "too many requests" is no refusal."""
        intent = self._paid(self.wechat)
        self.simulator.faults.add("wechat.refund", "rate_limit")
        refund = self._refund(intent, 40.0)
        self._run("refund")
        self.assertEqual(refund.state, "sending", refund.failure)
        self._settle(refund)
        self.assertEqual(refund.state, "done", refund.failure)

    def test_refused_refund_frees_its_amount(self):
        """FAULT-50: the merchant's balance is empty: a later refund may use it."""
        intent = self._paid()
        self.simulator.faults.add("alipay.trade.refund", "no_money")
        refund = self._refund(intent, 100.0)
        self._run("refund")
        self.assertEqual(refund.state, "failed", refund.failure)
        self.assertEqual(refund.transaction_id.state, "error")
        self.assertEqual(intent.reserved_fen, 0)
        again = self._refund(intent, 100.0)
        self._settle(again)
        self.assertEqual(again.state, "done", again.failure)

    def test_slow_refund_is_asked_about(self):
        """FAULT-48: under way, then done; Odoo says so only then."""
        intent = self._paid(self.wechat)
        self.simulator.faults.add("wechat.refund", "processing")
        refund = self._refund(intent, 40.0)
        self._settle(refund, 1)
        self.assertEqual(
            (refund.state, refund.transaction_id.state), ("pending", "pending")
        )
        self.simulator.wechat.settle_refund(refund.refund_no, "SUCCESS")
        self._settle(refund, 1)
        self.assertEqual((refund.state, refund.transaction_id.state), ("done", "done"))

    def test_refund_that_cannot_arrive_is_for_a_person(self):
        """FAULT-48: the payer's card is gone."""
        intent = self._paid(self.wechat)
        self.simulator.faults.add("wechat.refund", "processing")
        refund = self._refund(intent, 40.0)
        self._settle(refund, 1)
        self.simulator.wechat.settle_refund(refund.refund_no, "ABNORMAL")
        self._settle(refund, 1)
        self.assertEqual(refund.state, "abnormal")
        self.assertEqual(intent.quarantine_ids.kind, "refund_abnormal")
        # it has left: it is not free for another refund
        self.assertEqual(intent.reserved_fen, 4000)

    def test_database_refuses_too(self):
        """FAULT-45: even SQL does not give back more than was paid."""
        intent = self._paid()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(CheckViolation),
            self.cr.savepoint(),
        ):
            self.cr.execute(
                "UPDATE o2o_payment_intent SET reserved_fen = 10001 WHERE id = %s",
                [intent.id],
            )

    def test_unpaid_is_not_given_back(self):
        """FAULT-50: what has not come does not go."""
        intent = self._start()
        with self.assertRaises(ValidationError):
            self.refunds._plan(intent, 1)

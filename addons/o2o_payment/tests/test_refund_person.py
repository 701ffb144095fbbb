from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import PaymentCase


@tagged("post_install", "-at_install")
class TestRefundPerson(PaymentCase):
    """FAULT-48: a refund that reached nobody; a person decides."""

    def _abnormal(self, provider=None):
        """A refund of 40 whose payer has no account any more, and its case."""
        intent = self._paid(provider or self.wechat)
        self.simulator.faults.add("wechat.refund", "processing")
        refund = intent.transaction_id._refund(40.0).o2o_refund_row_ids
        self._look(refund)
        self._settle(refund, "ABNORMAL")
        return refund, intent.quarantine_ids

    def _settle(self, refund, word):
        self.simulator.wechat.settle_refund(refund.refund_no, word)
        self._look(refund)

    def _look(self, refund):
        self._make_due(refund)
        self._run("refund")

    def test_to_the_shops_account(self):
        """FAULT-48: WeChat Pay brings it to the shop's account, when it is told to."""
        refund, row = self._abnormal()
        self.assertEqual(row.refund_id, refund)
        self.assertTrue(row.can_redirect and row.can_pay_by_hand)
        row._decide("redirected", "顾客销户")
        self.assertEqual((row.state, refund.state), ("redirected", "pending"))
        self._look(refund)
        self.assertFalse(refund.is_redirect_wanted)
        self.assertEqual(
            self.simulator.wechat.refunds[refund.refund_no].word, "PROCESSING"
        )
        self._settle(refund, "SUCCESS")
        self.assertEqual(refund.state, "done", refund.failure)
        self.assertEqual(refund.intent_id.reserved_fen, 4000)

    def test_lost_answer_is_asked_again(self):
        """FAULT-44: told, and the answer lost: told again, which changes nothing."""
        refund, row = self._abnormal()
        self.simulator.faults.add("wechat.abnormal_refund", "lost_after")
        row._decide("redirected", "x")
        self._look(refund)
        self.assertTrue(refund.is_redirect_wanted)
        self._look(refund)
        self.assertFalse(refund.is_redirect_wanted)
        self.assertEqual(refund.state, "pending", refund.failure)

    def test_abnormal_again_is_a_case_again(self):
        """FAULT-48: what cannot arrive there either comes back to a person."""
        refund, row = self._abnormal()
        row._decide("redirected", "x")
        self._look(refund)
        self._settle(refund, "ABNORMAL")
        self.assertEqual(refund.state, "abnormal")
        again = refund.intent_id.quarantine_ids - row
        self.assertEqual((again.kind, again.state), ("refund_abnormal", "open"))
        self.assertEqual(again.refund_id, refund)
        again._decide("by_hand", "现金退还")

    def test_paid_by_hand(self):
        """REFUNDS: by hand, with a note: not free for another refund, and Odoo's
        transaction does not say that the gateway paid."""
        refund, row = self._abnormal()
        with self.assertRaises(UserError):
            row._decide("by_hand", " ")
        row._decide("by_hand", "现金退还")
        self.assertEqual((row.state, refund.state), ("by_hand", "by_hand"))
        self.assertEqual(refund.transaction_id.state, "cancel")
        self.assertIn("现金退还", refund.transaction_id.state_message)
        self.assertEqual(refund.intent_id.reserved_fen, 4000)
        with self.assertRaises(ValidationError):
            self.refunds._plan(refund.intent_id, 6001)

    def test_failed_refund_paid_by_hand(self):
        """FAULT-50: refused, then paid by hand: it counts as given back."""
        intent = self._paid()
        self.simulator.faults.add("alipay.trade.refund", "no_money")
        refund = self.refunds._plan(intent, 4000)
        self._run("refund")
        row = intent.quarantine_ids
        self.assertFalse(row.can_redirect)
        with self.assertRaises(UserError):
            row._decide("redirected", "x")
        row._decide("by_hand", "bank transfer")
        self.assertEqual(refund.state, "by_hand")
        self.assertEqual(intent.reserved_fen, 4000)

    def test_by_hand_after_another_refund(self):
        """FAULT-46: refused, given back by another refund, and by hand as well: no."""
        intent = self._paid()
        self.simulator.faults.add("alipay.trade.refund", "no_money")
        self.refunds._plan(intent, 4000)
        self._run("refund")
        self.refunds._plan(intent, 8000)
        with self.assertRaises(ValidationError):
            intent.quarantine_ids._decide("by_hand", "x")

    def test_form(self):
        """REFUNDS: the form of the decision offers what can be done."""
        _refund, row = self._abnormal()
        wizard = self.env["o2o.payment.decision"].create(
            {"quarantine_id": row.id, "reason": "x"}
        )
        self.assertTrue(wizard.can_redirect and wizard.can_pay_by_hand)
        wizard.action_by_hand()
        self.assertEqual(row.state, "by_hand")

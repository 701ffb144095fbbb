from uuid import uuid4

from odoo import fields
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
        """PAY-02, FAULT-48: WeChat Pay brings it to the shop's account, when it is told
        to; the payer has it when a person has paid it by hand, not before."""
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
        self.assertEqual((refund.state, refund.is_at_shop), ("abnormal", True))
        self.assertEqual(refund.transaction_id.state, "pending")
        self.assertEqual(refund.intent_id.reserved_fen, 4000)
        # the payer has nothing yet: paid by hand, and nothing else
        owed = refund.intent_id.quarantine_ids - row
        self.assertEqual((owed.kind, owed.state), ("refund_at_shop", "open"))
        self.assertFalse(owed.can_redirect)
        for decision in ("redirected", "ignored", "accepted", "refunded"):
            with self.assertRaises(UserError, msg=decision):
                owed._decide(decision, "x")
        owed._decide("by_hand", "现金退还")
        self.assertEqual((owed.state, refund.state), ("by_hand", "by_hand"))
        self.assertEqual(refund.transaction_id.state, "cancel")
        # told once more, it is no second refund
        self._hear_of(refund)
        self.assertEqual(refund.intent_id.quarantine_ids, row | owed)

    # === NEWS AFTER THE END === #

    def _hear_of(self, refund):
        """A notification that it was given back, looked at."""
        now = fields.Datetime.now()
        event = self.events.create(
            {
                "provider_id": refund.provider_id.id,
                "company_id": refund.company_id.id,
                "key": f"again/{refund.refund_no}/{uuid4()}",
                "kind": "refund",
                "out_no": refund.intent_id.out_no,
                "refund_no": refund.refund_no,
                "claimed_fen": refund.amount_fen,
                "claimed_currency": "CNY",
                "received_at": now,
                "next_at": now,
            }
        )
        self._run("event")
        self.assertEqual(event.state, "applied", event.failure)

    def _failed(self):
        """A refund that was refused here, and made at the gateway all the same."""
        intent = self._paid()
        self.simulator.faults.add("alipay.trade.refund", "no_money")
        refund = self.refunds._plan(intent, 4000)
        self._run("refund")
        self.assertEqual(refund.state, "failed")
        return refund, intent.quarantine_ids

    def test_failed_and_given_back_after_all(self):
        """FAULT-48: news of a refund that failed here: asked about, and a person is
        told; a notification alone moves nothing."""
        refund, row = self._failed()
        self._hear_of(refund)
        self.assertEqual(refund.intent_id.quarantine_ids, row)
        refund._send()
        self._hear_of(refund)
        case = refund.intent_id.quarantine_ids - row
        self.assertEqual((case.kind, case.found_fen), ("refund_after_all", 4000))
        self.assertEqual(refund.state, "failed")

    def test_by_hand_and_given_back_after_all(self):
        """FAULT-48: paid by hand, then by the gateway too: a person is told."""
        refund, row = self._failed()
        row._decide("by_hand", "x")
        refund._send()
        self._hear_of(refund)
        case = refund.intent_id.quarantine_ids - row
        self.assertEqual((case.kind, case.state), ("refund_after_all", "open"))

    def test_abnormal_and_given_back_after_all(self):
        """FAULT-48: it has reached the payer after all: done, and the case closes."""
        refund, row = self._abnormal()
        self.simulator.wechat.settle_refund(refund.refund_no, "SUCCESS")
        self._hear_of(refund)
        self.assertEqual((refund.state, row.state), ("done", "accepted"))
        self.assertEqual(refund.transaction_id.state, "done")

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

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.o2o_order.models.payment_transaction import CLOSED, UNKNOWN

from ..lib.o2o_gateway.outcome import ok
from ..lib.o2o_gateway.results import Payment, PaymentState
from .common import PaymentCase


@tagged("post_install", "-at_install")
class TestQuarantine(PaymentCase):
    """PAY-02, PAY-08: a person decides."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.person = new_test_user(
            cls.env, "o2o_payments", "o2o_payment.o2o_payment_group_manager"
        )
        cls.clerk = new_test_user(
            cls.env, "o2o_clerk", "o2o_payment.o2o_payment_group_user"
        )

    def _held(self, found_fen=4000):
        intent = self._start()
        self._module(self.alipay).ledger.find(intent.out_no).amount_fen = found_fen
        self._pay(intent)
        strange = ok(Payment(PaymentState.PAID, intent.out_no, amount_fen=found_fen))
        with patch.object(
            self.alipay._o2o_get_client(), "query", lambda number: strange
        ):
            self._make_due(intent)
            self._run("intent")
        return intent.quarantine_ids

    def _decide(self, row, decision, reason="与顾客核对过", user=None):
        wizard = (
            self.env["o2o.payment.decision"]
            .with_user(user or self.person)
            .create({"quarantine_id": row.id, "reason": reason})
        )
        return getattr(wizard, f"action_{decision}")()

    def test_accept_books_what_has_come(self):
        """FAULT-27: a person takes another amount for it; no more is booked."""
        row = self._held()
        self._decide(row, "accept")
        intent = row.intent_id
        self.assertEqual((row.state, intent.state), ("accepted", "paid"))
        self.assertEqual(intent.transaction_id.state, "done")
        self.assertEqual(intent.transaction_id.amount, 40.0)
        self.assertEqual(row.decided_by_id, self.person)
        # decided days later, it is booked when it had come
        self.assertEqual(intent.paid_at, row.create_date)

    def test_refund_gives_all_of_it_back(self):
        """FAULT-27: what has come goes back, the attempt is never paid."""
        row = self._held()
        self._decide(row, "refund")
        self._run("refund")
        trade = self.simulator.alipay.ledger.find(row.intent_id.out_no)
        self.assertEqual(trade.refunded_fen, 4000)
        self.assertEqual((row.state, row.intent_id.state), ("refunded", "held"))
        self.assertEqual(row.intent_id.transaction_id.state, "draft")

    def test_claim_of_a_notification_is_not_accepted(self):
        """FAULT-27: given back by what was asked: what was told of the same payment
        cannot make it paid any more, and never could."""
        row = self._held()
        intent = row.intent_id
        self._tell(intent, "wrong_amount")
        self._run("event")
        claim = intent.quarantine_ids - row
        self.assertTrue(claim.event_id)
        self.assertFalse(claim.can_accept or claim.can_refund)
        self._decide(row, "refund")
        with self.assertRaises(UserError):
            self._decide(claim, "accept")
        self.assertEqual(intent.state, "held")

    def test_given_back_is_not_accepted(self):
        """FAULT-27: two rows of one payment: what went back is not paid."""
        row = self._held()
        second = row.copy({"key": "second"})
        self.assertTrue(second.can_accept)
        self._decide(row, "refund")
        for decision in ("accept", "refund"):
            with self.assertRaises(UserError):
                self._decide(second, decision)

    def test_decided_lets_the_order_go_on(self):
        """FAULT-27: given back: the order that waits does not wait for ever."""
        row = self._held()
        transaction = row.intent_id.transaction_id
        self.assertEqual(transaction._o2o_close_payment(), UNKNOWN)
        self._decide(row, "refund")
        self.assertEqual(transaction._o2o_close_payment(), CLOSED)

    def test_note_only_does_nothing(self):
        """FAULT-27: it was looked at, and said why."""
        row = self._held()
        self._decide(row, "ignore")
        self.assertEqual((row.state, row.intent_id.state), ("ignored", "held"))
        self.assertFalse(row.activity_ids)

    def test_decided_once_with_a_reason(self):
        """FAULT-27: no decision without a reason, none twice."""
        row = self._held()
        with self.assertRaises(UserError):
            self._decide(row, "accept", reason="  ")
        self._decide(row, "accept")
        with self.assertRaises(UserError):
            self._decide(row, "refund")

    def test_only_who_is_in_charge(self):
        """FAULT-27: others see the list and decide nothing."""
        row = self._held()
        row.with_user(self.clerk).read(["state"])
        with self.assertRaises(AccessError):
            self._decide(row, "accept", user=self.clerk)
        with self.assertRaises(AccessError):
            row.with_user(self.clerk)._decide("accepted", "x")
        for user in (self.clerk, self.person):
            with self.assertRaises(AccessError):
                row.with_user(user).write({"state": "accepted"})
            with self.assertRaises(AccessError):
                row.intent_id.with_user(user).write({"state": "paid"})
            with self.assertRaises(AccessError):
                row.intent_id.with_user(user).read(["token"])

    def test_strangers_see_nothing(self):
        """PAY-08: neither cashiers nor members read payments of others."""
        row = self._held()
        cashier = new_test_user(
            self.env, "o2o_till", "base.group_user,point_of_sale.group_pos_user"
        )
        portal = new_test_user(self.env, "o2o_portal", "base.group_portal")
        for user in (cashier, portal):
            for record in (row, row.intent_id):
                with self.assertRaises(AccessError):
                    record.with_user(user).read(["state"])

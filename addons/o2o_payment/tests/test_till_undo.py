"""A payment at a till that is undone while somebody else hears that it is paid."""

from unittest.mock import patch
from uuid import uuid4

from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..lib.o2o_gateway.outcome import ok
from ..lib.o2o_gateway.results import Payment, PaymentState
from ..lib.o2o_gateway.secret import Secret
from ..models.o2o_payment_intent_till import CHARGE_SECONDS
from .common_till import TillCase


@tagged("post_install", "-at_install")
class TestTillUndo(TillCase):
    """PAY-02: what is undone is not charged."""

    def _trade(self, intent):
        return self._module(intent.provider_id).ledger.find(intent.out_no)

    def _waiting(self):
        """The customer is asked for a password."""
        self.simulator.faults.add("alipay.trade.pay", "ask_payer")
        return self._charge()

    def _meanwhile(self, method, action, before=True):
        """Let somebody else act while the gateway is asked."""
        client = self.alipay._o2o_get_client()
        call = getattr(client, method)

        def called(*args):
            if before:
                action()
                return call(*args)
            outcome = call(*args)
            action()
            return outcome

        return patch.object(client, method, called)

    def test_undo_is_wanted_while_it_is_asked(self):
        """FAULT-33: a notification's job hears "paid", and the money goes back
        meanwhile: the answer is of before, so it is not paid."""
        intent = self._pay(self._waiting())

        def give_up():
            intent._want_closed()
            intent.flush_recordset()

        with self._meanwhile("query", give_up, before=False):
            self._make_due(intent)
            self._run("intent")
        self.assertEqual(intent.state, "waiting")
        self.assertTrue(intent.next_at)
        self._make_due(intent)
        self._run("intent")
        self.assertEqual(intent.state, "closed")
        self.assertEqual(self._trade(intent).refunded_fen, 20000)

    def test_decided_before_it_is_undone(self):
        """FAULT-32: that it is undone is written before the gateway hears of it."""
        intent = self._waiting()
        seen = []
        with (
            self._meanwhile("cancel", lambda: seen.append(intent.is_close_wanted)),
            self._after(seconds=60),
        ):
            self._make_due(intent)
            self._run("intent")
        self.assertEqual(seen, [True])
        self.assertEqual(intent.state, "closed")

    def test_undone_although_paid_is_for_a_person(self):
        """FAULT-32: paid here, undone at the gateway: never silent."""
        intent = self._charge()
        due_at = intent.next_at
        self.assertTrue(due_at)
        intent._act_on(ok(Payment(PaymentState.CLOSED, intent.out_no)))
        row = self.quarantine.search([("key", "=", f"{intent.out_no}/undone")])
        self.assertEqual((row.kind, row.expected_fen), ("till", 20000))
        self.assertEqual((intent.state, intent.next_at), ("paid", due_at))

    def test_late_answer_keeps_the_look_for_a_sale(self):
        """FAULT-55: an older "waiting" arrives after "paid": it is still looked at."""
        intent = self._charge()
        due_at = intent.next_at
        intent._act_on(ok(Payment(PaymentState.WAITING, intent.out_no)))
        self.assertEqual((intent.state, intent.next_at), ("paid", due_at))

    def test_undone_and_the_answer_is_lost(self):
        """PAY-02: money that may have gone back is not called paid: UnionPay says
        "paid" of a payment whose void it has done. Asked again, it is closed."""
        for fault in ("lost_after", "lost_before"):
            with self.subTest(fault):
                self.order_uuid, self.line_uuid = str(uuid4()), str(uuid4())
                self.simulator.faults.add("unionpay.pay", "ask_payer")
                intent = self._pay(self._charge(self.unionpay))
                intent._want_closed()
                self.simulator.faults.add("unionpay.void", fault)
                self._make_due(intent)
                self._run("intent")
                self.assertIn(intent.state, ("waiting", "unknown"))
                self._make_due(intent)
                self._run("intent")
                self.assertEqual(intent.state, "closed", intent.failure)
                trade = self._trade(intent)
                self.assertEqual(trade.refunded_fen, trade.amount_fen)

    def test_undone_when_the_gateway_is_too_busy(self):
        """PAY-02, FAULT-39: "asked too often" decides nothing: it is undone later, and
        not sold because nobody could undo it just now."""
        intent = self._pay(self._waiting())
        intent._want_closed()
        self.simulator.faults.add("alipay.trade.cancel", "rate_limit")
        self._make_due(intent)
        self._run("intent")
        self.assertEqual((intent.state, intent.paid_fen), ("waiting", 0))
        self._make_due(intent)
        self._run("intent")
        self.assertEqual(intent.state, "closed", intent.failure)
        self.assertEqual(self._trade(intent).refunded_fen, 20000)

    def test_undone_and_the_gateway_tires_of_questions(self):
        """PAY-02, FAULT-39: the void is done and its answer lost; then UnionPay refuses
        the question before the next one, "asked too often": that is no refusal of the
        void, after which the payment would be called paid."""
        self.simulator.faults.add("unionpay.pay", "ask_payer")
        intent = self._pay(self._charge(self.unionpay))
        intent._want_closed()
        self.simulator.faults.add("unionpay.void", "lost_after")
        self._make_due(intent)
        self._run("intent")
        self.simulator.faults.add("unionpay.query", "too_often")
        self._make_due(intent)
        self._run("intent")
        self.assertEqual(intent.paid_fen, 0)
        self.assertIn(intent.state, ("waiting", "unknown"))
        self._make_due(intent)
        self._run("intent")
        self.assertEqual(intent.state, "closed", intent.failure)
        self.assertEqual(self._trade(intent).refunded_fen, 20000)

    def test_undone_and_its_payment_is_told_late(self):
        """PAY-02, FAULT-25: given up, voided, closed; then UnionPay's notification of
        the payment arrives, and a query says "paid" as well. It stays closed."""
        self.simulator.faults.add("unionpay.pay", "ask_payer")
        intent = self._pay(self._charge(self.unionpay))
        intent._want_closed()
        self._make_due(intent)
        self._run("intent")
        self.assertEqual(intent.state, "closed", intent.failure)
        self._tell(intent)
        self._run("event")
        event = self.events.search([("out_no", "=", intent.out_no)])
        self.assertEqual(event.mapped("state"), ["applied"])
        self.assertEqual((intent.state, intent.paid_fen), ("closed", 0))
        trade = self._trade(intent)
        self.assertEqual(trade.refunded_fen, trade.amount_fen)
        self.assertEqual(len(trade.refunds), 1)

    def test_charged_after_it_was_given_up(self):
        """PAY-02, FAULT-26: nothing was there to cancel, and then the charge arrives
        after all: nobody wants it any more, and it goes back at once."""
        for provider, route in (
            (self.alipay, "alipay.trade.pay"),
            (self.wechat, "wechat.codepay"),
            (self.unionpay, "unionpay.pay"),
        ):
            with self.subTest(route):
                self.order_uuid, self.line_uuid = str(uuid4()), str(uuid4())
                self.simulator.faults.add(route, "ask_payer")
                intent = self._pay(self._charge(provider))
                intent._enter("closed")
                intent.is_close_wanted = True
                self._tell(intent)
                self._run("event")
                self.assertEqual(intent.state, "closed", intent.failure)
                trade = self._trade(intent)
                self.assertEqual(trade.refunded_fen, trade.amount_fen)

    def test_cancelled_before_it_is_charged(self):
        """FAULT-33: cancelled while its charge is on its way: it is not charged."""
        code = self._scan()
        out_no = self._plan_at_till(code)["payment"]["out_no"]
        self._call("pos_cancel", out_no)
        answer = self._call("pos_charge", out_no, code)
        self.assertEqual(answer["state"], "new")
        self.assertFalse(
            [it for it in self.simulator.alipay.ledger.trades() if it.out_no == out_no]
        )

    def test_planned_and_never_charged(self):
        """FAULT-29, 42: the request that charges dies: the job looks, and undoes."""
        code = self._scan()
        out_no = self._plan_at_till(code)["payment"]["out_no"]
        intent = self.intents.search([("out_no", "=", out_no)])
        wait = intent.next_at - fields.Datetime.now()
        self.assertTrue(30 < wait.total_seconds() <= 45, wait)
        # the gateway has it, and the answer is lost with the whole request
        intent._prepare_call()
        order = intent._prepare_order("127.0.0.1", store_no="1", terminal_no="1")
        self.alipay._o2o_get_client().pay_by_code(order, Secret(code))
        with self._after(seconds=50):
            self._run("intent")
        self.assertEqual(intent.state, "closed", intent.failure)
        self.assertEqual(self._trade(intent).refunded_fen, 20000)

    def test_charge_that_arrives_after_its_cancellation(self):
        """PAY-02, FAULT-26: the charge is on its way while the cashier gives up; the
        gateway finds nothing to cancel, takes the money then, and the process dies
        before it hears of it. Nobody tells of a code payment: it is looked at again."""
        code = self._scan()
        out_no = self._plan_at_till(code)["payment"]["out_no"]
        intent = self.intents.search([("out_no", "=", out_no)])
        self._call("pos_cancel", out_no)
        self._make_due(intent)
        self._run("intent")
        self.assertEqual(intent.state, "closed", intent.failure)
        intent._prepare_call()
        order = intent._prepare_order("127.0.0.1", store_no="1", terminal_no="1")
        self.alipay._o2o_get_client().pay_by_code(order, Secret(code))
        self.assertEqual(self._trade(intent).state, "paid")
        for fault in ("lost_before", None):
            if fault:
                self.simulator.faults.add("alipay.trade.cancel", fault)
            with self._after(seconds=CHARGE_SECONDS + 5):
                self._run("intent")
        with self._after(seconds=2 * CHARGE_SECONDS):
            self._run("intent")
        self.assertEqual(intent.state, "closed", intent.failure)
        self.assertEqual(self._trade(intent).refunded_fen, 20000)
        self.assertFalse(intent.next_at)

    def test_one_undecided_payment_of_a_sale(self):
        """FAULT-43: two plans in the same moment: the database takes one."""
        intent = self._waiting()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.cr.savepoint(),
        ):
            intent.copy({"out_no": "P1", "token": "another", "state": "new"})

    def test_account_that_is_live_comes_first(self):
        """PAY-02: an account in test mode does not take a live account's money."""
        live = self.alipay.copy({"name": "Live"})
        # what is live needs keys; here only the choice counts
        self.env.cr.execute(
            "UPDATE payment_provider SET state = 'enabled' WHERE id = %s", [live.id]
        )
        self.env.cr.execute(
            "UPDATE payment_provider SET state = 'test' WHERE id = %s", [self.alipay.id]
        )
        self.env.invalidate_all()
        self.assertEqual(self.till._o2o_get_gateway_provider("alipay"), live)

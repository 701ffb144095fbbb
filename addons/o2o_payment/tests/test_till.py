from unittest.mock import patch
from uuid import uuid4

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..models.o2o_payment_intent_till import MAX_PAUSE
from .common_till import TillCase


@tagged("post_install", "-at_install")
class TestTill(TillCase):
    """PAY-02: the code on a customer's phone, at a till."""

    def _held(self, payment=None):
        domain = [("kind", "in", ("till", "till_no_sale"))]
        if payment:
            domain.append(("key", "=", f"pos.payment/{payment.id}"))
        return self.quarantine.search(domain)

    def test_code_of_each_gateway(self):
        """PAY-02: one box, three kinds of codes: charged at the right gateway."""
        for provider in self.providers:
            with self.subTest(gateway=provider.code):
                line = str(uuid4())
                self.order_uuid = str(uuid4())
                intent = self._charge(provider, line=line)
                self.assertEqual(intent.provider_id, provider)
                if provider == self.unionpay:
                    # accepted, which is not paid
                    self.assertEqual(intent.state, "waiting")
                    self._make_due(intent)
                    self._run("intent")
                self.assertEqual(intent.state, "paid", intent.failure)
                payment = self._sell(line=line)
                self.assertEqual(intent.pos_payment_id, payment)
                self.assertEqual(payment.transaction_id, intent.out_no)
                self.assertFalse(self._held(payment))

    def test_customer_enters_a_password(self):
        """FAULT-31: the customer is asked, and confirms in time."""
        for provider, route in (
            (self.alipay, "alipay.trade.pay"),
            (self.wechat, "wechat.codepay"),
        ):
            with self.subTest(gateway=provider.code):
                self.order_uuid = str(uuid4())
                self.simulator.faults.add(route, "ask_payer")
                intent = self._charge(provider, line=str(uuid4()))
                self.assertEqual(intent.state, "waiting")
                self._pay(intent)
                self._make_due(intent)
                self._run("intent")
                self.assertEqual(intent.state, "paid", intent.failure)

    def test_no_credit_for_a_wallet(self):
        """PAY-05: what tops a wallet up at a till is paid with one's own money; the
        gateway is told."""
        is_for_wallet = patch.object(
            type(self.till),
            "_o2o_is_for_wallet",
            lambda till, order_uuid: order_uuid == self.order_uuid,
        )
        with is_for_wallet:
            for order, takes_credit in (
                (self.order_uuid, False),
                (str(uuid4()), True),
            ):
                intent = self._charge(line=str(uuid4()), order=order)
                trade = self.simulator.alipay.ledger.find(intent.out_no)
                self.assertEqual(trade.takes_credit, takes_credit)

    def test_customer_leaves(self):
        """FAULT-32: nobody confirms: undone at the gateway, and nothing was taken."""
        self.simulator.faults.add("alipay.trade.pay", "ask_payer")
        intent = self._charge()
        with self._after(seconds=60):
            self._make_due(intent)
            self._run("intent")
        self.assertEqual(intent.state, "closed", intent.failure)
        trade = self.simulator.alipay.ledger.find(intent.out_no)
        self.assertEqual(trade.state, "closed")

    def test_lost_answer_blocks_a_second_charge(self):
        """FAULT-29, idea 15: charged, but the answer is lost: unknown, and until it is
        known nothing else of this sale is charged."""
        self.simulator.faults.add("alipay.trade.pay", "lost_after")
        intent = self._charge()
        self.assertEqual(intent.state, "unknown")
        for line in (self.line_uuid, str(uuid4())):
            answer = self._plan_at_till(self._scan(self.wechat), line=line)
            self.assertEqual(answer["status"], "blocked")
            self.assertEqual(answer["payment"]["out_no"], intent.out_no)
        self._make_due(intent)
        self._run("intent")
        self.assertEqual(intent.state, "paid")
        answer = self._plan_at_till(self._scan())
        self.assertEqual(answer["payment"]["out_no"], intent.out_no)
        self.assertEqual(answer["payment"]["state"], "paid")
        self.assertEqual(
            len(self.intents.search([("order_uuid", "=", self.order_uuid)])), 1
        )

    def test_silent_gateway_is_asked_again_in_seconds(self):
        """FAULT-47: nobody at a till waits for the minutes between questions that are
        lost one after the other."""
        self.simulator.faults.add("alipay.trade.pay", "lost_after")
        intent = self._charge()
        self.simulator.faults.add("alipay.trade.query", "lost_before", times=9)
        for _turn in range(9):
            self._make_due(intent)
            self._run("intent")
        self.assertEqual(intent.state, "unknown")
        pause = (intent.next_at - fields.Datetime.now()).total_seconds()
        self.assertLessEqual(pause, MAX_PAUSE)

    def test_charged_twice_is_one_charge(self):
        """FAULT-43, 52: the same request again, after a reload or by Odoo itself."""
        code = self._scan()
        out_no = self._plan_at_till(code)["payment"]["out_no"]
        for _press in range(3):
            self._call("pos_charge", out_no, code)
        [payment] = self._call("pos_look", [self.line_uuid])
        self.assertEqual(payment["state"], "paid")
        trades = self.simulator.alipay.ledger.trades()
        self.assertEqual(len([it for it in trades if it.out_no == out_no]), 1)

    def test_used_code_is_refused(self):
        """FAULT-38: a code that is over: nothing was charged, and the line may go."""
        self.simulator.faults.add("wechat.codepay", "code_expired")
        intent = self._charge(self.wechat)
        self.assertEqual(intent.state, "failed")
        answer = self._plan_at_till(self._scan())
        self.assertEqual((answer["status"], answer["payment"]["state"]), ("ok", "new"))

    def test_no_code_of_ours(self):
        """FAULT-38: a bottle's barcode, a word, an amount that is none."""
        for code in ("6923450657713", "", "abc", None, 5):
            self.assertEqual(self._plan_at_till(code)["status"], "refused")
        for amount in (0, -5, "200", None, True):
            answer = self._plan_at_till(self._scan(), amount)
            self.assertEqual(answer["status"], "refused", amount)
        self.alipay.state = "disabled"
        self.assertEqual(self._plan_at_till(self._scan())["status"], "refused")

    def test_cancel_undoes_a_charge(self):
        """FAULT-33: the cashier gives up while the customer is asked."""
        self.simulator.faults.add("alipay.trade.pay", "ask_payer")
        self.simulator.faults.add("alipay.trade.cancel", "lost_before")
        intent = self._charge()
        self._call("pos_cancel", intent.out_no)
        self._run("intent")
        self.assertEqual(intent.state, "waiting")
        self._make_due(intent)
        self._run("intent")
        self.assertEqual(intent.state, "closed", intent.failure)

    def test_reversal_before_the_sale(self):
        """POS-16: charged, then the line is taken off: the money goes back."""
        intent = self._charge()
        self._call("pos_reverse", intent.out_no)
        self._run("refund")
        trade = self.simulator.alipay.ledger.find(intent.out_no)
        self.assertEqual(trade.refunded_fen, 20000)
        [payment] = self._call("pos_look", [self.line_uuid])
        self.assertTrue(payment["is_given_back"])
        answer = self._plan_at_till(self._scan())
        self.assertEqual(answer["payment"]["state"], "new")
        payment = self._sell()
        self.assertFalse(intent.pos_payment_id)
        self.assertTrue(self._held(payment))

    def test_no_reversal_of_what_was_sold(self):
        """POS-16: what belongs to a sale goes back with the sale only."""
        intent = self._charge()
        self._sell()
        with self.assertRaises(UserError):
            self._call("pos_reverse", intent.out_no)

    def test_faked_line(self):
        """FAULT-54: a till that says "paid" is not believed: held for a person."""
        payment = self._sell(transaction_id="P123", payment_status="done")
        self.assertFalse(payment.transaction_id)
        self.assertEqual(self._held(payment).kind, "till")

    def test_other_amount_and_used_money(self):
        """FAULT-54: money of another amount, or of another sale, covers nothing."""
        intent = self._charge(amount=1.0)
        self.assertTrue(self._held(self._sell(200.0)))
        self.assertFalse(intent.pos_payment_id)
        second = self._charge(line=str(uuid4()))
        first = self._sell(line=second.payment_uuid)
        self.assertEqual(second.pos_payment_id, first)
        again = self._sell(line=str(uuid4()), transaction_id=second.out_no)
        self.assertTrue(self._held(again))
        self.assertEqual(second.pos_payment_id, first)

    def test_same_sale_twice(self):
        """FAULT-52: a sale that is sent again keeps its money."""
        intent = self._charge()
        payment = self._sell()
        payment._o2o_match_intents()
        self.assertEqual(intent.pos_payment_id, payment)
        self.assertFalse(self._held())

    def test_charged_without_a_sale(self):
        """FAULT-55: the browser is gone, the money is here: a person gives it back."""
        intent = self._charge()
        with self._after(minutes=16):
            self._make_due(intent)
            self._run("intent")
        row = self._held()
        self.assertEqual((row.kind, row.intent_id), ("till_no_sale", intent))
        self.assertTrue(row.can_refund)
        self.assertFalse(row.can_accept)
        row._decide("refunded", "顾客已离开")
        self._run("refund")
        trade = self.simulator.alipay.ledger.find(intent.out_no)
        self.assertEqual(trade.refunded_fen, 20000)

    def test_who_may_ask(self):
        """PAY-08: cashiers of the store, at an open till; nobody else."""
        intent = self._charge()
        for user in (self.cashier_far, self.member):
            for method, args in (
                ("pos_plan", (self.order_uuid, self.line_uuid, 1.0, self._scan())),
                ("pos_charge", (intent.out_no, self._scan())),
                ("pos_look", ([self.line_uuid],)),
                ("pos_cancel", (intent.out_no,)),
                ("pos_reverse", (intent.out_no,)),
            ):
                with self.assertRaises(AccessError, msg=f"{user.login} {method}"):
                    self._call(method, *args, user=user)

    def test_other_till_finds_nothing(self):
        """FAULT-56: a number of another till is none here."""
        intent = self._charge()
        other = self.env["pos.config"].create(
            {"name": "Till 2", "o2o_store_id": self.near.id}
        )
        other.payment_method_ids = self.code_method
        other.open_ui()
        self.assertEqual(self._call("pos_look", [self.line_uuid], till=other), [])
        self.assertEqual(self._call("pos_cancel", intent.out_no, till=other), {})
        self.assertEqual(self._call("pos_charge", intent.out_no, "x", till=other), {})

    def test_junk(self):
        """PAY-08: what is no payment of a till is refused."""
        for args in (("x" * 65,), (5,), (["a"],), ("a b",)):
            with self.assertRaises(ValidationError):
                self._call("pos_cancel", *args)
        with self.assertRaises(ValidationError):
            self._call("pos_look", [str(uuid4())] * 51)
        with self.assertRaises(ValidationError):
            self._plan_at_till(self._scan(), order="' OR 1=1")

    def test_code_is_kept_nowhere(self):
        """PAY-08: the code on the phone is in no row and in no log."""
        code = self._scan()
        with self.assertLogs(level="DEBUG") as logs:
            intent = self._charge(code=code)
        text = "\n".join(it for it in logs.output if "odoo.sql_db" not in it)
        self.assertNotIn(code, text)
        self.assertNotIn(code, str(intent.sudo().read()))

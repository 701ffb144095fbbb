"""The shop's own code, shown at a till."""

from unittest.mock import patch
from uuid import uuid4

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..lib.o2o_gateway.outcome import ok, rejected
from ..lib.o2o_gateway.results import Payment, PaymentState
from .common_till import TillCase


@tagged("post_install", "-at_install")
class TestTillShopCode(TillCase):
    def _plan_code(self, provider=None, amount=200.0, line=None):
        gateway = (provider or self.wechat).code.removeprefix("o2o_")
        return self._call(
            "pos_plan_qr", self.order_uuid, line or self.line_uuid, amount, gateway
        )

    def _show(self, provider=None, line=None):
        """A code on the screen; the attempt behind it."""
        answer = self._plan_code(provider, line=line)
        self.assertEqual(answer["status"], "ok", answer)
        shown = self._call("pos_show_code", answer["payment"]["out_no"])
        self.assertTrue(shown["qr"].startswith("data:image/svg+xml"), shown)
        return self.intents.search([("out_no", "=", answer["payment"]["out_no"])])

    def _look_again(self, intent):
        self._make_due(intent)
        self._run("intent")

    def _ledger(self, intent):
        return self._module(intent.provider_id).ledger

    def test_code_of_each_gateway(self):
        """PAY-02: shown, scanned, paid; the sale stands on it."""
        for provider in self.providers:
            with self.subTest(gateway=provider.code):
                line = str(uuid4())
                self.order_uuid = str(uuid4())
                intent = self._show(provider, line)
                self.assertEqual((intent.way, intent.state), ("qr", "waiting"))
                self._look_again(intent)
                self.assertEqual(intent.state, "waiting", intent.failure)
                self._pay(intent)
                self._look_again(intent)
                self.assertEqual(intent.state, "paid", intent.failure)
                payment = self._sell(line=line)
                self.assertEqual(intent.pos_payment_id, payment)

    def test_paid_by_notification(self):
        """PAY-02: the notification comes before the next look."""
        intent = self._pay(self._show())
        self._tell(intent)
        self._run("event")
        self.assertEqual(self._call("pos_look", [self.line_uuid])[0]["state"], "paid")

    def test_same_code_again(self):
        """FAULT-37, 43: a reload, a second tab, a lost answer: one code."""
        intent = self._show(self.alipay)
        text = intent.qr_text
        answer = self._plan_code(self.wechat)
        self.assertEqual(answer["status"], "blocked")
        self.assertEqual(answer["payment"]["out_no"], intent.out_no)
        self.assertTrue(self._call("pos_show_code", intent.out_no)["qr"])
        self.assertEqual(intent.qr_text, text)
        self.assertEqual(
            self.intents.search_count([("order_uuid", "=", self.order_uuid)]), 1
        )

    def test_undecided_code_blocks_the_sale(self):
        """FAULT-29: while one may be paid no other payment of the sale is begun."""
        intent = self._show()
        for plan in (
            self._plan_at_till(self._scan(), line=str(uuid4())),
            self._plan_code(self.alipay, line=str(uuid4())),
        ):
            self.assertEqual(plan["status"], "blocked")
            self.assertEqual(plan["payment"]["out_no"], intent.out_no)

    def test_cancelled(self):
        """FAULT-33: closed at the gateway, the sale is free, and a new code another."""
        intent = self._show()
        self._call("pos_cancel", intent.out_no)
        self.assertFalse(self._call("pos_show_code", intent.out_no)["qr"])
        self._run("intent")
        self.assertEqual(intent.state, "closed", intent.failure)
        self.assertEqual(self._ledger(intent).find(intent.out_no).state, "closed")
        self.assertNotEqual(self._show(), intent)

    def test_paid_while_it_is_cancelled(self):
        """FAULT-37: the customer was quicker: it is paid, and not undone."""
        intent = self._show()
        self._call("pos_cancel", intent.out_no)
        self._pay(intent)
        self._run("intent")
        self.assertEqual(intent.state, "paid")
        self.assertEqual(self._ledger(intent).find(intent.out_no).refunded_fen, 0)

    def test_alipay_code_that_nobody_scanned(self):
        """FAULT-37: Alipay cannot close it. The till is free at once; who pays it all
        the same gets the money back."""
        intent = self._show(self.alipay)
        self._call("pos_cancel", intent.out_no)
        self._run("intent")
        self.assertEqual(intent.state, "closed", intent.failure)
        self.assertTrue(intent.next_at)
        self.assertEqual(self._plan_at_till(self._scan())["status"], "ok")
        self._pay(intent)
        self._tell(intent)
        self._run("event", "refund")
        self.assertEqual((intent.state, intent.reserved_fen), ("paid", 20000))
        self.assertEqual(self._ledger(intent).find(intent.out_no).refunded_fen, 20000)

    def test_given_up_code_is_looked_at_once_more(self):
        """FAULT-37: no notification comes: the look after its time finds the money."""
        intent = self._show(self.alipay)
        self._call("pos_cancel", intent.out_no)
        self._run("intent")
        self._pay(intent)
        with self._after(minutes=4):
            self._run("intent")
        self.assertEqual((intent.state, intent.reserved_fen), ("paid", 20000))

    def test_given_up_code_is_scanned(self):
        """FAULT-37: scanned after it was given up: closed before it is paid."""
        intent = self._show(self.alipay)
        self._call("pos_cancel", intent.out_no)
        self._run("intent")
        self._ledger(intent).scan(intent.out_no)
        self._look_again(intent)
        self.assertEqual(self._ledger(intent).find(intent.out_no).state, "closed")
        self.assertFalse(intent.next_at)

    def test_answer_of_before_it_was_paid(self):
        """FAULT-55: cancelled and paid; an older "not scanned" arrives after that."""
        intent = self._show(self.alipay)
        self._call("pos_cancel", intent.out_no)
        intent._take(
            Payment(PaymentState.PAID, intent.out_no, amount_fen=intent.amount_fen)
        )
        due_at = intent.next_at
        intent._act_on(ok(Payment(PaymentState.ABSENT, intent.out_no)))
        self.assertEqual((intent.state, intent.next_at), ("paid", due_at))

    def test_late_money_of_a_sale_stays(self):
        """FAULT-54: the sale is here without its money: a person decides."""
        intent = self._show(self.alipay)
        self._call("pos_cancel", intent.out_no)
        self._run("intent")
        self._sell()
        self._pay(intent)
        self._look_again(intent)
        self.assertEqual((intent.state, intent.reserved_fen), ("paid", 0))

    def test_unionpay_cannot_be_closed(self):
        """FAULT-37: UnionPay ends it by the clock: until then the sale waits."""
        intent = self._show(self.unionpay)
        self._call("pos_cancel", intent.out_no)
        self._run("intent")
        self.assertTrue(intent._is_open())
        self.assertEqual(self._plan_at_till(self._scan())["status"], "blocked")
        wait = (intent.next_at - intent.write_date).total_seconds()
        self.assertLessEqual(wait, 5)

    def test_nobody_pays(self):
        """FAULT-32: the time is over: closed, also with nobody at the till."""
        intent = self._show()
        self.pos_session.action_pos_session_closing_control()
        with self._after(minutes=2):
            self._look_again(intent)
        self.assertEqual(intent.state, "closed", intent.failure)

    def test_paid_without_a_sale(self):
        """FAULT-55: the till is gone: after a quarter of an hour a person decides."""
        intent = self._pay(self._show())
        self._look_again(intent)
        with self._after(minutes=16):
            self._look_again(intent)
        row = self.quarantine.search([("intent_id", "=", intent.id)])
        self.assertEqual(row.kind, "till_no_sale")

    def test_gateway_gives_no_code(self):
        """FAULT-29, 39: a lost answer is unknown and may be asked for again; a refusal
        is an end."""
        self.simulator.faults.add("wechat.native", "lost_after")
        out_no = self._plan_code()["payment"]["out_no"]
        shown = self._call("pos_show_code", out_no)
        self.assertEqual((shown["payment"]["state"], shown["qr"]), ("unknown", ""))
        shown = self._call("pos_show_code", out_no)
        self.assertEqual(shown["payment"]["state"], "waiting")
        self.assertTrue(shown["qr"])

    def test_gateway_refuses(self):
        """FAULT-39: refused at the first call: nothing can be paid, another may try."""
        out_no = self._plan_code()["payment"]["out_no"]
        client = self.wechat._o2o_get_client()
        refusal = rejected("NO_AUTH", "无权限")
        with patch.object(client, "pay_by_qr", return_value=refusal):
            shown = self._call("pos_show_code", out_no)
        self.assertEqual(shown["payment"]["state"], "failed")
        self.assertTrue(shown["payment"]["reason"])
        self.assertEqual(self._plan_code(self.alipay)["status"], "ok")

    def test_which_gateways(self):
        """PAY-02: what the shop takes is offered; nothing else can be planned."""
        self.unionpay.state = "disabled"
        offered = self._call("pos_gateways")
        self.assertEqual({it["gateway"] for it in offered}, {"alipay", "wechat"})
        for gateway in ("unionpay", "paypal", None, 5, ["alipay"]):
            answer = self._call(
                "pos_plan_qr", self.order_uuid, self.line_uuid, 1.0, gateway
            )
            self.assertEqual(answer["status"], "refused", gateway)

    def test_who_may_ask(self):
        """PAY-08: cashiers of the store; a scanned payment has no code to be shown."""
        intent = self._show()
        for user in (self.cashier_far, self.member):
            for method, args in (
                ("pos_gateways", ()),
                ("pos_plan_qr", (self.order_uuid, self.line_uuid, 1.0, "alipay")),
                ("pos_show_code", (intent.out_no,)),
            ):
                with self.assertRaises(AccessError, msg=f"{user.login} {method}"):
                    self._call(method, *args, user=user)
        self.order_uuid = str(uuid4())
        scanned = self._charge(line=str(uuid4()))
        self.assertEqual(self._call("pos_show_code", scanned.out_no), {})

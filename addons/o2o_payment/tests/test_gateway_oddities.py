"""What gateways answer that is neither yes nor no, and what they sign for."""

from contextlib import nullcontext

from odoo.tests import HttpCase, tagged

from ..controllers import notify
from .common import PaymentCase, SimulatedGateways
from .common_till import TillCase

#: all that a signature, a form or JSON may stumble over
SUBJECT = '茅台 {"53°"} } \\/ & a=b + 100% 🍶 <x>'


@tagged("post_install", "-at_install")
class TestOddAnswers(TillCase):
    def _trade(self, intent):
        return self._module(intent.provider_id).ledger.find(intent.out_no)

    def _charge_anew(self, provider):
        self.order_uuid = self.line_uuid = f"odd-{provider.id}"
        return self._charge(provider)

    def _ask(self, intent):
        self._make_due(intent)
        self._run("intent")

    def test_system_error_on_a_paid_order(self):
        """FAULT-34: charged, and the gateway says "system error": unknown, then asked,
        then paid, and nothing was charged twice."""
        for provider, route, fault in (
            (self.alipay, "alipay.trade.pay", "system_error_after"),
            (self.wechat, "wechat.codepay", "system_error_after"),
            (self.unionpay, "unionpay.pay", "pending_after"),
        ):
            with self.subTest(gateway=provider.code):
                self.simulator.faults.add(route, fault)
                intent = self._charge_anew(provider)
                self.assertIn(intent.state, ("unknown", "waiting"))
                answer = self._plan_at_till(self._scan())
                self.assertEqual(answer["status"], "blocked")
                self._ask(intent)
                self.assertEqual(intent.state, "paid", intent.failure)
                self.assertEqual(self._trade(intent).refunded_fen, 0)

    def test_number_is_in_use(self):
        """FAULT-36: the gateway has this number with another amount: never taken for
        this payment; what it holds is for a person."""
        for provider in (self.alipay, self.wechat):
            with self.subTest(gateway=provider.code):
                self.order_uuid = self.line_uuid = f"used-{provider.id}"
                code = self._scan(provider)
                out_no = self._plan_at_till(code)["payment"]["out_no"]
                ledger = self._module(provider).ledger
                ledger.open(out_no, 500, "another", way="code")
                ledger.pay(out_no)
                answer = self._call("pos_charge", out_no, code)
                self.assertEqual(answer["state"], "unknown")
                intent = self.intents.search([("out_no", "=", out_no)])
                self._ask(intent)
                self.assertEqual(intent.state, "held")
                row = intent.quarantine_ids
                self.assertEqual((row.kind, row.found_fen), ("amount", 500))
                payment = self._sell(line=self.line_uuid)
                self.assertFalse(intent.pos_payment_id)
                self.assertFalse(payment.transaction_id)

    def test_nobody_listens(self):
        """FAULT-40: the gateway cannot be reached: certain that nothing was charged,
        so the line may go; a refund waits and is sent later."""
        paid = self._paid(self.wechat)
        refund = self.refunds._plan(paid, 4000)
        url = self.wechat.o2o_simulator_url
        self.wechat.o2o_simulator_url = "http://127.0.0.1:9"
        intent = self._charge_anew(self.wechat)
        self.assertEqual(intent.state, "failed", intent.failure)
        self._run("refund")
        self.assertEqual(refund.state, "sending")
        self.assertEqual(paid.reserved_fen, 4000, "it is still promised")
        self.wechat.o2o_simulator_url = url
        for _turn in range(2):
            self._make_due(refund)
            self._run("refund")
        self.assertEqual(refund.state, "done", refund.failure)
        self.assertEqual(self._trade(paid).refunded_fen, 4000)

    def test_refund_without_a_change_of_funds(self):
        """FAULT-49: Alipay says "nothing moved by this call": asked, then done."""
        intent = self._paid(self.alipay)
        self.simulator.faults.add("alipay.trade.refund", "no_change")
        refund = self.refunds._plan(intent, 4000)
        self._run("refund")
        self.assertEqual(refund.state, "pending")
        self._make_due(refund)
        self._run("refund")
        self.assertEqual(refund.state, "done", refund.failure)
        self.assertEqual(self._trade(intent).refunded_fen, 4000)


@tagged("post_install", "-at_install")
class TestOddTexts(PaymentCase):
    def test_any_subject(self):
        """FAULT-14, 15: what a product is called comes back in notifications and
        answers; signatures hold, and the payment is found."""
        for provider in self.providers:
            with self.subTest(gateway=provider.code):
                intent = self._plan(provider)
                intent.subject = SUBJECT
                self._pay(self._go(intent))
                _answer, is_believed = self._tell(intent)
                self.assertTrue(is_believed)
                self._run("event")
                self.assertEqual(intent.state, "paid", intent.failure)

    def test_clock_that_is_off(self):
        """FAULT-41: the button that checks the settings names the clock. What is sent
        is of Beijing, although Odoo's own time is UTC (``test_core.py``)."""
        advance = self.simulator.clock.advance
        for seconds in (600, 8 * 3600):
            advance(seconds)
            try:
                found = self.alipay._o2o_find_problems()
            finally:
                advance(-seconds)
            self.assertTrue(found)
            self.assertIn("clock", " ".join(found))
        self.assertFalse(self.alipay._o2o_find_problems())


@tagged("post_install", "-at_install")
class TestOddNotifications(SimulatedGateways, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._start_gateways()

    def setUp(self):
        super().setUp()
        self.addCleanup(self.simulator.faults.clear)
        notify._refusals.clear()

    def _jobs(self):
        # HttpCase is in test mode from the start
        return nullcontext()

    def _post(self, provider, body, headers):
        return self.url_open(
            f"/o2o/payment/notify/{provider.id}", data=body, headers=headers
        ).status_code

    def test_signed_by_somebody_else(self):
        """FAULT-10, 11, 12: UnionPay's notifications bring their certificate: one of
        another authority, of another customer of the right one, and one that is over
        are refused and not kept."""
        for fault in ("wrong_key", "wrong_name", "expired"):
            with self.subTest(fault=fault):
                intent = self._pay(self._start(self.unionpay))
                if fault == "wrong_key":
                    letter = self._letter(intent, fault)
                else:
                    self.simulator.faults.add("unionpay.notify", fault)
                    letter = self._letter(intent)
                status = self._post(
                    self.unionpay,
                    letter.body,
                    {"Content-Type": letter.content_type, **letter.headers()},
                )
                self.assertGreaterEqual(status, 400)
                self.assertFalse(self.events.search([("out_no", "=", intent.out_no)]))
                self._run("event")
                self.assertEqual(intent.state, "waiting")

    def test_not_of_now(self):
        """FAULT-17: a notification that was signed long ago is sent once more by
        somebody: refused, and not kept."""
        intent = self._pay(self._start(self.wechat))
        letter = self._letter(intent, "old")
        status = self._post(self.wechat, letter.body, dict(letter.headers()))
        self.assertGreaterEqual(status, 400)
        self.assertFalse(self.events.search([("out_no", "=", intent.out_no)]))

    def test_refund_told_by_an_older_interface(self):
        """FAULT-22: WeChat Pay tells of a refund in XML of version 2, when only the
        merchant console has an address: refused, and nothing moves."""
        intent = self._paid(self.wechat)
        refund = self.refunds._plan(intent, 4000)
        self._run("refund")
        module = self.simulator.wechat
        note = module.refunds[refund.refund_no]
        note.notify_url, module.postbox.console_url = "", "http://127.0.0.1:9/"
        letter = module.postbox.refund_letter(note)
        module.postbox.console_url = ""
        self.assertIn(b"<xml>", letter.body)
        before = self.events.search_count([])
        status = self._post(self.wechat, letter.body, {"Content-Type": "text/xml"})
        self.assertGreaterEqual(status, 400)
        self.assertEqual(self.events.search_count([]), before)
        self.assertEqual((intent.reserved_fen, refund.state), (4000, "done"))

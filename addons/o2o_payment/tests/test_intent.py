from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PaymentCase

ALL = ("alipay", "wechat", "unionpay")


@tagged("post_install", "-at_install")
class TestIntent(PaymentCase):
    def test_number_is_legal_and_used_once(self):
        """PAY-02: every attempt has a number of its own, which gateways take."""
        first, second = self._plan(), self._plan()
        self.assertRegex(first.out_no, r"^P[0-9A-Z]{24}$")
        self.assertNotEqual(first.out_no, second.out_no)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.cr.savepoint(),
        ):
            second.out_no = first.out_no
            second.flush_recordset()

    def test_amount_is_counted_in_fen(self):
        """PAY-02: 1111.11 yuan are 111111 fen, whatever a float thinks."""
        self.assertEqual(self._plan(amount=1111.11).amount_fen, 111111)
        self.assertEqual(self._plan(amount=0.29).amount_fen, 29)
        with self.assertRaises(ValidationError):
            self._plan(currency_id=self.env.ref("base.JPY").id)

    def test_planned_once(self):
        """PAY-02: a transaction has one attempt, however often its page is rendered."""
        intent = self._plan()
        transaction = intent.transaction_id
        values = transaction._get_specific_rendering_values({})
        self.assertEqual(values, {"api_url": f"/o2o/payment/go/{intent.token}"})
        self.assertEqual(transaction.o2o_intent_ids, intent)

    def test_paid_by_each_gateway(self):
        """PAY-02: paid at the gateway, told, asked, and Odoo's transaction is done."""
        for name in ALL:
            with self.subTest(gateway=name):
                intent = self._paid(getattr(self, name))
                self.assertEqual(intent.state, "paid", intent.failure)
                self.assertEqual(intent.paid_fen, 10000)
                transaction = intent.transaction_id
                self.assertEqual(transaction.state, "done")
                self.assertTrue(transaction.is_post_processed)
                self.assertEqual(transaction.provider_reference, intent.provider_no)
                self.assertFalse(intent.next_at)

    def test_lost_notification_is_found_by_asking(self):
        """FAULT-29: nobody told us; the job asks."""
        for name in ALL:
            with self.subTest(gateway=name):
                intent = self._pay(self._start(getattr(self, name)))
                self._make_due(intent)
                self._run("intent")
                self.assertEqual(intent.state, "paid", intent.failure)

    def test_asks_less_and_less_often(self):
        """PAY-02: pauses grow while the payer is at it, up to the end."""
        intent = self._start()
        now = fields.Datetime.now()
        pauses = []
        for _turn in range(8):
            self._make_due(intent)
            self._run("intent")
            pauses.append(round((intent.next_at - now).total_seconds()))
        self.assertEqual(intent.state, "waiting")
        self.assertLess(pauses[0], pauses[5])
        self.assertLess(pauses[-1], 70)

    def test_silent_gateway_is_asked_again(self):
        """FAULT-30, 39: no answer, and answers that are none, decide nothing."""
        intent = self._pay(self._start())
        for fault in ("lost_before", "lost_after", "html", "empty", "truncated"):
            self.simulator.faults.add("alipay.trade.query", fault)
            self._make_due(intent)
            self._run("intent")
            self.assertEqual(
                (intent.state, intent.transaction_id.state), ("waiting", "draft")
            )
            self.assertTrue(intent.failure)
        self._make_due(intent)
        self._run("intent")
        self.assertEqual(intent.state, "paid")

    def test_forged_answer_is_not_believed(self):
        """FAULT-9, 13: an answer to a query that is not signed says nothing."""
        intent = self._pay(self._start())
        for fault in ("unsigned", "bad_signature", "wrong_key", "other_trade"):
            self.simulator.faults.add("alipay.trade.query", fault)
            self._make_due(intent)
            self._run("intent")
            self.assertEqual(intent.state, "waiting", fault)

    def test_closed_when_its_time_is_over(self):
        """FAULT-37: closed at the gateway first; then nobody can pay it there."""
        intent = self._start(self.wechat)
        with self._after(minutes=32):
            self._make_due(intent)
            self._run("intent")
        self.assertEqual(intent.state, "closed", intent.failure)
        self.assertEqual(intent.transaction_id.state, "cancel")
        trade = self.simulator.wechat.ledger.find(intent.out_no)
        self.assertEqual(trade.state, "closed")

    def test_never_opened_is_closed_by_time(self):
        """FAULT-30: what no gateway has heard of is over when its time is."""
        for name in ("alipay", "wechat"):
            intent = self._plan(getattr(self, name))
            intent._want_closed()
            self._run("intent")
            # the browser may be on its way with the form
            self.assertEqual(intent.state, "new", name)
            with self._after(minutes=32):
                self._make_due(intent)
                self._run("intent")
            self.assertEqual(intent.state, "closed", intent.failure)

    def test_paid_while_we_close(self):
        """FAULT-37: paid in the last second: closing finds the payment."""
        for name in ALL:
            with self.subTest(gateway=name):
                intent = self._pay(self._start(getattr(self, name)))
                intent._want_closed()
                self._run("intent")
                self.assertEqual(intent.state, "paid", intent.failure)
                self.assertEqual(intent.transaction_id.state, "done")

    def test_unionpay_is_closed_by_time_only(self):
        """FAULT-26: UnionPay ends an order by itself; until then it may be paid."""
        intent = self._start(self.unionpay)
        intent._want_closed()
        self._run("intent")
        self.assertEqual(intent.state, "waiting")
        self.assertIn("not_closable", intent.failure)
        self.assertTrue(intent.next_at)

    def test_money_after_the_end_is_money(self):
        """FAULT-26: a payment that succeeds after it was closed is never silent."""
        intent = self._start(self.wechat)
        with self._after(minutes=32):
            self._make_due(intent)
            self._run("intent")
        self.assertEqual(intent.state, "closed")
        trade = self.simulator.wechat.ledger.find(intent.out_no)
        trade.state = "waiting"
        self._pay(intent)
        self._tell(intent)
        self._run("event")
        self.assertEqual(intent.state, "paid")
        self.assertEqual(intent.transaction_id.state, "done")

    def test_over_is_over(self):
        """PAY-02: an address that is too old leads nowhere."""
        intent = self._plan()
        with self._after(minutes=31), self.assertRaises(UserError):
            intent._open(False, "127.0.0.1")

    def test_same_code_when_reloaded(self):
        """FAULT-37: the page is loaded twice, the code is made once."""
        intent = self._start(self.wechat)
        text = intent.qr_text
        self._go(intent)
        self.assertEqual(intent.qr_text, text)
        self.assertEqual(
            len(self.simulator.wechat.ledger.trades()),
            len({trade.out_no for trade in self.simulator.wechat.ledger.trades()}),
        )

    def test_states_go_one_way(self):
        """PAY-02: what is paid stays paid."""
        intent = self._paid()
        with self.assertLogs("odoo.addons.o2o_payment", "WARNING"):
            intent._end("closed")
        self.assertEqual(intent.state, "paid")
        self.assertEqual(intent.transaction_id.state, "done")

    def test_where_credit_cards_may_pay(self):
        """PAY-05: by default for goods and not for wallets; the gateway is told."""
        intent = self._plan(self.alipay)
        self.assertEqual(self.alipay.o2o_credit, "goods")
        is_for_wallet = patch.object(
            type(intent.transaction_id), "_o2o_is_for_wallet", lambda tx: True
        )
        for rule, for_goods, for_wallets in (
            ("all", True, True),
            ("goods", True, False),
            ("none", False, False),
        ):
            with self.subTest(rule=rule):
                self.alipay.o2o_credit = rule
                self.assertEqual(intent._prepare_order().takes_credit, for_goods)
                with is_for_wallet:
                    order = intent._prepare_order()
                    self.assertEqual(order.takes_credit, for_wallets)
        self._go(intent)
        trade = self._module(self.alipay).ledger.find(intent.out_no)
        self.assertFalse(trade.takes_credit, "as it was told last")

    def test_stamp_is_written_once(self):
        """PAY-02: the moment of a number at UnionPay never changes."""
        intent = self._start(self.unionpay)
        stamp = self.env["o2o.payment.stamp"].search([("number", "=", intent.out_no)])
        self.assertEqual(stamp.expires_at, intent.expires_at)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaisesRegex(Exception, "append-only"),
            self.cr.savepoint(),
        ):
            stamp.sent_at = fields.Datetime.add(stamp.sent_at, minutes=1)
            stamp.flush_recordset()

from odoo.tests import tagged

from odoo.addons.o2o_payment.tests.common import SimulatedGateways

from .common import DoorCase


@tagged("post_install", "-at_install")
class TestDoorCode(SimulatedGateways, DoorCase):
    """PAY-03: a code on the courier's phone; only the gateway is believed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._start_gateways()

    def setUp(self):
        super().setUp()
        self.addCleanup(self.simulator.faults.clear)

    def _show(self, row, gateway="alipay", fen=None):
        """Plan a code, and let the gateway make it, as two requests do."""
        fen = row.open_fen if fen is None else fen
        self._take(row, "code", gateway=gateway, amount_fen=fen)
        with self._jobs():
            answer = self.collections.with_user(self.courier)._open_code(
                row.id, "127.0.0.1"
            )
        self.assertTrue(answer["qr"].startswith("data:image"), answer)
        return row.intent_ids[:1]

    def _look(self, row):
        self._make_due(row.intent_ids)
        self._run("intent")

    def test_paid_by_code(self):
        """PAY-03: each gateway's code is paid; the page sees it without the browser."""
        for gateway in ("alipay", "wechat", "unionpay"):
            with self.subTest(gateway):
                row = self._ship()
                intent = self._show(row, gateway)
                self.assertEqual((intent.way, intent.amount_fen), ("qr", 40000))
                self._pay(intent)
                self._look(row)
                self.assertEqual(intent.state, "paid")
                answer = self._press(row, "look")
                self.assertFalse(answer["collection"]["code"])
                self.assertRecordValues(
                    row.payment_ids,
                    [{"way": "qr", "amount_fen": 40000, "user_id": self.courier.id}],
                )
                self._take(row, "finish")
                # nobody carries this money
                self.assertEqual(row.state, "settled")
                self.assertEqual(row.order_id.o2o_payment_state, "paid")
                self.assertEqual(row.order_id.amount_paid, 400.0)

    def test_not_paid_is_not_believed(self):
        """PAY-03: the page may say what it likes: the money is the gateway's word."""
        row = self._ship()
        intent = self._show(row)
        self._look(row)
        self.assertEqual(intent.state, "waiting")
        self.assertFalse(row.payment_ids)
        self.assertEqual(row.order_id.o2o_payment_state, "to_collect")
        self.assertEqual(self._press(row, "finish")["status"], "refused")

    def test_one_code_at_a_time(self):
        """FAULT-28: no second code, no cash and no end while a code is undecided."""
        row = self._ship()
        intent = self._show(row)
        again = self._press(row, "code", gateway="alipay", amount_fen=40000)
        self.assertEqual(again["code_id"], intent.id)
        refused = (
            ("code", {"gateway": "wechat", "amount_fen": 40000}),
            ("code", {"gateway": "alipay", "amount_fen": 100}),
            ("cash", {"received_fen": 40000}),
            ("give_up", {"reason": "不要了"}),
            ("hand_on", {"courier_id": self.cashier.id}),
        )
        for action, values in refused:
            answer = self._press(row, action, **values)
            self.assertEqual(answer["status"], "refused", action)
        self.assertEqual(row.intent_ids, intent)

    def test_code_is_cancelled_and_cash_is_taken(self):
        """PAY-03: cash after all, once the gateway has closed the code."""
        row = self._ship()
        intent = self._show(row)
        answer = self._take(row, "end_code")
        self.assertTrue(answer["collection"]["code"]["is_ending"])
        self.assertEqual(
            self._press(row, "cash", received_fen=40000)["status"], "refused"
        )
        self._look(row)
        # Alipay cannot close what nobody has scanned; it is not paid, it says
        self.assertEqual(intent.state, "waiting")
        answer = self._press(row, "code", gateway="wechat", amount_fen=40000)
        self.assertEqual(answer["status"], "refused")
        self._collect(row)
        self.assertEqual(row.payment_ids.way, "cash")
        self.assertEqual(row.order_id.o2o_payment_state, "paid")

    def test_closed_code_leaves_room_for_another(self):
        """PAY-03: WeChat Pay closes its code: the customer pays by Alipay instead."""
        row = self._ship()
        intent = self._show(row, "wechat")
        self._take(row, "end_code")
        self._look(row)
        self.assertEqual(intent.state, "closed")
        other = self._show(row, "alipay")
        self._pay(other)
        self._look(row)
        self._take(row, "finish")
        self.assertEqual(row.order_id.amount_paid, 400.0)

    def test_in_part_by_code_only(self):
        """FAULT-64: a part by code, the rest never: nobody carries it: it is over."""
        row = self._ship()
        intent = self._show(row, fen=15000)
        self._pay(intent)
        self._look(row)
        self._take(row, "give_up", reason="一瓶破损")
        self.assertEqual((row.state, row.refused_fen), ("settled", 25000))

    def test_half_in_cash(self):
        """PAY-03: a part by code, the rest in cash: together what is due."""
        row = self._ship()
        intent = self._show(row, fen=15000)
        self._pay(intent)
        self._look(row)
        self.assertEqual(row.open_fen, 25000)
        self._collect(row)
        self.assertEqual(row.order_id.amount_paid, 400.0)
        self.assertEqual(row.state, "collected")

    def test_money_that_comes_too_late(self):
        """FAULT-26: a code that was called off is paid all the same: it goes back."""
        row = self._ship()
        intent = self._show(row)
        self._take(row, "end_code")
        self._look(row)
        self._collect(row)
        self._pay(intent)
        self._look(row)
        self.assertEqual(intent.state, "paid")
        refund = row.order_id.o2o_refund_ids
        self.assertRecordValues(
            refund,
            [
                {
                    "amount": 400.0,
                    "reason": "twice",
                    "transaction_id": intent.transaction_id.id,
                }
            ],
        )
        self.assertEqual(row.collected_fen, 40000)
        self._post_process(row)
        self.assertEqual(row.order_id.o2o_refund_ids, refund)

    def test_money_that_comes_after_a_refusal(self):
        """FAULT-26: refused at the door, and the code is paid all the same: the only
        money of the order goes back."""
        row = self._ship()
        intent = self._show(row)
        self._take(row, "end_code")
        self._look(row)
        self._take(row, "give_up", reason="不要了")
        self._pay(intent)
        self._look(row)
        self.assertEqual((intent.state, row.state), ("paid", "refused"))
        self.assertRecordValues(
            row.order_id.o2o_refund_ids,
            [
                {
                    "amount": 400.0,
                    "reason": "late",
                    "transaction_id": intent.transaction_id.id,
                }
            ],
        )
        self.assertFalse(row.payment_ids)

    def test_gateway_is_silent(self):
        """PAY-03: no answer: the page says so, and the same code is asked for again."""
        row = self._ship()
        self._take(row, "code", gateway="alipay", amount_fen=40000)
        self.simulator.faults.add("alipay.trade.precreate", "lost_before")
        with self._jobs():
            courier = self.collections.with_user(self.courier)
            answer = courier._open_code(row.id, "127.0.0.1")
            self.assertFalse(answer["qr"])
            self.assertIn("Nothing was charged", answer["message"])
            answer = courier._open_code(row.id, "127.0.0.1")
        self.assertTrue(answer["qr"])
        self.assertEqual(len(row.intent_ids), 1)

    def test_code_that_was_never_shown(self):
        """FAULT-42: the phone dies before the code is made: it ends by itself."""
        row = self._ship()
        self._take(row, "code", gateway="alipay", amount_fen=40000)
        self.assertTrue(row._get_blocking_codes())
        with self._after(minutes=12):
            self._run("intent")
        self.assertEqual(row.intent_ids.state, "closed")
        self._collect(row)

    def test_unknown_gateway(self):
        """PAY-03: only what the store can take."""
        row = self._ship()
        for gateway in ("bank", "", None, 1):
            answer = self._press(row, "code", gateway=gateway, amount_fen=40000)
            self.assertEqual(answer["status"], "refused")

"""Sales and money at a till that find each other later."""

from odoo.tests import tagged

from .common_till import TillCase


@tagged("post_install", "-at_install")
class TestTillLater(TillCase):
    """PAY-02: neither is lost."""

    def _row(self, payment):
        return self.quarantine.search([("key", "=", f"pos.payment/{payment.id}")])

    def _waiting(self):
        """The customer is asked for a password."""
        self.simulator.faults.add("alipay.trade.pay", "ask_payer")
        return self._charge()

    def _hear_that_it_is_paid(self, intent):
        self._pay(intent)
        self._make_due(intent)
        self._run("intent")
        self.assertEqual(intent.state, "paid", intent.failure)

    def test_forced_by_the_cashier(self):
        """FAULT-59: a cashier calls a payment done that nobody has confirmed: the sale
        stands, a person in charge has to decide, and money that comes later settles
        it, once."""
        intent = self._waiting()
        payment = self._sell(payment_status="force_done")
        self.assertEqual(payment.pos_order_id.state, "paid")
        row = self._row(payment)
        self.assertEqual((row.kind, row.state, row.found_fen), ("till", "open", 0))
        self.assertTrue(row.activity_ids)
        self.assertFalse(payment.transaction_id)
        self._hear_that_it_is_paid(intent)
        self.assertEqual(intent.pos_payment_id, payment)
        self.assertEqual(payment.transaction_id, intent.out_no)
        self.assertEqual(row.state, "accepted")
        self.assertFalse(row.activity_ids)
        self.assertFalse(row.decided_by_id, "nobody has decided it")

    def test_forced_and_never_paid(self):
        """FAULT-59: no money comes: it stays with the person in charge."""
        intent = self._waiting()
        payment = self._sell(payment_status="force_done")
        with self._after(seconds=60):
            self._make_due(intent)
            self._run("intent")
        self.assertEqual(intent.state, "closed", intent.failure)
        self.assertEqual(self._row(payment).state, "open")
        self.assertFalse(intent.pos_payment_id)

    def test_forced_with_another_amount(self):
        """FAULT-59: money of another amount settles nothing."""
        intent = self._waiting()
        payment = self._sell(150.0, payment_status="force_done")
        self._hear_that_it_is_paid(intent)
        self.assertFalse(intent.pos_payment_id)
        self.assertEqual(self._row(payment).state, "open")

    def test_sold_without_a_line_to_the_server(self):
        """FAULT-57: a till without internet sells "paid by code": the sale comes in
        later and stands, its payment is nobody's money, a person is told."""
        payment = self._sell(payment_status="done", transaction_id="OFFLINE")
        self.assertEqual(payment.pos_order_id.state, "paid")
        self.assertEqual(self._row(payment).kind, "till")
        self.assertFalse(payment.transaction_id or payment.payment_ref_no)

    def test_charged_and_the_sale_comes_hours_later(self):
        """FAULT-57: charged while there was a line; the sale was kept by the browser,
        and finds its money although a person was called meanwhile."""
        intent = self._charge()
        with self._after(minutes=16):
            self._make_due(intent)
            self._run("intent")
        row = self.quarantine.search([("intent_id", "=", intent.id)])
        self.assertEqual((row.kind, row.state), ("till_no_sale", "open"))
        payment = self._sell(payment_status="done")
        self.assertEqual(intent.pos_payment_id, payment)
        self.assertFalse(row.can_refund, "what was sold is not given back")
        self.assertEqual(row.state, "accepted")
        self.assertFalse(self._row(payment))

    def test_session_was_closed_meanwhile(self):
        """FAULT-55, 57: the till was closed before the sale came: the money is found
        all the same."""
        intent = self._charge()
        self.pos_session.action_pos_session_closing_control()
        self.assertEqual(self.pos_session.state, "closed")
        self.till.open_ui()
        self.till.current_session_id.set_opening_control(0, None)
        payment = self._sell(payment_status="done")
        self.assertEqual(intent.pos_payment_id, payment)

    def test_success_after_the_session_was_closed(self):
        """FAULT-55: the answer comes when nobody stands at the till any more: for a
        person, who gives it back."""
        intent = self._waiting()
        self.pos_session.action_pos_session_closing_control()
        self._hear_that_it_is_paid(intent)
        with self._after(minutes=16):
            self._make_due(intent)
            self._run("intent")
        row = self.quarantine.search([("intent_id", "=", intent.id)])
        self.assertEqual(row.kind, "till_no_sale")

    def test_no_message_is_needed(self):
        """FAULT-53: a till that hears nothing asks: each look is answered by the row,
        whatever a bus has lost."""
        intent = self._waiting()
        states = []
        for step in (lambda: None, lambda: self._hear_that_it_is_paid(intent)):
            step()
            [payment] = self._call("pos_look", [self.line_uuid])
            states.append(payment["state"])
        self.assertEqual(states, ["waiting", "paid"])
        bus = self.env["bus.bus"].sudo().search([("message", "like", intent.out_no)])
        self.assertFalse(bus, "nothing of it is in a message")

    def test_same_code_at_two_tills(self):
        """FAULT-56: the code of one phone is scanned at two tills: one is paid, the
        other one is refused, and may scan another one."""
        other = self.env["pos.config"].create(
            {"name": "Till 2", "o2o_store_id": self.near.id}
        )
        other.payment_method_ids = self.code_method
        other.open_ui()
        paid_before = self._count_paid()
        code = self._scan()
        intent = self._charge(code=code)
        answer = self._plan_at_till(code, till=other, order="other", line="other")
        out_no = answer["payment"]["out_no"]
        refused = self._call("pos_charge", out_no, code, till=other)
        self.assertEqual((intent.state, refused["state"]), ("paid", "failed"))
        self.assertEqual(self._count_paid(), paid_before + 1)

    def _count_paid(self):
        trades = self.simulator.alipay.ledger.trades()
        return len([it for it in trades if it.state == "paid"])

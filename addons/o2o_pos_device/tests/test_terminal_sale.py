from uuid import uuid4

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_terminal import TerminalTillCase


@tagged("post_install", "-at_install")
class TestTerminalSale(TerminalTillCase):
    """POS-14, POS-16, POS-18: a card payment stands on an approval of the terminal."""

    def test_sale_carries_what_the_terminal_said(self):
        transaction = self._charged()
        payment = self._sell_by_card(card_no="9999", transaction_id="mine")
        self.assertEqual(payment.o2o_transaction_id, transaction)
        self.assertRecordValues(
            payment,
            [
                {
                    "o2o_terminal_name": "Counter",
                    "o2o_card": "621700*********0018",
                    "o2o_trace": transaction.trace,
                    "o2o_ref": transaction.ref,
                    "o2o_batch": "000001",
                    "card_no": "0018",
                    "payment_ref_no": transaction.ref,
                    "payment_method_authcode": "551200",
                    "transaction_id": transaction.uid,
                }
            ],
        )
        self.assertEqual(transaction.payment_id, payment)
        self.assertFalse(self._problems())

    def test_cashier_sees_the_numbers(self):
        self._charged()
        payment = self._sell_by_card()
        self.assertEqual(payment.with_user(self.cashier).o2o_batch, "000001")

    def _assert_problem(self, kind, payment, transaction=None):
        """The sale stands, and a person is told."""
        self.assertEqual(payment.pos_order_id.state, "paid")
        self.assertFalse(payment.o2o_transaction_id)
        self.assertFalse(payment.card_no or payment.transaction_id)
        self.assertEqual(self._problems().kind, kind)
        self.assertEqual(self._problems().payment_id, payment)
        if transaction:
            self.assertFalse(transaction.payment_id)

    def test_forged_sale_without_approval(self):
        """FAULT-54: a till user calls the sync with a card line nobody charged."""
        payment = self._sell_by_card(
            card_no="0018", transaction_id="made up", payment_status="done"
        )
        self._assert_problem("no_approval", payment)

    def test_sale_of_a_declined_or_unknown_charge(self):
        """FAULT-54: a line that waits or was refused is not paid."""
        for state in ("declined", "unknown"):
            uuid = str(uuid4())
            transaction = self._charged(state=state, uuid=uuid)
            payment = self._sell_by_card(uuid=uuid)
            problem = self._problems().filtered(
                lambda problem, payment=payment: problem.payment_id == payment
            )
            self.assertEqual(problem.kind, "no_approval")
            self.assertEqual(problem.transaction_id, transaction)

    def test_sale_of_another_amount(self):
        """An attack: charge 1, sell for 200."""
        transaction = self._charged(1.0)
        self._assert_problem("other_amount", self._sell_by_card(200.0), transaction)

    def test_approval_is_used_once(self):
        """FAULT-54: one approval for two sales."""
        transaction = self._charged()
        first = self._sell_by_card()
        second = self._sell_by_card(uuid=str(uuid4()))
        self.assertEqual(transaction.payment_id, first)
        self.assertEqual(self._problems().kind, "no_approval")
        self.assertEqual(self._problems().payment_id, second)
        transaction.payment_uuid = second.uuid
        self.assertEqual(second._o2o_get_mismatch(transaction), "used")

    def test_approval_of_another_till(self):
        transaction = self._charged()
        transaction.config_id = self._till(self.far)
        self._assert_problem("other_till", self._sell_by_card(), transaction)

    def test_approval_that_was_given_back(self):
        """An attack: charge, void, and sell all the same."""
        transaction = self._charged()
        void = self._transaction(self._ask("pos_reverse", uuid4().hex, self.line_uuid))
        self._sync(self._result(void))
        self._assert_problem("given_back", self._sell_by_card(), transaction)

    def test_forged_refund_without_approval(self):
        """An attack: take the cash of a card refund that never was."""
        self._charged()
        self._assert_problem(
            "no_approval", self._sell_by_card(-200.0, uuid=str(uuid4()))
        )

    def test_refund_carries_its_own_transaction(self):
        self._charged()
        order = self._sell_by_card().pos_order_id
        uuid = str(uuid4())
        void = self._transaction(self._ask("pos_request", "r1", uuid, -200.0, order.id))
        self._sync(self._result(void))
        payment = self._sell_by_card(-200.0, uuid=uuid)
        self.assertEqual(payment.o2o_transaction_id, void)
        self.assertFalse(self._problems())

    def test_late_approval_closes_the_problem(self):
        """FAULT-59: a cashier went on without the terminal's answer; it came."""
        transaction = self._charged(state="unknown")
        payment = self._sell_by_card()
        self.assertEqual(self._problems().state, "open")
        self._sync(self._result(transaction))
        self.assertEqual(payment.o2o_transaction_id, transaction)
        self.assertEqual(payment.card_no, "0018")
        self.assertEqual(self._problems().state, "solved")

    def test_charge_without_a_sale_is_told_when_the_till_closes(self):
        """FAULT-55, 57: told to a person, until the sale comes after all."""
        transaction = self._charged()
        self.pos_session.action_pos_session_closing_control()
        self.assertEqual(self.pos_session.state, "closed")
        self.assertEqual(self._problems().kind, "no_sale")
        self.assertEqual(self._problems().transaction_id, transaction)
        # a sale of a till that had no network arrives after all
        self.till.open_ui()
        self.till.current_session_id.set_opening_control(0, None)
        self._sell_by_card()
        self.assertEqual(self._problems().state, "solved")

    def test_till_that_gave_its_charge_back_closes_without_a_problem(self):
        self._charged()
        void = self._transaction(self._ask("pos_reverse", uuid4().hex, self.line_uuid))
        self._sync(self._result(void))
        self.pos_session.action_pos_session_closing_control()
        self.assertFalse(self._problems())

    def test_closing_the_till_settles_the_batch(self):
        """POS-09: once, and only when there is something to settle."""
        self._charged()
        self._sell_by_card()
        self.pos_session.action_pos_session_closing_control()
        settle = self.terminal.transaction_ids.filtered(lambda tx: tx.op == "settle")
        self.assertEqual(len(settle), 1)
        self._sync(self._result(settle, amount_fen=20000))
        self.assertFalse(settle.settlement_id.difference)
        self.till.open_ui()
        self.till.current_session_id.action_pos_session_closing_control()
        self.assertEqual(
            self.terminal.transaction_ids.filtered(lambda tx: tx.op == "settle"),
            settle,
        )

    def test_terminal_that_is_settled_by_hand(self):
        self.terminal.is_settled_at_closing = False
        self._charged()
        self._sell_by_card()
        self.pos_session.action_pos_session_closing_control()
        self.assertNotIn("settle", self.terminal.transaction_ids.mapped("op"))

    def test_busy_terminal_keeps_no_till_from_closing(self):
        self._charged()
        self._sell_by_card()
        self._charged(state="unknown", uuid=str(uuid4()))
        self.pos_session.action_pos_session_closing_control()
        self.assertEqual(self.pos_session.state, "closed")
        self.assertNotIn("settle", self.terminal.transaction_ids.mapped("op"))

    def test_problem_is_solved_with_words_by_a_manager(self):
        self._sell_by_card()
        problem = self._problems()
        with self.assertRaises(AccessError):
            problem.with_user(self.cashier).action_solve()
        as_manager = problem.with_user(self.manager)
        with self.assertRaises(UserError):
            as_manager.action_solve()
        as_manager.resolution = "Paid in cash afterwards"
        as_manager.action_solve()
        self.assertEqual(
            (problem.state, problem.solved_by_id), ("solved", self.manager)
        )
        with self.assertRaises(UserError):
            problem.unlink()
        self.assertFalse(
            problem.with_user(self.cashier_far).search([("id", "=", problem.id)])
        )

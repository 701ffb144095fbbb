from uuid import uuid4

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from .common_terminal import TerminalTillCase


@tagged("post_install", "-at_install")
class TestTerminalTill(TerminalTillCase):
    """UPAY-01 to 03, POS-12: what a till asks of its terminal."""

    def test_charge_is_a_row_before_the_box_sees_it(self):
        answer = self._charge(88.8)
        self.assertEqual(answer["status"], "ok")
        transaction = self._transaction(answer)
        self.assertRecordValues(
            transaction,
            [
                {
                    "op": "sale",
                    "amount": 88.8,
                    "state": "new",
                    "payment_uuid": self.line_uuid,
                    "config_id": self.till.id,
                    "user_id": self.cashier.id,
                    "handed_at": False,
                }
            ],
        )
        [sent] = self._sync()["terminal_requests"]
        self.assertEqual((sent["uid"], sent["amount_fen"]), (transaction.uid, 8880))
        self.assertTrue(transaction.handed_at)

    def test_same_press_and_same_line_are_one_charge(self):
        """FAULT-52: a lost answer, a reload and a second tab ask again."""
        uid = uuid4().hex
        first = self._ask("pos_request", uid, self.line_uuid, 200.0)
        again = self._ask("pos_request", uid, self.line_uuid, 200.0)
        other = self._charge()
        for answer in (again, other):
            self.assertEqual(answer["status"], "ok")
            self.assertEqual(answer["transaction"]["uid"], first["transaction"]["uid"])

    def test_default_of_a_cashier_approves_nothing(self):
        """PAY-04, PAY-08: the terminal says what it has charged, nobody else."""
        defaults = self.env["ir.default"].with_user(self.cashier)
        for name, value in (("state", "approved"), ("booked_amount", 200.0)):
            defaults.set("o2o.terminal.transaction", name, value, user_id=True)
        sale = self._transaction(self._charge())
        self.assertEqual((sale.state, sale.booked_amount), ("new", 0.0))

    def test_line_that_was_charged_is_never_charged_again(self):
        sale = self._charged()
        answer = self._charge(250.0)
        self.assertEqual(answer["transaction"]["uid"], sale.uid)
        self.assertEqual(answer["transaction"]["amount"], 200.0)

    def test_declined_line_may_try_again(self):
        sale = self._charged(state="declined")
        answer = self._charge()
        self.assertEqual(answer["status"], "ok")
        self.assertNotEqual(answer["transaction"]["uid"], sale.uid)

    def test_repeated_press_of_a_declined_charge_starts_no_new_one(self):
        uid = uuid4().hex
        sale = self._transaction(self._ask("pos_request", uid, self.line_uuid, 200.0))
        self._sync(self._result(sale, "declined"))
        answer = self._ask("pos_request", uid, self.line_uuid, 200.0)
        self.assertEqual(answer["transaction"]["state"], "declined")

    def test_unknown_blocks_the_next_charge_until_it_was_asked_for(self):
        sale = self._charged(state="unknown")
        other = str(uuid4())
        answer = self._charge(uuid=other)
        self.assertEqual(answer["status"], "blocked")
        self.assertEqual(answer["transaction"]["uid"], sale.uid)
        self.assertIn("200.00", answer["message"])
        self._ask("pos_resolve", sale.uid)
        [sent] = self._sync()["terminal_requests"]
        self.assertEqual(sent["action"], "resolve")
        self._sync(self._result(sale, "declined"))
        self.assertEqual(self._charge(uuid=other)["status"], "ok")

    def test_settlement_in_the_way_is_named(self):
        self.terminal._request("settle")
        answer = self._charge()
        self.assertEqual(answer["status"], "blocked")
        self.assertEqual(answer["message"], "The terminal is busy: Settlement.")

    def test_look_tells_the_last_of_each_line(self):
        self._charged(state="declined")
        sale = self._charged()
        found = self._ask("pos_look", [self.line_uuid, str(uuid4())])
        self.assertEqual(
            [(each["uid"], each["state"]) for each in found], [(sale.uid, "approved")]
        )

    def test_cancel_before_the_box_fetched_it_needs_no_box(self):
        answer = self._charge()
        uid = answer["transaction"]["uid"]
        told = self._ask("pos_cancel", uid)
        self.assertEqual((told["state"], told["code"]), ("declined", "cancelled"))
        self.assertEqual(self._sync()["terminal_requests"], [])

    def test_cancel_afterwards_is_the_terminal_s_to_decide(self):
        sale = self._transaction(self._charge())
        self._sync()
        told = self._ask("pos_cancel", sale.uid)
        self.assertEqual(told["state"], "new")
        [sent] = self._sync()["terminal_requests"]
        self.assertEqual(sent["action"], "cancel")
        self._sync(self._result(sale))
        self.assertEqual(self._ask("pos_cancel", sale.uid)["state"], "approved")

    def test_void_on_the_payment_screen(self):
        """UPAY-02: the line may be charged anew afterwards."""
        sale = self._charged()
        uid = uuid4().hex
        for _repeat in range(2):
            answer = self._ask("pos_reverse", uid, self.line_uuid)
            self.assertEqual(answer["transaction"]["op"], "void")
        void = self._transaction(answer)
        self.assertEqual((void.origin_id, void.amount), (sale, 200.0))
        self._sync(self._result(void))
        answer = self._ask("pos_reverse", uid, self.line_uuid)
        self.assertEqual(answer["transaction"]["uid"], void.uid)
        renewed = self._charge()
        self.assertEqual(renewed["transaction"]["op"], "sale")
        self.assertNotEqual(renewed["transaction"]["uid"], sale.uid)

    def test_sold_payment_is_not_voided_on_the_payment_screen(self):
        self._charged()
        self._sell_by_card()
        answer = self._ask("pos_reverse", uuid4().hex, self.line_uuid)
        self.assertEqual(answer["status"], "refused")

    def test_refund_of_a_sale_voids_it_while_the_batch_is_open(self):
        """UPAY-02."""
        sale = self._charged()
        order = self._sell_by_card().pos_order_id
        answer = self._ask("pos_request", "r1", str(uuid4()), -200.0, order.id)
        void = self._transaction(answer)
        self.assertEqual((void.op, void.origin_id), ("void", sale))

    def test_refund_of_a_part_or_after_the_settlement_is_a_refund(self):
        """UPAY-03."""
        sale = self._charged()
        order = self._sell_by_card().pos_order_id
        answer = self._ask("pos_request", "r1", str(uuid4()), -50.0, order.id)
        refund = self._transaction(answer)
        self.assertEqual((refund.op, refund.amount), ("refund", 50.0))
        self._sync(self._result(refund))
        request = self.terminal._request("settle")
        self._sync(self._result(request, amount_fen=20000))
        self.assertTrue(sale.settlement_id)
        answer = self._ask("pos_request", "r2", str(uuid4()), -200.0, order.id)
        self.assertEqual(answer["status"], "refused")
        answer = self._ask("pos_request", "r3", str(uuid4()), -150.0, order.id)
        self.assertEqual(self._transaction(answer).op, "refund")

    def test_what_is_left_of_a_card(self):
        """REFUNDS: a preview knows what a card can get back, asked for or done."""
        self._charged()
        payment = self._sell_by_card()
        self.assertEqual(payment.pos_order_id._o2o_get_tenders(), [payment])
        self.assertEqual(payment._o2o_get_left(), 200.0)
        self._ask("pos_request", "r1", str(uuid4()), -50.0, payment.pos_order_id.id)
        self.assertEqual(payment._o2o_get_left(), 150.0)

    def test_refund_without_a_card_sale_gives_nothing(self):
        """An attack: money to a card for an order that no card paid."""
        self._charged()
        cash = self._sell_by_card(method=self.cash_method, uuid=str(uuid4()))
        for order_id in (cash.pos_order_id.id, None, 10**9, True, "1"):
            answer = self._ask("pos_request", "r1", str(uuid4()), -200.0, order_id)
            self.assertEqual(answer["status"], "refused", order_id)

    def test_amounts_no_terminal_can_charge(self):
        for amount in (0, 0.001, 1e12, float("nan"), float("inf"), "200", True, None):
            answer = self._charge(amount)
            self.assertEqual(answer["status"], "refused", amount)
        self.assertFalse(self.terminal.transaction_ids)

    def test_malformed_keys(self):
        for key in ("", "x" * 65, "a b", "'; --", None, 5, ["a"]):
            with self.assertRaises(ValidationError):
                self._ask("pos_request", key, self.line_uuid, 200.0)
            with self.assertRaises(ValidationError):
                self._ask("pos_request", "abc", key, 200.0)
        for keys in ("abc", ["a"] * 51, [None], {"a": 1}):
            with self.assertRaises(ValidationError):
                self._ask("pos_look", keys)

    def test_only_staff_of_the_store_at_its_own_till(self):
        """Invariant 8."""
        sale = self._charged()
        clerk = new_test_user(self.env, "o2o_clerk", groups="base.group_user")
        for user in (self.cashier_far, clerk, self.manager):
            for method, *args in (
                ("pos_request", "abc", self.line_uuid, 200.0),
                ("pos_reverse", "abc", self.line_uuid),
                ("pos_look", [self.line_uuid]),
                ("pos_cancel", sale.uid),
                ("pos_resolve", sale.uid),
            ):
                with self.assertRaises(AccessError):
                    self._ask(method, *args, user=user)

    def test_other_tills_learn_nothing_of_a_key(self):
        """A cashier of another store names the keys of this one at the own till."""
        sale = self._charged(state="unknown")
        box = self._create_box("Far box", self.far)
        far_till = self._till(self.far)
        far_till.payment_method_ids = self.cash_method.copy({"name": "Far"})
        far_till.open_ui()
        self.env["o2o.terminal"].create(
            {
                "name": "Far",
                "box_id": box.id,
                "host": "192.0.2.8",
                "config_id": far_till.id,
            }
        )
        far = {"user": self.cashier_far, "till": far_till}
        self.assertEqual(self._ask("pos_look", [self.line_uuid], **far), [])
        self.assertEqual(self._ask("pos_cancel", sale.uid, **far), {})
        self.assertEqual(self._ask("pos_resolve", sale.uid, **far), {})
        answer = self._ask("pos_request", sale.uid, str(uuid4()), 1.0, **far)
        self.assertEqual((answer["status"], answer["transaction"]), ("refused", False))

    def test_closed_till_and_till_without_terminal(self):
        self.pos_session.action_pos_session_closing_control()
        self.assertEqual(self.pos_session.state, "closed")
        self.assertEqual(self._charge()["status"], "refused")
        self.terminal.config_id = False
        self.assertEqual(self._charge()["status"], "refused")

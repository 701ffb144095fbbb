from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common_till import DoorTillCase


@tagged("post_install", "-at_install")
class TestHandover(DoorTillCase):
    """POS-15: the till takes what a courier has, once, with both names."""

    def test_list(self):
        """POS-15: who has what, and what is still to be collected."""
        first, second = self._collect(self._ship()), self._ship()
        self._collect_by_card(second)
        third = self._ship()
        answer = self._call("pos_list")
        (courier,) = answer["couriers"]
        self.assertEqual(
            (courier["name"], courier["cash_fen"], courier["slip_count"]),
            ("Courier One", first.due_fen, 1),
        )
        self.assertFalse(courier["is_here"])
        self.assertEqual([row["id"] for row in answer["underway"]], third.ids)
        self._begin()
        self.assertTrue(self._call("pos_list")["couriers"][0]["is_here"])

    def test_all_is_there(self):
        """POS-15: cash is in the session's drawer, the courier's account is even."""
        row = self._collect(self._ship())
        slip = self._ship()
        self._collect_by_card(slip)
        for it in (row, slip):
            self._post_process(it)
        answer = self._take_over(40000)
        self.assertEqual(answer["status"], "ok", answer)
        handover = row.payment_ids.handover_id
        self.assertRecordValues(
            handover,
            [
                {
                    "state": "done",
                    "courier_id": self.courier.id,
                    "cashier_id": self.cashier.id,
                    "expected_fen": 40000,
                    "counted_fen": 40000,
                    "difference_fen": 0,
                    "slip_count": 1,
                    "slip_fen": 40000,
                    "difference_state": "none",
                    "is_same_person": False,
                }
            ],
        )
        self.assertEqual(slip.payment_ids.handover_id, handover)
        self.assertEqual((row | slip).mapped("state"), ["settled", "settled"])
        line = self.pos_session.statement_line_ids
        self.assertEqual(line.amount, 400.0)
        self.assertEqual(self._get_courier_balance(), 0.0)
        self.pos_session.invalidate_recordset()
        self.assertEqual(self.pos_session.cash_register_balance_end, 400.0)

    def test_short(self):
        """FAULT-64: cash is short: a reason, an entry, and head office looks."""
        row = self._collect(self._ship())
        self._post_process(row)
        answer = self._take_over(39800)
        self.assertEqual(answer["status"], "refused")
        self.assertFalse(row.payment_ids.handover_id)
        answer = self._take_over(39800, reason="找零出错")
        self.assertEqual((answer["status"], answer["difference"]), ("ok", -2.0))
        handover = row.payment_ids.handover_id
        self.assertEqual(handover.difference_state, "open")
        self.assertEqual(row.state, "handed_over")
        self.assertEqual(self._get_courier_balance(), 0.0)
        loss = self.company.o2o_courier_journal_id.loss_account_id
        line = handover.move_id.line_ids.filtered(lambda it: it.account_id == loss)
        self.assertEqual(line.balance, 2.0)
        self.assertTrue(handover.activity_ids)
        with self.assertRaises(AccessError):
            handover.with_user(self.cashier)._solve("x")
        self.env["o2o.collection.decision"].with_user(self.head_office_user).create(
            {"handover_id": handover.id, "decision": "solve", "note": "从工资扣"}
        ).action_confirm()
        self.assertEqual((handover.difference_state, row.state), ("solved", "settled"))
        self.assertFalse(handover.activity_ids)

    def test_over(self):
        """FAULT-64: more than it should be is kept apart, too."""
        row = self._collect(self._ship())
        self._post_process(row)
        self.assertEqual(self._take_over(40100, reason="多收")["difference"], 1.0)
        self.assertEqual(self._get_courier_balance(), 0.0)

    def test_twice_is_once(self):
        """FAULT-64: the same money is taken once."""
        row = self._collect(self._ship())
        self._take_over(40000)
        code = row.payment_ids.handover_id.code
        answer = self._call(
            "pos_take",
            self.courier.id,
            {"counted_fen": 40000, "expected_fen": 40000, "code": code},
        )
        self.assertEqual(answer["status"], "refused")
        with self.assertRaisesRegex(Exception, "no money"):
            self._begin()
        self.assertEqual(len(self.pos_session.statement_line_ids), 1)

    def test_code_is_needed(self):
        """POS-15: without the courier nothing is handed over; five tries, fifteen
        minutes."""
        row = self._collect(self._ship())
        self.assertEqual(self._take_over(40000, code="")["status"], "refused")
        handover = self._begin()
        wrong = "000000" if handover.code != "000000" else "111111"
        for _ in range(5):
            answer = self._take_over(40000, code=wrong)
            self.assertEqual(answer["status"], "refused")
        self.assertEqual(
            self._take_over(40000, code=handover.code)["status"], "refused"
        )
        handover = self._begin()
        later = fields.Datetime.add(fields.Datetime.now(), minutes=16)
        with self._at(later):
            answer = self._take_over(40000, code=handover.code)
        self.assertEqual(answer["status"], "refused")
        self.assertFalse(row.payment_ids.handover_id)
        self.assertEqual(self._take_over(40000, code=handover.code)["status"], "ok")

    def test_code_of_a_chinese_keyboard(self):
        """POS-15: full-width digits are digits; what is no number at all is a mistake
        that counts."""
        self._collect(self._ship())
        handover = self._begin(40000)
        for code in ("密码", "\ud800", "x" * 99):
            answer = self._take_over(40000, code=code)
            self.assertEqual(answer["status"], "refused", code)
        self.assertEqual(handover.try_count, 3)
        wide = "".join(chr(ord(it) + 0xFEE0) for it in handover.code)
        self.assertEqual(self._take_over(40000, code=wide)["status"], "ok")

    def test_other_money_meanwhile(self):
        """FAULT-64: what the dialog showed is not what the courier has by now."""
        self._collect(self._ship())
        handover = self._begin(80000)
        self._collect(self._ship())
        answer = self._take_over(40000, handover.code, 40000, reason="less")
        self.assertEqual(answer["status"], "refused")
        answer = self._take_over(80000, code=handover.code, expected=80000)
        self.assertEqual(answer["status"], "ok")

    def test_assign(self):
        """POS-15: the cashier who ships gives the delivery to a courier."""
        row = self._ship(courier=self.env["res.users"])
        answer = self._call("pos_assign", row.id, self.courier.id)
        self.assertEqual((answer["status"], row.courier_id), ("ok", self.courier))
        answer = self._call("pos_assign", row.id, self.cashier_far.id)
        self.assertEqual(answer["status"], "refused")

    def test_other_store(self):
        """POS-15: a cashier of another store sees and takes nothing."""
        row = self._collect(self._ship())
        handover = self._begin()
        with self.assertRaises(AccessError):
            self._call("pos_list", user=self.cashier_far)
        with self.assertRaises(AccessError):
            self._call("pos_list", user=self.courier)
        till = self._till(self.far)
        till.open_ui()
        with self.assertRaisesRegex(Exception, "Open the till first"):
            self._call("pos_list", user=self.cashier_far, till=till)
        till.current_session_id.set_opening_control(0, None)
        answer = self._call(
            "pos_take",
            self.courier.id,
            {"counted_fen": 40000, "expected_fen": 40000, "code": handover.code},
            user=self.cashier_far,
            till=till,
        )
        self.assertEqual(answer["status"], "refused")
        answer = self._call(
            "pos_assign",
            row.id,
            self.cashier_far.id,
            user=self.cashier_far,
            till=till,
        )
        self.assertEqual(answer["status"], "refused")
        self.assertFalse(row.payment_ids.handover_id)

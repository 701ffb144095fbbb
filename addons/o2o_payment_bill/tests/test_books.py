from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import NEXT, BillCase, moment


@tagged("post_install", "-at_install")
class TestBooks(BillCase):
    """PAY-07: one entry for a bill, and the balance that a gateway still owes."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.providers._o2o_prepare_books()
        cls.clearing = cls.wechat.o2o_clearing_account_id
        cls.fees = cls.wechat.o2o_fee_account_id

    def _balance(self, account):
        rows = self.env["account.move.line"]._read_group(
            [("account_id", "=", account.id), ("parent_state", "=", "posted")],
            [],
            ["balance:sum"],
        )
        return round(rows[0][0] or 0.0, 2)

    def test_each_gateway_has_its_own(self):
        """PAY-06: a journal and a clearing account for each; safe to repeat."""
        self.assertEqual(len(self.providers.journal_id), 3)
        self.assertEqual(len(self.providers.o2o_clearing_account_id), 3)
        self.assertEqual(len(self.providers.o2o_fee_account_id), 1)
        self.assertTrue(all(self.providers.o2o_clearing_account_id.mapped("reconcile")))
        journals = self.providers.journal_id
        bank = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1
        )
        self.assertNotIn(bank, journals)
        self.providers._o2o_prepare_books()
        self.assertEqual(self.providers.journal_id, journals)

    def test_what_the_gateway_owes(self):
        """PAY-06: receipts, less refunds, less fees is what is owed to us."""
        intent = self._paid(self.wechat, amount=100.0)
        self._sell_on_website(intent)
        self._run("intent")
        transaction = intent.transaction_id._refund(40.0)
        for _turn in range(3):
            self._make_due(transaction.o2o_refund_row_ids)
            self._run("refund")
        self.assertEqual(transaction.state, "done")
        self.assertEqual(self._balance(self.clearing), 60.0)
        day = self.wechat._o2o_get_day_of(intent.paid_at)
        self._let_days_pass()
        bill = self._fetch(self.wechat, day)
        self.assertFalse(self._open())
        self.assertFalse(bill.books_failure)
        self.assertEqual(self._balance(self.fees), bill.fees)
        self.assertGreater(bill.fees, 0)
        self.assertEqual(self._balance(self.clearing), bill.net)
        account = self.env["o2o.payment.account"].browse(self.wechat.id)
        self.assertEqual(account.with_user(self.reader).balance, bill.net)
        self.assertEqual(account.with_user(self.reader).last_day, day)

    def test_fees_are_booked_once(self):
        """PAY-07: whatever is run again, there is one entry."""
        intent = self._pay_here(10000)
        bill = self._bring([self._row(intent)])
        move = bill.move_id
        self.assertEqual((move.state, move.date), ("posted", bill.day))
        self.assertEqual(move.journal_id, self.wechat.journal_id)
        bill._wake()
        self._run_bills()
        bill.with_user(self.manager).action_book()
        bill.with_user(self.manager).action_fetch()
        self._bring([self._row(intent)])
        self.assertEqual(bill.move_id, move)
        self.assertEqual(self._balance(self.fees), 0.6)

    def test_changed_bill_is_reversed(self):
        """PAY-07: another file with other fees: the entry is reversed, not deleted."""
        intent = self._pay_here(10000)
        bill = self._bring([self._row(intent)])
        old = bill.move_id
        self._bring([self._row(intent, fee_fen=55)])
        self.assertNotEqual(bill.move_id, old)
        self.assertTrue(old.reversal_move_ids)
        self.assertEqual(old.state, "posted")
        self.assertEqual(self._balance(self.fees), 0.55)
        self.assertEqual(self._balance(self.clearing), -0.55)

    def test_twice_is_one_fee(self):
        """FAULT-68: a row that comes twice is one fee."""
        intent = self._pay_here(10000)
        self._bring([self._row(intent)] * 2)
        self.assertEqual(self._balance(self.fees), 0.6)

    def test_without_an_account(self):
        """PAY-06: matched, and it is said which account is missing."""
        self.wechat.o2o_fee_account_id = False
        intent = self._pay_here(10000)
        bill = self._bring([self._row(intent)])
        self.assertEqual(bill.state, "matched")
        self.assertIn("lacks an account", bill.books_failure)
        self.wechat._o2o_prepare_books()
        bill.with_user(self.manager).action_book()
        self.assertFalse(bill.books_failure)
        self.assertTrue(bill.move_id)

    def test_problems_are_not_booked(self):
        """FAULT-68: a file with problems books nothing, and leaves what is booked."""
        intent = self._pay_here(10000)
        bill = self._bring([self._row(intent)])
        self._bring([self._row(intent, fee_fen=1)], wrong_total=True)
        self.assertEqual(bill.state, "problem")
        self.assertEqual(self._balance(self.fees), 0.6)

    def test_closed_period(self):
        """PAY-06: a day in a closed period is booked on the first open one."""
        self.company.fiscalyear_lock_date = date(2026, 11, 30)
        intent = self._pay_here(10000)
        bill = self._bring([self._row(intent)])
        self.assertFalse(bill.books_failure)
        old = bill.move_id
        self.assertGreater(old.date, date(2026, 11, 30))
        # closed after it was booked, and the bill changes
        self.company.fiscalyear_lock_date = old.date
        self._bring([self._row(intent, fee_fen=55)])
        self.assertFalse(bill.books_failure)
        self.assertNotEqual(bill.move_id, old)
        self.assertEqual(self._balance(self.fees), 0.55)

    def test_gain_and_loss(self):
        """PAY-07: what a person decides to book goes against what is owed."""
        lost, found = self._pay_here(5000), self._pay_here(800)
        self._bring([self._row(found, amount_fen=801, fee_fen=0)])
        for row in self._open():
            row.with_user(self.manager)._decide("booked", "Nobody knows.")
            self.assertEqual(row.move_id.state, "posted")
        self.assertFalse(self._open())
        self.assertEqual(self._balance(self.clearing), -49.99)
        difference = self.wechat.o2o_difference_account_id
        self.assertEqual(self._balance(difference), 49.99)
        # it is in the next bill after all
        self._bring([self._row(lost, moment(NEXT), fee_fen=0)], NEXT)
        self.assertEqual(self._balance(difference), -0.01)

    def test_booked_and_its_cause_is_gone(self):
        """PAY-07: a corrected file takes away what gain and loss were booked for: an
        amount, a stranger's row, a row that came twice in two bills."""
        intent, again = self._pay_here(5000), self._pay_here(900)
        nobody = self._pay_here(
            300, state="closed", paid_fen=0, reserved_fen=0, paid_at=False
        )
        stranger = self._row(nobody, out_no="P9999999999999999999999999", fee_fen=0)
        right = [self._row(it, fee_fen=0) for it in (intent, again)]
        wrong = [self._row(intent, amount_fen=5600, fee_fen=0), right[1], stranger]
        self._bring(wrong)
        self._bring([self._row(again, moment(NEXT), fee_fen=0)], NEXT)
        rows = self._open()
        self.assertEqual(
            set(rows.mapped("kind")), {"amount", "gateway_only", "duplicate"}
        )
        for row in rows:
            row.with_user(self.manager)._decide("booked", "Nobody knows.")
        difference = self.wechat.o2o_difference_account_id
        self.assertEqual(self._balance(difference), -6.0 - 3.0 - 9.0)
        moves = rows.move_id
        bill = self._bring(right)
        self.assertEqual(self._balance(difference), -9.0, "this one is there still")
        self._bring([], NEXT)
        self.assertEqual(set(rows.mapped("resolution")), {"itself"})
        self.assertFalse(rows.move_id)
        self.assertEqual(len(moves.reversal_move_ids), 3)
        self.assertEqual(self._balance(difference), 0.0)
        self.assertEqual(self._balance(self.clearing), 0.0)
        bill._wake()
        self._run_bills()
        self.assertEqual(len(moves.reversal_move_ids), 3, "reversed once")

    def test_booked_stays(self):
        """PAY-07: what is booked stays as long as its cause does."""
        self._pay_here(5000)
        self._bring([])
        row = self._open()
        row.with_user(self.manager)._decide("booked", "Lost.")
        self._bring([], NEXT)
        self.assertTrue(row.move_id)
        self.assertEqual(row.resolution, "booked")

    def test_nothing_to_book(self):
        """PAY-07: where both say the same amount there is nothing to book."""
        intent = self._pay_here(5000, reserved_fen=0)
        self._bring([self._row(intent)])
        row = self._open()
        self.assertEqual(row.kind, "document")
        with self.assertRaisesRegex(UserError, "no amount"):
            row.with_user(self.manager)._decide("booked", "Why not.")

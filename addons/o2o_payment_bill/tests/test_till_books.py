from datetime import datetime, time
from unittest.mock import patch

from odoo.tests import new_test_user, tagged

from odoo.addons.o2o_payment.tests.common_till import TillCase


@tagged("post_install", "-at_install")
class TestTillBooks(TillCase):
    def _balance(self, account):
        rows = self.env["account.move.line"]._read_group(
            [("account_id", "=", account.id), ("parent_state", "=", "posted")],
            [],
            ["balance:sum"],
        )
        return round(rows[0][0] or 0.0, 2)

    def _sell_and_fetch(self, is_sold=True):
        """A sale of 200 by code, and the bill that has it."""
        self.providers._o2o_prepare_books()
        intent = self._charge(self.alipay)
        if is_sold:
            self.assertTrue(self._sell())
        day = self.alipay._o2o_get_day_of(intent.paid_at)
        # noon, whenever this runs
        intent.paid_at = datetime.combine(day, time(4))
        self.simulator.clock.advance(2 * 86400)
        self.addCleanup(self.simulator.clock.advance, -2 * 86400)
        self.providers.o2o_simulator_ahead = 2 * 86400
        self.manager = new_test_user(
            self.env,
            "till_books",
            "o2o_payment.o2o_payment_group_manager",
            company_id=self.company.id,
        )
        bills = self.env["o2o.payment.bill"].with_user(self.manager)
        bill = self.env["o2o.payment.bill"].browse(
            bills.fetch_day(self.alipay.id, str(day))
        )
        self._run_bills()
        # the simulator has the sales of other tests, too
        bill.line_ids.filtered(lambda line: line.intent_id != intent).unlink()
        bill._wake()
        self._run_bills()
        expected = "matched" if is_sold else "document"
        self.assertEqual(bill.line_ids.match, expected, bill.failure)
        return bill

    def _run_bills(self):
        bills = self.env["o2o.payment.bill"]
        with (
            patch.object(type(bills), "_plan_bills", lambda bills: None),
            self._jobs(),
        ):
            self.env.ref(
                "o2o_payment_bill.o2o_payment_bill_cron"
            ).method_direct_trigger()
        self.env.invalidate_all()

    def _close_session(self):
        self.pos_session.action_pos_session_closing_control()
        self.assertEqual(self.pos_session.state, "closed")

    def test_money_of_tills(self):
        """PAY-06, PAY-07: a session books the money on the account of its method, one
        for all gateways; the bill says which of them has it. Then both come out."""
        bill = self._sell_and_fetch()
        clearing = self.alipay.o2o_clearing_account_id
        self.assertEqual(bill.open_count, 0)
        outstanding = self.code_method._o2o_get_outstanding_account()
        self.assertEqual(self._balance(outstanding), -200.0)
        self.assertEqual(self._balance(clearing), 200.0 - bill.fees)
        self._close_session()
        self.assertEqual(self._balance(outstanding), 0.0)
        self.assertEqual(self._balance(clearing), bill.net)

    def test_sale_that_comes_later(self):
        """PAY-06, PAY-07: the bill has money for which no sale is here, and a person
        notes it; then the till is on line again: its money moves to the gateway."""
        bill = self._sell_and_fetch(is_sold=False)
        row = self.env["o2o.payment.difference"].search(
            [("bill_id", "=", bill.id), ("state", "=", "open")]
        )
        row.with_user(self.manager)._decide("noted", "The till was off line.")
        with self._after(days=2):
            self.assertTrue(self._sell())
            self._run_bills()
        self.assertEqual(bill.line_ids.match, "matched")
        self._close_session()
        outstanding = self.code_method._o2o_get_outstanding_account()
        self.assertEqual(self._balance(outstanding), 0.0)
        self.assertEqual(self._balance(self.alipay.o2o_clearing_account_id), bill.net)

    def _book_difference(self, bill, kind):
        """The bill is matched again, and a person books what is wrong."""
        bill._wake()
        self._run_bills()
        row = self.env["o2o.payment.difference"].search(
            [("bill_id", "=", bill.id), ("state", "=", "open")]
        )
        self.assertEqual(row.kind, kind)
        row.with_user(self.manager)._decide("booked", "Nobody knows.")
        self._close_session()

    def test_another_amount(self):
        """PAY-06, PAY-07: the bill has a yuan more than the till has taken: what the
        till booked moves to the gateway, and the yuan is a gain."""
        bill = self._sell_and_fetch()
        bill.line_ids.amount_fen += 100
        self._book_difference(bill, "amount")
        outstanding = self.code_method._o2o_get_outstanding_account()
        self.assertEqual(self._balance(outstanding), 0.0)
        clearing = self.alipay.o2o_clearing_account_id
        self.assertEqual(self._balance(clearing), 201.0 - bill.fees)
        self.assertEqual(self._balance(self.alipay.o2o_difference_account_id), -1.0)

    def test_in_no_bill(self):
        """PAY-06, PAY-07: what no bill has never came to the gateway: the loss is taken
        from where the session has put the money."""
        bill = self._sell_and_fetch()
        bill.line_ids.unlink()
        self._book_difference(bill, "ours_only")
        outstanding = self.code_method._o2o_get_outstanding_account()
        self.assertEqual(self._balance(outstanding), 0.0)
        self.assertEqual(self._balance(self.alipay.o2o_clearing_account_id), 0.0)
        self.assertEqual(self._balance(self.alipay.o2o_difference_account_id), 200.0)

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

    def test_money_of_tills(self):
        """PAY-06, PAY-07: a session books the money on the account of its method, one
        for all gateways; the bill says which of them has it. Then both come out."""
        self.providers._o2o_prepare_books()
        clearing = self.alipay.o2o_clearing_account_id
        intent = self._charge(self.alipay)
        self.assertTrue(self._sell())
        day = self.alipay._o2o_get_day_of(intent.paid_at)
        self.simulator.clock.advance(2 * 86400)
        self.addCleanup(self.simulator.clock.advance, -2 * 86400)
        self.providers.o2o_simulator_ahead = 2 * 86400
        manager = new_test_user(
            self.env,
            "till_books",
            "o2o_payment.o2o_payment_group_manager",
            company_id=self.company.id,
        )
        bills = self.env["o2o.payment.bill"]
        bill = bills.browse(
            bills.with_user(manager).fetch_day(self.alipay.id, str(day))
        )
        with (
            patch.object(type(bills), "_plan_bills", lambda bills: None),
            self._jobs(),
        ):
            self.env.ref(
                "o2o_payment_bill.o2o_payment_bill_cron"
            ).method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(bill.line_ids.match, "matched", bill.failure)
        self.assertEqual(bill.open_count, 0)
        outstanding = self.code_method._o2o_get_outstanding_account()
        self.assertEqual(self._balance(outstanding), -200.0)
        self.assertEqual(self._balance(clearing), 200.0 - bill.fees)
        self.pos_session.action_pos_session_closing_control()
        self.assertEqual(self.pos_session.state, "closed")
        self.assertEqual(self._balance(outstanding), 0.0)
        self.assertEqual(self._balance(clearing), bill.net)

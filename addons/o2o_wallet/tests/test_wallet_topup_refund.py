from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .test_wallet_topup import TopupCommon


@tagged("post_install", "-at_install")
class TestWalletTopupRefund(TopupCommon):
    """PAY-05: money goes back to where it came from, once, and its bonus with it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()

        def support(providers):
            providers.support_refund = cls.support_refund

        cls.support_refund = "partial"
        cls.classPatch(type(cls.provider), "_compute_feature_support_fields", support)

    def _done(self, amount=500.0):
        """A top-up whose money came by a provider."""
        topup = self.Topup._begin(self.member, amount)
        self._arrive(self._transaction(topup))
        return topup

    def _refunds(self, topup):
        return topup.transaction_id.child_transaction_ids.sorted("id")

    def _fail(self, refund):
        refund._set_error("No")
        refund._post_process()

    def _refund_elsewhere(self, topup, amount):
        """A refund nobody asked the top-up for: in the dashboard of the provider."""
        refund = topup.transaction_id._create_child_transaction(amount, is_refund=True)
        self._arrive(refund)
        return refund

    # === own refunds === #

    def test_bonus_share_goes_too(self):
        """PAY-05: half of the money back, half of the bonus gone."""
        topup = self._done()
        topup._refund(250.0, "Asked for")
        self.assertBalance(250.0, 25.0)
        self.assertEqual(topup.state, "done")
        topup._refund(250.0, "Asked for")
        self.assertBalance(0.0, 0.0)
        self.assertEqual(topup.state, "refunded")
        with self.assertRaises(UserError):
            topup._refund(1.0)
        self.assertEqual(self._refunds(topup).mapped("amount"), [-250.0, -250.0])
        self.assertProven()

    def test_after_it_was_spent(self):
        """PAY-05, FAULT-63: only own money that is still there goes back."""
        topup = self._done()
        self.wallet._pay(330.0, "test/pay")
        with self.assertRaisesRegex(UserError, "200.00.* can be paid out"):
            topup._refund(500.0)
        topup._refund(200.0)
        self.assertBalance(0.0, 0.0)

    def test_again_after_it_failed(self):
        """PAY-05: the provider says no a day later: money and bonus are the member's
        again, once. The next try takes them again."""
        topup = self._done()
        topup._refund(200.0)
        self.assertBalance(300.0, 30.0)
        refund = self._refunds(topup)
        self._fail(refund)
        refund._post_process()
        self.assertBalance(500.0, 50.0)
        self.assertEqual((topup.refunded_amount, topup.state), (0.0, "done"))
        topup._refund(200.0)
        self.assertBalance(300.0, 30.0)
        self.assertEqual(len(self._refunds(topup)), 2)
        topup._refund(300.0)
        self.assertBalance(0.0, 0.0)
        self.assertProven()

    def test_paid_by_hand_after_it_failed(self):
        """PAY-05, FAULT-48: it reached nobody, and a person has given the money in
        another way: the wallet stays charged, and the books of the day have the
        payout, for no transaction has it."""
        topup = self._done()
        topup._refund(200.0)
        refund = self._refunds(topup)
        for _time in range(2):
            refund._set_canceled()
            refund._o2o_note_paid_by_hand("Cash")
            refund._post_process()
        self.assertBalance(300.0, 30.0)
        self.assertEqual(topup.refunded_amount, 200.0)
        to_book = self.Entry.search([("wallet_id", "=", self.wallet.id)]).filtered(
            lambda entry: entry.kind == "payout" and not entry._is_booked_elsewhere()
        )
        self.assertEqual(to_book.mapped("principal"), [-200.0])
        self.assertProven()

    def test_nobody_is_deleted_before_it_is_decided(self):
        """MEM-05: the wallet is empty because its money is on its way back. Should the
        provider refuse in the end, it needs its owner."""
        topup = self._done(400.0)
        topup._refund(400.0)
        self.assertBalance(0.0, 0.0)
        self.assertTrue(self.member._o2o_deletion_obstacles())
        refund = self._refunds(topup)
        self._arrive(refund)
        self.assertFalse(self.member._o2o_deletion_obstacles())

    def test_provider_that_answers_at_once(self):
        """PAY-05: the answer comes within the request, books and all: taken once."""
        topup = self._done()

        def send(refund):
            refund._set_done()
            refund._post_process()

        self.patch(type(topup.transaction_id), "_send_refund_request", send)
        topup._refund(200.0)
        self.assertBalance(300.0, 30.0)
        self.assertEqual(topup.refunded_amount, 200.0)

    def test_provider_that_refuses_at_once(self):
        """PAY-05: then nothing has moved."""
        topup = self._done()

        def refuse(refund):
            refund._set_error("No")

        self.patch(type(topup.transaction_id), "_send_refund_request", refuse)
        with self.assertRaisesRegex(UserError, "No"), self.env.cr.savepoint():
            topup._refund(200.0)
        self.env.invalidate_all()
        self.assertBalance(500.0, 50.0)
        self.assertEqual(topup.refunded_amount, 0.0)

    def test_double_click(self):
        """PAY-05: the same dialog, sent twice, gives back once."""
        topup = self._done()
        wizard = (
            self.env["o2o.wallet.payout"]
            .with_user(self.wallet_manager)
            .with_context(default_topup_id=topup.id)
            .create({"amount": 100.0, "reason": "Asked for"})
        )
        wizard.action_pay_out()
        wizard.action_pay_out()
        self.assertBalance(400.0, 40.0)
        self.assertEqual(len(self._refunds(topup)), 1)

    # === refunds from elsewhere === #

    def test_not_around_the_top_up(self):
        """An attack: the refund button of the payment, which leaves the wallet full."""
        topup = self._done()
        with self.assertRaisesRegex(UserError, "Refund the top-up itself"):
            topup.transaction_id.action_refund(100.0)

    def test_refund_in_the_dashboard(self):
        """PAY-05: a refund at the provider's takes money and bonus, once."""
        topup = self._done()
        refund = self._refund_elsewhere(topup, 250.0)
        refund._post_process()
        self.assertBalance(250.0, 25.0)
        self.assertEqual((topup.refunded_amount, topup.state), (250.0, "done"))
        self._refund_elsewhere(topup, 250.0)
        self.assertBalance(0.0, 0.0)
        self.assertEqual(topup.state, "refunded")
        self.assertProven()

    def test_refund_in_the_dashboard_after_it_was_spent(self):
        """FAULT-63: what is not covered is written on the wallet for a person."""
        topup = self._done()
        self.wallet._pay(330.0, "test/pay")
        self._refund_elsewhere(topup, 500.0)
        self.assertBalance(0.0, 0.0)
        self.assertEqual(topup.state, "refunded")
        self.assertIn("300.00", self.wallet.message_ids[0].body)

    def test_failed_refund_from_elsewhere(self):
        """An attack: a refund that took nothing fails, and must give nothing."""
        topup = self._done()
        refund = topup.transaction_id._create_child_transaction(100.0, is_refund=True)
        self._fail(refund)
        self.assertBalance(500.0, 50.0)

    # === money that never was in the wallet === #

    def test_problem_goes_back(self):
        """PAY-05: money the wallet could not take goes back, without a row, and
        waits again when the provider cannot."""
        topup = self.Topup._begin(self.member, 500.0)
        self._top_up(700.0, 0.0)
        self._arrive(self._transaction(topup))
        self.assertEqual(topup.state, "problem")
        with self.assertRaisesRegex(UserError, "All of it"):
            topup._refund(100.0)
        topup._refund(500.0, once="dialog")
        topup._refund(500.0, once="dialog")
        self.assertEqual(topup.state, "refunded")
        first = self._refunds(topup)
        self._fail(first)
        self.assertEqual((topup.state, topup.refunded_amount), ("problem", 0.0))
        topup._refund(500.0)
        first._post_process()
        self.assertEqual((topup.state, topup.refunded_amount), ("refunded", 500.0))
        self.assertBalance(700.0, 0.0)

    def test_problem_partly_refunded_elsewhere(self):
        """PAY-05: the wallet gets what is left, not what has gone back."""
        topup = self.Topup._begin(self.member, 500.0)
        self._top_up(700.0, 0.0)
        self._arrive(self._transaction(topup))
        self._refund_elsewhere(topup, 300.0)
        self.assertEqual(topup.state, "problem")
        topup._mark_done()
        self.assertBalance(900.0, 0.0)

    # === by hand === #

    def test_by_hand_where_the_provider_cannot(self):
        """PAY-05: a till or a provider without refunds: the refund is the payout by
        hand, its bonus goes too, and the books of the wallets book it."""
        for support, by_till in (("none", False), ("partial", True)):
            with self.subTest(by_till=by_till):
                self.classPatch(type(self), "support_refund", support)
                self.provider.invalidate_recordset(["support_refund"])
                topup = self.Topup._begin(self.member, 500.0)
                if by_till:
                    topup._mark_done()
                else:
                    self._arrive(self._transaction(topup))
                topup._refund(500.0, "Paid from the safe")
                self.assertBalance(0.0, 0.0)
                self.assertEqual(topup.state, "refunded")
                self.assertFalse(self._refunds(topup))
                entry = self.wallet.entry_ids.filtered(
                    lambda entry, topup=topup: (
                        entry.kind == "payout" and entry.document == topup.name
                    )
                )
                self.assertTrue(entry)
                self.assertFalse(entry._is_booked_elsewhere())
        self.assertProven()

    def test_pay_out_by_hand(self):
        """PAY-05: a manager pays a member out who leaves, with a reason, once. The
        bonus of that money is no gift to keep."""
        self._top_up()
        form = Form(
            self.env["o2o.wallet.payout"]
            .with_user(self.wallet_manager)
            .with_context(default_wallet_id=self.wallet.id)
        )
        form.amount = 200.0
        form.reason = "Leaves; to the bank account"
        wizard = form.save()
        wizard.action_pay_out()
        wizard.action_pay_out()
        self.assertBalance(300.0, 30.0)
        wizard.copy({"amount": 300.0, "key": "payout:rest"}).action_pay_out()
        self.assertBalance(0.0, 0.0)
        with self.assertRaises(AccessError):
            wizard.with_user(self.clerk).action_pay_out()
        self.assertProven()

from odoo.exceptions import ValidationError
from odoo.tests import new_test_user, tagged

from .common import PIN
from .common_website import WalletWebsiteCommon


@tagged("post_install", "-at_install")
class TestWalletProvider(WalletWebsiteCommon):
    """PAY-05: the wallet is a payment, for the member's own order."""

    def _pay(self, transaction, pin=PIN, user=None):
        return (
            transaction.with_user(user or self.buyer).sudo()._o2o_pay_from_wallet(pin)
        )

    def test_pays_the_order(self):
        """PAY-05: the order is confirmed, the ledger has the row, no order line."""
        order = self._order()
        transaction = self._transaction(order)
        self.assertEqual(self._pay(transaction), {"status": "ok", "message": ""})
        self.assertEqual(transaction.state, "done")
        self.assertBalance(400.0, 40.0)
        entry = transaction._o2o_wallet_entries()
        self.assertEqual((entry.document, entry.actor_id), (order.name, self.buyer))
        transaction._post_process()
        self.assertEqual(order.state, "sale")
        self.assertEqual(len(order.order_line), 1)
        self.assertProven()

    def test_paying_again_is_silent(self):
        """PAY-05: the button is pressed twice, or the answer was lost."""
        transaction = self._transaction(self._order())
        self._pay(transaction)
        self.assertEqual(self._pay(transaction)["status"], "ok")
        self.assertBalance(400.0, 40.0)

    def test_second_transaction_of_one_order(self):
        """PAY-05: two tabs, two transactions, one payment."""
        order = self._order()
        first, second = self._transaction(order), self._transaction(order)
        self._pay(first)
        answer = self._pay(second)
        self.assertEqual(answer["status"], "refused")
        self.assertBalance(400.0, 40.0)

    def test_order_that_changed(self):
        """PAY-05: the cart changed in another tab since the page was made; one that
        grew would go for less than it costs."""
        order = self._order()
        transaction = self._transaction(order)
        order.website_id = self.env["website"].search([], limit=1)
        for price in (90.0, 150.0):
            order.order_line.price_unit = price
            self.assertEqual(self._pay(transaction)["status"], "refused", price)
        self.assertBalance(500.0, 50.0)

    def test_pin_above_the_amount(self):
        """PAY-05: above the amount the PIN; wrong ones are counted."""
        transaction = self._transaction(self._order(price=300.0))
        self.assertEqual(self._pay(transaction, "")["status"], "pin_needed")
        self.assertEqual(self._pay(transaction, "258037")["status"], "pin_wrong")
        self.assertEqual(self.wallet.pin_failures, 1)
        self.assertEqual(transaction.state, "draft")
        self.assertEqual(self._pay(transaction)["status"], "ok")

    def test_not_enough(self):
        """PAY-05: refused, nothing moved, the transaction may be tried again."""
        transaction = self._transaction(self._order(price=551.0))
        answer = self._pay(transaction)
        self.assertEqual(answer["status"], "refused")
        self.assertIn("550.00", answer["message"])
        self.assertEqual(transaction.state, "draft")
        self.assertBalance(500.0, 50.0)

    def test_own_orders_only(self):
        """An attack: pay the order of somebody else, or with the wallet of somebody
        else."""
        stranger = new_test_user(
            self.env, "o2o_w_stranger", groups="base.group_portal", lang="en_US"
        )
        order = self._order(stranger.partner_id)
        self.assertEqual(self._pay(self._transaction(order))["status"], "refused")
        own = self._transaction(self._order())
        self.assertEqual(self._pay(own, user=stranger)["status"], "refused")
        mixed = self._transaction(self._order(), partner_id=stranger.partner_id.id)
        self.assertEqual(self._pay(mixed)["status"], "refused")
        self.assertBalance(500.0, 50.0)

    def test_ended_transactions(self):
        """PAY-05: a cancelled transaction takes no money."""
        transaction = self._transaction(self._order())
        transaction._set_canceled()
        self.assertEqual(self._pay(transaction)["status"], "refused")
        self.assertBalance(500.0, 50.0)

    def test_forged_notification(self):
        """An attack: somebody reaches ``_process`` without a row in the ledger."""
        transaction = self._transaction(self._order())
        transaction._process(
            "o2o_wallet",
            {"reference": transaction.reference, "amount": 110.0, "status": "done"},
        )
        self.assertEqual(transaction.state, "error")

    def test_amount_of_the_ledger_counts(self):
        """PAY-05: a transaction whose amount is not that of its row ends in error."""
        transaction = self._transaction(self._order())
        self.wallet._pay(10.0, transaction._o2o_wallet_key())
        transaction._process("o2o_wallet", {"reference": transaction.reference})
        self.assertEqual(transaction.state, "error")

    def test_refunds_by_share_until_the_payment_is_back(self):
        """PAY-05, FAULT-46: 60 and 60 of 110: the second one ends in error, and moves
        nothing."""
        transaction = self._transaction(self._order())
        self._pay(transaction)
        first = transaction._refund(60.0)
        self.assertEqual(first.state, "done")
        self.assertBalance(454.55, 45.45)
        second = transaction._refund(60.0)
        self.assertEqual(second.state, "error")
        rest = transaction._refund(50.0)
        self.assertEqual(rest.state, "done")
        self.assertBalance(500.0, 50.0)
        self.assertProven()

    def test_who_sees_it(self):
        """PAY-05: on the payment page of who has a wallet; not to keep a card."""
        provider = self.env["payment.provider"]
        args = (self.company.id, self.member.id, 10.0)

        def offered(user, **kwargs):
            found = (
                provider.with_user(user)
                .sudo()
                ._get_compatible_providers(
                    *args, currency_id=self.company.currency_id.id, **kwargs
                )
            )
            return self.provider in found

        self.assertTrue(offered(self.buyer))
        self.assertFalse(offered(self.buyer, is_validation=True))
        self.assertFalse(offered(self.portal))
        self.assertFalse(offered(self.env.ref("base.public_user")))
        self.wallet._freeze()
        self.assertTrue(offered(self.buyer), "the page says that it is frozen")

    def test_company_currency_only(self):
        """PAY-05: a wallet holds money of one currency."""
        other = self.env["res.currency"].search(
            [("id", "!=", self.company.currency_id.id)], limit=1
        )
        found = (
            self.env["payment.provider"]
            .with_user(self.buyer)
            .sudo()
            ._get_compatible_providers(
                self.company.id, self.member.id, 10.0, currency_id=other.id
            )
        )
        self.assertNotIn(self.provider, found)

    def test_books_take_the_liability_off(self):
        """PAY-05: the payment debits what we owe the members."""
        account = self.env["account.account"].create(
            {
                "name": "O2O Wallets",
                "code": "O2O220598",
                "account_type": "liability_current",
            }
        )
        self.company.o2o_wallet_account_id = account
        method = self.env["account.payment.method"].search(
            [("code", "=", "o2o_wallet")], limit=1
        )
        self.assertEqual(
            self.provider._get_payment_method_outstanding_account_id(method), account.id
        )
        with self.assertRaises(ValidationError):
            self.company.o2o_wallet_bonus_account_id = account

from odoo.exceptions import AccessError, UserError
from odoo.service.model import get_public_method
from odoo.tests import tagged

from .common import WalletCommon


@tagged("post_install", "-at_install")
class TestWalletSecurity(WalletCommon):
    """PAY-05: the browser and the till are not believed, and see nothing."""

    def test_nobody_writes_by_rpc(self):
        """PAY-05: no role may create, change or delete a wallet, a row or a hold."""
        self._top_up()
        hold = self.Hold._hold(self.wallet, 10.0, "test/hold")
        entry = self.wallet.entry_ids[:1]
        users = (
            self.portal
            | self.cashier
            | self.employee
            | self.clerk
            | self.wallet_manager
            | self.auditor
        )
        for user in users:
            for record, vals in (
                (self.wallet, {"principal": 9999.0}),
                (self.wallet, {"is_registered": True}),
                (self.wallet, {"pin_hash": "x"}),
                (entry, {"principal": 9999.0}),
                (hold, {"state": "released"}),
            ):
                attacked = record.with_user(user).with_context(o2o_wallet_writer=True)
                with self.subTest(user=user.login, model=record._name):
                    with self.assertRaises(UserError):
                        attacked.write(vals)
                    with self.assertRaises(UserError):
                        attacked.create(vals)
                    with self.assertRaises(UserError):
                        attacked.unlink()
        self.assertBalance(500.0, 50.0, 10.0)

    def test_strangers_do_not_read(self):
        """PAY-05: members and tills ask for what they may know; they read no table."""
        self._top_up()
        for user in (self.portal, self.cashier, self.employee):
            for model in ("o2o.wallet", "o2o.wallet.entry", "o2o.wallet.hold"):
                with (
                    self.subTest(user=user.login, model=model),
                    self.assertRaises(AccessError),
                ):
                    self.env[model].with_user(user).search([])
            with self.assertRaises(AccessError):
                self.member.with_user(user).read(["o2o_wallet_balance"])

    def test_pin_hash_is_for_the_system(self):
        """PAY-05: not even a wallet manager reads the hash."""
        with self.assertRaises(AccessError):
            self.wallet.with_user(self.wallet_manager).read(["pin_hash"])

    def test_money_methods_are_no_rpc(self):
        """PAY-05: what moves money is not callable from outside."""
        for model, names in (
            (
                self.wallet,
                "_top_up _pay _pay_out _pay_out_by_hand _adjust _set_pin _freeze "
                "_unfreeze _close _register_identity _end_in _expire_bonus",
            ),
            (self.Entry, "_append _refund _reverse"),
            (self.Hold, "_hold _capture _release"),
        ):
            for name in names.split():
                with self.subTest(method=name), self.assertRaises(AccessError):
                    get_public_method(model, name)

    def test_other_company(self):
        """PAY-05: a clerk of one company sees no wallet of another."""
        other = self.env["res.company"].create({"name": "O2O Elsewhere"})
        self.clerk.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        wallets = self.env["o2o.wallet"].with_user(self.clerk).with_company(other)
        self.assertNotIn(self.wallet, wallets.search([]))
        with self.assertRaises(AccessError):
            self.wallet.with_user(self.clerk).with_company(other).action_freeze()

from odoo.tests import new_test_user

from odoo.addons.o2o_member.tests.common import MemberCommon, new_test_users

#: as accepted, and with nothing in a row
PIN = "258036"


class WalletCommon(MemberCommon):
    """A member with a wallet, a clerk and a manager of wallets."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write(
            {
                "o2o_wallet_use_order": "proportional",
                "o2o_wallet_cap_registered": 5000.0,
                "o2o_wallet_cap_anonymous": 1000.0,
                "o2o_wallet_limit_payment": 5000.0,
                "o2o_wallet_limit_day": 10000.0,
                "o2o_wallet_pin_above": 200.0,
                "o2o_wallet_bonus_grace_days": 30,
            }
        )
        cls.clerk, cls.wallet_manager = new_test_users(
            cls.env,
            lang="en_US",
            o2o_w_clerk="o2o_wallet.o2o_wallet_group_user",
            o2o_w_manager="o2o_wallet.o2o_wallet_group_manager",
        )
        cls.portal = new_test_user(
            cls.env, login="o2o_w_portal", groups="base.group_portal", lang="en_US"
        )
        cls.Entry = cls.env["o2o.wallet.entry"]
        cls.Hold = cls.env["o2o.wallet.hold"]
        cls.member = cls._create_member()
        cls.wallet = cls.env["o2o.wallet"]._open(cls.member)

    @classmethod
    def _top_up(cls, amount=500.0, bonus=50.0, key="test/topup", **values):
        return cls.wallet._top_up(amount, key, bonus=bonus, **values)

    def assertBalance(self, principal, bonus, held=0.0, wallet=None):
        wallet = wallet or self.wallet
        wallet.invalidate_recordset()
        self.assertEqual(
            (
                wallet.principal,
                wallet.bonus,
                round(wallet.held_principal + wallet.held_bonus, 2),
            ),
            (principal, bonus, held),
        )

    def assertProven(self):
        """All balances are the sums of their rows."""
        self.assertFalse(self.Entry._find_wrong_wallets())

    def _run_job(self, name):
        with self.enter_registry_test_mode():
            self.env.ref(f"o2o_wallet.{name}").method_direct_trigger()
        self.env.invalidate_all()

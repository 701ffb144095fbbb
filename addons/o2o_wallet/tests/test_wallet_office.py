from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import WalletCommon


@tagged("post_install", "-at_install")
class TestWalletOffice(WalletCommon):
    def test_manager_adjusts_with_a_reason(self):
        """PAY-05: an adjustment is a row with its reason and who made it."""
        self._top_up()
        form = Form(
            self.env["o2o.wallet.adjust"]
            .with_user(self.wallet_manager)
            .with_context(default_wallet_id=self.wallet.id)
        )
        form.principal = -20.0
        form.bonus = 2.0
        form.reason = "Counted twice"
        wizard = form.save()
        wizard.action_adjust()
        wizard.action_adjust()
        self.assertBalance(480.0, 52.0)
        self.assertRecordValues(
            self.wallet.entry_ids[:1],
            [{"reason": "Counted twice", "actor_id": self.wallet_manager.id}],
        )

    def test_adjustments_have_limits(self):
        """PAY-05: no reason, below zero, above the cap."""
        self._top_up()
        for principal, bonus, reason in (
            (1.0, 0.0, "  "),
            (-500.01, 0.0, "x"),
            (0.0, -50.01, "x"),
            (450.01, 0.0, "x"),
        ):
            with self.subTest(principal=principal), self.assertRaises(UserError):
                self.wallet._adjust(
                    principal, bonus, f"test/{principal}{bonus}", reason
                )

    def test_clerk_freezes_and_does_not_adjust(self):
        """PAY-05: two roles."""
        wallet = self.wallet.with_user(self.clerk)
        wallet.action_freeze()
        self.assertEqual(self.wallet.state, "frozen")
        wallet.action_unfreeze()
        wallet.action_register_identity()
        self.assertTrue(self.wallet.is_registered)
        with self.assertRaises(AccessError):
            self.env["o2o.wallet.adjust"].with_user(self.clerk).create(
                {"wallet_id": self.wallet.id, "principal": 1.0, "reason": "x"}
            ).action_adjust()

    def test_auditor_reads_and_presses_nothing(self):
        """PAY-05: the auditor sees all and changes nothing."""
        wallet = self.wallet.with_user(self.auditor)
        self.assertEqual(wallet.balance, 0.0)
        self.assertEqual(
            wallet.env["o2o.wallet.entry"].action_check_balances()["tag"],
            "display_notification",
        )
        for button in ("action_freeze", "action_unfreeze", "action_register_identity"):
            with self.subTest(button=button), self.assertRaises(AccessError):
                getattr(wallet, button)()

    def test_views_open(self):
        """PAY-05: list, form and log open for a clerk."""
        self._top_up()
        for model in ("o2o.wallet", "o2o.wallet.entry", "o2o.wallet.hold"):
            self.env[model].with_user(self.clerk).get_views(
                [(False, "list"), (False, "form"), (False, "search")]
            )
        action = self.member.with_user(self.clerk).action_view_o2o_wallet()
        self.assertEqual(action["res_id"], self.wallet.id)
        self.assertEqual(self.member.with_user(self.clerk).o2o_wallet_balance, 550.0)

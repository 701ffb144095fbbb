import re
from pathlib import Path

from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import PaymentCase

SQL_FILE = Path(__file__).parents[1] / "data" / "neutralize.sql"


@tagged("post_install", "-at_install")
class TestProvider(PaymentCase):
    def test_real_money_from_real_gateways_only(self):
        """PAY-06: a provider that is enabled does not speak with a simulator."""
        with self.assertRaises(ValidationError):
            self.alipay.state = "enabled"
        self.alipay.write({"state": "enabled", "o2o_environment": "real"})

    def test_simulator_is_on_this_machine(self):
        """PAY-06: no plain HTTP beyond this machine."""
        for url in ("http://10.0.0.7:8100", "ftp://127.0.0.1", "8100"):
            with self.assertRaises(ValidationError), self.cr.savepoint():
                self.wechat.o2o_simulator_url = url

    def test_only_yuan(self):
        """PAY-02: the gateways are offered for orders in yuan."""
        for provider in self.providers:
            self.assertEqual(
                provider._get_supported_currencies().mapped("name"), ["CNY"]
            )

    def test_settings_are_right(self):
        """PAY-06: the self-test of each gateway is satisfied with right settings."""
        with self._jobs():
            for provider in self.providers:
                action = provider.action_o2o_check_settings()
                self.assertEqual(
                    action["params"]["type"], "success", action["params"]["message"]
                )

    def test_settings_are_wrong(self):
        """PAY-06: the self-test names the mistake: the own key in Alipay's place."""
        own = self.simulator.alipay.identity.app.public_pem()
        self.alipay.o2o_alipay_public_key = own
        text = "\n".join(self.alipay._o2o_find_problems())
        self.assertIn("application's own public key", text)
        self.alipay.o2o_alipay_private_key = "not a key"
        with self.assertRaises(UserError):
            self.alipay._o2o_get_client()
        self.assertEqual(len(self.alipay._o2o_find_problems()), 1)

    def test_new_settings_make_a_new_client(self):
        """PAY-06: a key that was changed is used at once."""
        before = self.alipay._o2o_get_client()
        self.assertIs(before, self.alipay._o2o_get_client())
        self.alipay.o2o_alipay_seller_id = "2088000000000001"
        self.assertIsNot(before, self.alipay._o2o_get_client())

    def test_credentials_are_for_administrators(self):
        """PAY-08: who is in charge of payments reads no key."""
        manager = new_test_user(
            self.env,
            "o2o_payments",
            "o2o_payment.o2o_payment_group_manager,account.group_account_manager",
        )
        fields = self.env["payment.provider"].with_user(manager).fields_get()
        for name in self.alipay._o2o_get_credential_fields():
            self.assertNotIn(name, fields)

    def test_every_credential_is_neutralized(self):
        """PAY-08: a field that is added is added to the file, too."""
        text = SQL_FILE.read_text()
        for name in self.alipay._o2o_get_credential_fields():
            self.assertRegex(text, rf"\b{re.escape(name)} = NULL")
        own = [
            name
            for name, field in self.env["payment.provider"]._fields.items()
            if name.startswith(("o2o_alipay_", "o2o_wechat_", "o2o_unionpay_"))
            and field.type not in ("boolean", "selection")
        ]
        self.assertEqual(
            sorted([*own, "o2o_simulator_url"]),
            sorted(self.alipay._o2o_get_credential_fields()),
        )

    def test_journal_line_is_there_before_the_first_payment(self):
        """PAY-07: Odoo makes it with the first payment; two at once make two."""
        for provider in self.providers.filtered("journal_id"):
            lines = self.env["account.payment.method.line"].search(
                [("payment_provider_id", "=", provider.id)]
            )
            self.assertEqual(len(lines), 1)
            self.assertEqual(lines.journal_id, provider.journal_id)

    def test_kind_of_the_journal_line_comes_back(self):
        """PAY-02: a shop that was updated, not installed, books its payments too."""
        provider = self.providers.filtered("journal_id")[0]
        kinds = self.env["account.payment.method"].search(
            [("code", "=", provider.code)]
        )
        lines = self.env["account.payment.method.line"].search(
            [("payment_method_id", "in", kinds.ids)]
        )
        journal = provider.journal_id
        provider.state = "disabled"
        lines.unlink()
        kinds.unlink()
        provider.invalidate_recordset()
        provider.state = "test"
        line = self.env["account.payment.method.line"].search(
            [("payment_provider_id", "=", provider.id)]
        )
        self.assertEqual(line.journal_id, journal)
        self.assertEqual(line.code, provider.code)

    def test_reset_credentials(self):
        """PAY-06: Odoo's button takes all of them away."""
        self.alipay.action_reset_credentials()
        for name in self.alipay._o2o_get_credential_fields():
            self.assertFalse(self.alipay[name], name)

    def test_new_certificate_is_kept(self):
        """FAULT-19, 20: a certificate that WeChat Pay hands out ahead is kept."""
        identity = self.simulator.wechat.identity
        identity.mode = "certificate"
        self.addCleanup(setattr, identity, "mode", "public_key")
        self.wechat.write(
            {
                "o2o_wechat_certificates": self.simulator.wechat.merchant()[
                    "certificate"
                ],
                "o2o_wechat_public_key": False,
                "o2o_wechat_public_key_id": False,
            }
        )
        identity.add_certificate()
        with self._jobs():
            self.env.ref(
                "o2o_payment.o2o_payment_certificate_cron"
            ).method_direct_trigger()
        kept = self.wechat.o2o_wechat_certificates
        self.assertEqual(kept.count("BEGIN CERTIFICATE"), 2)
        intent = self._paid(self.wechat)
        self.assertEqual(intent.state, "paid", intent.failure)

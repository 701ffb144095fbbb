from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from odoo.addons.o2o_payment.tests.common_till import TillCase


@tagged("post_install", "-at_install")
class TestAccount(TillCase):
    """Receiving accounts of stores (PAY-11)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls.alipay.copy({"name": "Alipay of the near store"})
        cls.own.write(
            {
                "o2o_environment": "simulator",
                "o2o_simulator_url": cls.simulator.url,
                **{
                    name: cls.alipay[name]
                    for name in cls.alipay._o2o_get_credential_fields()
                    if name.startswith("o2o_alipay")
                },
                "o2o_store_ids": [cls.near.id],
                "o2o_contact_phone": "0851-1234567",
                "o2o_contact_email": "near@example.com",
                "state": "test",
            }
        )
        cls.near_boss = new_test_user(
            cls.env, "near_boss", "point_of_sale.group_pos_manager"
        )
        cls.near.user_ids |= cls.near_boss
        cls.far_boss = new_test_user(
            cls.env, "far_boss", "point_of_sale.group_pos_manager"
        )

    def test_till_of_its_store(self):
        """PAY-11: a till charges into the account of its own store first."""
        self.assertEqual(self._charge(self.alipay).provider_id, self.own)

    def test_till_of_another_store(self):
        """PAY-11: never into the account of another store."""
        other = self.till.copy({"name": "Other", "o2o_store_id": False})
        self.assertEqual(other._o2o_get_gateway_provider("alipay"), self.alipay)
        self.alipay.state = "disabled"
        self.assertFalse(other._o2o_get_gateway_provider("alipay"))
        self.assertEqual(self.till._o2o_get_gateway_provider("alipay"), self.own)

    def test_company_account_where_the_store_has_none(self):
        """PAY-11: gateways without an account of the store use the company's."""
        provider = self.till._o2o_get_gateway_provider("wechat")
        self.assertEqual(provider, self.wechat)

    def test_website_keeps_the_company_account(self):
        """PAY-11: when a member pays on the website no store has the order yet."""
        (self.alipay | self.own).is_published = True
        report = {}
        providers = self.env["payment.provider"]._get_compatible_providers(
            self.company.id,
            self.payer.id,
            10.0,
            currency_id=self.yuan.id,
            report=report,
        )
        self.assertIn(self.alipay, providers)
        self.assertNotIn(self.own, providers)
        self.assertFalse(report["providers"][self.own]["available"])

    def test_what_a_store_sees(self):
        """PAY-11: the own account with phone and e-mail, not that of others."""
        accounts = self.env["o2o.payment.account"]
        seen = accounts.with_user(self.near_boss).search([])
        self.assertIn(self.own.id, seen.ids)
        row = seen.browse(self.own.id)
        self.assertEqual(
            (row.name, row.phone, row.email),
            ("Alipay of the near store", "0851-1234567", "near@example.com"),
        )
        others = accounts.with_user(self.far_boss).search([])
        self.assertNotIn(self.own.id, others.ids)
        self.assertIn(self.wechat.id, others.ids)

    def test_what_a_store_sees_not(self):
        """PAY-11, attack: no keys, no balances, no change."""
        row = self.env["o2o.payment.account"].with_user(self.near_boss)
        row = row.browse(self.own.id)
        for name in ("balance", "journal_id", "open_count"):
            with self.subTest(field=name), self.assertRaises(AccessError):
                row.read([name])
        with self.assertRaises(AccessError):
            row.write({"phone": "1"})
        own = self.own.with_user(self.near_boss)
        with self.assertRaises(AccessError):
            own.read(["o2o_alipay_private_key"])
        with self.assertRaises(AccessError):
            own.write({"o2o_store_ids": False})
        with self.assertRaises(AccessError):
            self.env["o2o.payment.account"].with_user(self.cashier).search([])

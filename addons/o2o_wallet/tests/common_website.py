from uuid import uuid4

from lxml import html

from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user

from .common import PIN, WalletCommon


class WalletWebsiteCommon(WalletCommon):
    """A member who is logged in, and the wallet switched on as a way to pay."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website = cls.env["website"].get_current_website()
        cls.website.company_id = cls.company
        english = cls.env.ref("base.lang_en")
        cls.website.language_ids = [Command.link(english.id)]
        cls.website.default_lang_id = english
        cls.buyer = new_test_user(
            cls.env,
            "o2o_w_buyer",
            groups="base.group_portal",
            lang="en_US",
            partner_id=cls.member.id,
        )
        cls.member.write(
            {
                "name": "O2O Buyer",
                "street": "1 Road",
                "city": "Guiyang",
                "zip": "550000",
                "country_id": cls.env.ref("base.cn").id,
                "phone": "13800138001",
                "email": "buyer@example.com",
            }
        )
        cls.provider = cls.env["payment.provider"].search(
            [("code", "=", "o2o_wallet"), ("company_id", "=", cls.company.id)], limit=1
        )
        cls.provider.write({"state": "enabled", "is_published": True})
        cls.provider.journal_id = cls.env["account.journal"].create(
            {"name": "O2O Wallets", "code": "O2OWW", "type": "bank"}
        )
        cls.method = cls.env.ref("o2o_wallet.payment_method_wallet")
        cls.bottle = cls.env["product.product"].create(
            {
                "name": "O2O Bottle",
                "type": "service",
                "list_price": 110.0,
                "taxes_id": [Command.clear()],
                "is_published": True,
            }
        )
        cls.wallet._set_pin(PIN)
        cls._top_up()

    @classmethod
    def _order(cls, partner=None, price=110.0):
        return cls.env["sale.order"].create(
            {
                "partner_id": (partner or cls.member).id,
                "order_line": [
                    Command.create({"product_id": cls.bottle.id, "price_unit": price})
                ],
            }
        )

    @classmethod
    def _transaction(cls, order, amount=None, **vals):
        return cls.env["payment.transaction"].create(
            {
                "provider_id": cls.provider.id,
                "payment_method_id": cls.method.id,
                "reference": f"{order.name}-{uuid4().hex[:8]}",
                "amount": order.amount_total if amount is None else amount,
                "currency_id": order.currency_id.id,
                "partner_id": order.partner_invoice_id.id,
                "operation": "online_direct",
                "sale_order_ids": [Command.set(order.ids)],
                **vals,
            }
        )


class WalletHttpCommon(WalletWebsiteCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.authenticate("o2o_w_buyer", "o2o_w_buyer")

    def _page(self, url):
        response = self.url_open(url)
        self.assertEqual(response.status_code, 200)
        return html.fromstring(response.text)

    def _texts(self, page, name):
        return [
            " ".join(node.text_content().split())
            for node in page.xpath(
                f"//*[contains(concat(' ', @class, ' '), ' {name} ')]"
            )
        ]

    def _post(self, url, **values):
        page = self.url_open("/o2o/member/wallet/pin")
        [token] = html.fromstring(page.text).xpath(
            "(//input[@name='csrf_token'])[1]/@value"
        )
        return self.url_open(
            url, data={"csrf_token": token, **values}, allow_redirects=False
        )

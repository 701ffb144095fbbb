from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import HttpCase, JsonRpcException, new_test_user, tagged
from odoo.tools import mute_logger

from .common_level import LevelCommon


class LevelWebsiteCase(LevelCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website = cls.env["website"].get_current_website()
        english = cls.env.ref("base.lang_en")
        cls.website.language_ids |= english
        cls.website.default_lang_id = english
        cls.portal = new_test_user(
            cls.env, "o2o_l_portal", groups="base.group_portal", lang="en_US"
        )
        cls.partner = cls.portal.partner_id
        cls._create_card("88000900")._activate(cls.partner)
        cls.bottle = cls.env["product.product"].create(
            {
                "name": "O2O Bottle",
                "type": "service",
                "list_price": 100,
                "is_published": True,
                "taxes_id": [Command.clear()],
            }
        )
        cls.template = cls.bottle.product_tmpl_id

    def setUp(self):
        super().setUp()
        self.authenticate("o2o_l_portal", "o2o_l_portal")

    def _make(self, level):
        self.Grant.with_user(self.manager)._grant_by_hand(
            self.partner,
            level,
            self.company._o2o_today().replace(year=2090, day=1),
            "t",
            f"t:{level.code}",
        )

    def _add_to_cart(self, quantity=1):
        return self.make_jsonrpc_request(
            "/shop/cart/add",
            {
                "product_template_id": self.template.id,
                "product_id": self.bottle.id,
                "quantity": quantity,
            },
        )

    def _cart(self):
        return self.env["sale.order"].search(
            [("partner_id", "=", self.partner.id), ("website_id", "!=", False)], limit=1
        )


@tagged("post_install", "-at_install")
class TestLevelPages(LevelWebsiteCase):
    def test_level_page(self):
        """MEM-06: the member sees the level, the way to the next, and all levels."""
        self._buy(self.partner, 965)
        page = self.url_open("/o2o/member/level").text
        self.assertIn("o_o2o_level_card", page)
        self.assertIn("more to Silver", page)
        for name in ("Ordinary", "Silver", "Gold", "Diamond"):
            self.assertIn(name, page)

    def test_cart_hint(self):
        """MEM-07: the cart says what is missing after this order, and follows it."""
        self._buy(self.partner, 865)
        self._add_to_cart()
        page = self.url_open("/shop/cart").text
        self.assertIn("o_o2o_level_hint", page)
        self.assertIn("35.00", page)
        self._add_to_cart()
        page = self.url_open("/shop/cart").text
        self.assertIn("This order takes you to", page)

    def test_visitor_sees_no_hint(self):
        """MEM-07: nothing is promised to somebody unknown."""
        self.authenticate(None, None)
        self._add_to_cart()
        self.assertNotIn("o_o2o_level_hint", self.url_open("/shop/cart").text)

    def test_prices_follow_the_level_at_once(self):
        """MEM-06: a member who rises in the middle of a visit pays the new price; the
        pricelist cannot be chosen by others."""
        pricelists = self.env.ref("product.group_product_pricelist")
        self.env.ref("base.group_user").implied_ids |= pricelists
        self.env.ref("base.group_portal").implied_ids |= pricelists
        self.env.ref("base.group_public").implied_ids |= pricelists
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "O2O Gold Prices",
                "selectable": True,
                "company_id": self.company.id,
                "item_ids": [
                    Command.create({"compute_price": "percentage", "percent_price": 10})
                ],
            }
        )
        self.gold.pricelist_id = pricelist
        self.url_open(f"/shop/change_pricelist/{pricelist.id}")
        self._add_to_cart()
        self.assertEqual(self._cart().amount_total, 100)
        self._make(self.gold)
        self.url_open("/shop/cart")
        self._add_to_cart()
        self.assertEqual(self._cart().pricelist_id, pricelist)
        self.assertEqual(self._cart().amount_total, 180)


@tagged("post_install", "-at_install")
class TestEarlyAccess(LevelWebsiteCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template.o2o_public_from = fields.Datetime.now() + timedelta(hours=24)
        cls.gold.early_access_hours = 48

    def _add_refused(self):
        with mute_logger("odoo.http"), self.assertRaises(JsonRpcException):
            self._add_to_cart()
        self.assertFalse(self._cart().order_line)

    def test_before_its_time(self):
        """MEM-06: before the date the product is not listed, has no page, and is not
        sold, whatever the client sends."""
        url = self.template.website_url
        self.assertNotIn(url, self.url_open("/shop?search=O2O").text)
        with mute_logger("odoo.http"):
            self.assertEqual(self.url_open(url).status_code, 404)
        self._add_refused()

    def test_early_for_the_level(self):
        """MEM-06: members of the level see it and buy it earlier."""
        self._make(self.gold)
        url = self.template.website_url
        self.assertIn(url, self.url_open("/shop?search=O2O").text)
        self.assertEqual(self.url_open(url).status_code, 200)
        self._add_to_cart()
        self.assertEqual(self._cart().order_line.product_id, self.bottle)

    def test_not_earlier_than_the_hours(self):
        """MEM-06: early access is 48 hours, not more."""
        self.template.o2o_public_from = fields.Datetime.now() + timedelta(hours=49)
        self._make(self.gold)
        self._add_refused()

    def test_checkout_of_an_old_cart(self):
        """MEM-06: what came into a cart another way is not paid before its time."""
        self.template.o2o_public_from = False
        self._add_to_cart()
        self.template.o2o_public_from = fields.Datetime.now() + timedelta(hours=24)
        with self.assertRaisesRegex(ValidationError, "on sale from"):
            self._cart()._check_cart_is_ready_to_be_paid()
        line = self._cart().order_line
        result = self._cart()._cart_update_line_quantity(line.id, 5)
        self.assertIn("on sale from", result["warning"])
        self.assertFalse(self._cart().order_line)


@tagged("post_install", "-at_install")
class TestFeeOnline(LevelWebsiteCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.template.write({"o2o_level_id": cls.gold.id, "o2o_level_months": 12})
        cls.provider = cls.env["payment.provider"].create(
            {"name": "O2O Test Payment", "code": "none", "company_id": cls.company.id}
        )
        methods = cls.env["payment.method"].with_context(active_test=False)
        cls.method = methods.search([("code", "=", "card")], limit=1)
        # the books are not what is tested here
        cls.startClassPatcher(
            patch.object(type(cls.env["payment.transaction"]), "_create_payment")
        )

    def _order(self):
        return self.env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "website_id": self.website.id,
                "order_line": [Command.create({"product_id": self.bottle.id})],
            }
        )

    def _transaction(self, order, amount=None, operation="online_direct"):
        return self.env["payment.transaction"].create(
            {
                "provider_id": self.provider.id,
                "payment_method_id": self.method.id,
                "amount": order.amount_total if amount is None else amount,
                "currency_id": order.currency_id.id,
                "partner_id": self.partner.id,
                "reference": f"O2O-{order.id}-{amount}",
                "operation": operation,
                "sale_order_ids": [Command.set(order.ids)],
            }
        )

    def test_confirmed_is_not_paid(self):
        """MEM-08: cash on delivery, a pending or an authorized payment give nothing."""
        order = self._order()
        order.action_confirm()
        self.assertFalse(self.partner.o2o_level_grant_ids)
        tx = self._transaction(order)
        tx._set_pending()
        order._o2o_grant_paid_levels()
        # this provider cannot authorize; others can
        tx.flush_recordset()
        self.cr.execute(
            "UPDATE payment_transaction SET state = 'authorized' WHERE id = %s", [tx.id]
        )
        tx.invalidate_recordset()
        order._o2o_grant_paid_levels()
        self.assertFalse(self.partner.o2o_level_grant_ids)
        self.assertEqual(self.partner.o2o_level_id, self.ordinary)

    def test_paid_gives_the_level(self):
        """MEM-08: the payment that is done gives the level, once; cancelling the order
        takes it back."""
        order = self._order()
        tx = self._transaction(order)
        tx._set_done()
        tx._post_process()
        self.assertEqual(order.state, "sale")
        self.assertEqual(self.partner.o2o_level_id, self.gold)
        self.assertEqual(order.o2o_level_id, self.ordinary)
        tx._post_process()
        grant = self.partner.o2o_level_grant_ids
        self.assertEqual((len(grant), grant.amount), (1, 100))
        order.action_unlock()
        order._action_cancel()
        self.assertEqual(self.partner.o2o_level_id, self.ordinary)
        self.assertEqual(grant.state, "revoked")

    def test_part_payment_is_not_enough(self):
        """MEM-08: half of the money gives no level."""
        order = self._order()
        order.action_confirm()
        tx = self._transaction(order, amount=50)
        tx._set_done()
        order._o2o_grant_paid_levels()
        self.assertFalse(self.partner.o2o_level_grant_ids)

    def test_invoice_paid_and_credited(self):
        """MEM-08: a paid invoice gives the level, its credit note takes it back."""
        order = self._order()
        self.template.invoice_policy = "order"
        order.action_confirm()
        invoice = order._create_invoices()
        invoice.action_post()
        self.assertFalse(self.partner.o2o_level_grant_ids)
        self._pay(invoice)
        self.assertEqual(self.partner.o2o_level_id, self.gold)
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, "reason": "t"})
        )
        credit = self.env["account.move"].browse(wizard.refund_moves()["res_id"])
        credit.action_post()
        self._pay(credit)
        self.assertEqual(self.partner.o2o_level_id, self.ordinary)
        self.assertEqual(self.partner.o2o_level_grant_ids.refund_amount, 100)

    def _pay(self, move):
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        ).create({})._create_payments()
        if move.payment_state == "in_payment":
            move._invoice_paid_hook()

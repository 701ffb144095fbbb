import re
from contextlib import contextmanager
from unittest.mock import patch

from odoo import sql_db
from odoo.tests import HttpCase, tagged

from .common import O2oOrderCase


class CheckoutPageCase(O2oOrderCase, HttpCase):
    """A member with an address, and the requests a phone would send."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["delivery.carrier"].search([("id", "!=", cls.carrier.id)]).write(
            {"is_published": False}
        )
        cls.provider.payment_method_ids.active = True
        cls.env["payment.provider"].search([("id", "!=", cls.provider.id)]).write(
            {"state": "disabled"}
        )
        cls.partner = cls.member.partner_id

    def setUp(self):
        super().setUp()
        self.authenticate("o2o_test_member", "o2o_test_member")

    def _add(self, product=None, quantity=1):
        product = product or self.product
        return self.make_jsonrpc_request(
            "/shop/cart/add",
            {
                "product_template_id": product.product_tmpl_id.id,
                "product_id": product.id,
                "quantity": quantity,
            },
        )

    def _page(self):
        """Open the one page; what it would send back."""
        response = self.url_open("/o2o/checkout")
        self.assertEqual(response.status_code, 200)
        return self._read(response.text)

    def _read(self, html):
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', html))
        chosen = [tag for tag in re.findall(r'<input[^>]*name="option"[^>]*>', html)]
        option = next((tag for tag in chosen if "checked" in tag), "")
        value = re.search(r'value="([^"]+)"', option)
        return {
            "key": fields.get("key", ""),
            "seen": fields.get("seen", ""),
            "option": value[1] if value else "",
            "html": html,
        }

    def _submit(self, page, **changes):
        values = {name: page[name] for name in ("key", "seen", "option")}
        return self.make_jsonrpc_request(
            "/o2o/checkout/submit", {**values, "note": "", **changes}
        )

    def _update(self, page, **choices):
        answer = self.make_jsonrpc_request(
            "/o2o/checkout/update",
            {"key": page["key"], "option": page["option"], **choices},
        )
        return {**self._read(answer.get("html") or ""), **answer}

    def _orders(self, state="sale"):
        return self.env["sale.order"].search(
            [("partner_id", "=", self.partner.id), ("state", "=", state)]
        )

    @contextmanager
    def _count(self):
        """The SQL statements of the requests made inside, one text each."""
        statements = []
        execute = sql_db.Cursor.execute

        def spy(cursor, query, params=None, log_exceptions=True):
            statements.append(" ".join(str(query).split())[:120])
            return execute(cursor, query, params, log_exceptions)

        with patch.object(sql_db.Cursor, "execute", spy):
            yield statements


@tagged("post_install", "-at_install")
class TestCheckoutPage(CheckoutPageCase):
    def test_page_and_one_call_make_an_offered_order(self):
        """SHOP-03, SHOP-04, SHOP-05: everything is prefilled, one button orders."""
        self._add(quantity=2)
        page = self._page()
        self.assertTrue(page["option"])
        answer = self._submit(page, note="  please call ")
        self.assertEqual(answer["url"], "/o2o/checkout/done")
        order = self._orders()
        self.assertEqual(order.o2o_state, "offered")
        self.assertEqual(order.o2o_fulfillment_ids.store_id, self.near)
        self.assertEqual(order.o2o_note, "please call")
        self.assertEqual(order.transaction_ids.state, "pending")
        self.assertEqual(order.transaction_ids.provider_id, self.provider)
        self.assertIn(order.name, answer["done"])
        self.assertIn(order.name, self.url_open("/o2o/checkout/done").text)

    def test_statements_from_cart_to_confirmation(self):
        """SHOP-05: the page and the button cost at most 250 statements together."""
        self._add()
        self._submit(self._page())
        self._add(quantity=2)  # warm, as every buyer but the first of a worker is
        with self._count() as on_page:
            page = self._page()
        with self._count() as on_submit:
            answer = self._submit(page)
        self.assertIn("done", answer)
        self.assertLessEqual(len(on_page), 85, "\n".join(on_page))
        self.assertLessEqual(len(on_submit), 180, "\n".join(on_submit))
        self.assertLessEqual(len(on_page) + len(on_submit), 250)

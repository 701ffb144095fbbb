from lxml.html import fromstring

from odoo import http
from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from .common import O2oOrderCase


@tagged("post_install", "-at_install")
class TestCheckout(O2oOrderCase, HttpCase):
    def _progress_url(self, order, token=None):
        token = order._portal_ensure_token() if token is None else token
        return f"/o2o/order/progress/{order.id}?access_token={token}"

    def test_order_list_shows_status_quantity_and_payment(self):
        """SHOP-06: order number, total, pay method, quantity, time, status."""
        order = self._place().order_id
        self.authenticate("o2o_test_member", "o2o_test_member")
        page = self.url_open("/my/orders").text
        self.assertTrue(order.name in page)
        shown = order.with_context(lang=self.website.default_lang_id.code)
        labels = dict(shown._fields["o2o_state"]._description_selection(shown.env))
        self.assertTrue(labels["offered"] in page, "the status is missing")
        [row] = fromstring(page).xpath(f"//tr[contains(., '{order.name}')]")
        cells = [" ".join(cell.text_content().split()) for cell in row.iter("td")]
        self.assertIn("2", cells)
        self.assertIn(shown._o2o_get_payment_label(), cells)
        self.assertTrue(any(labels["offered"] in cell for cell in cells), cells)
        self.assertTrue(any("400.00" in cell for cell in cells), cells)

    def test_order_page_shows_prices_as_the_shop_does(self):
        """SHOP-06: a bottle costs on the order's page what it cost in the shop."""
        tax = self.env["account.tax"].create(
            {"name": "VAT", "amount": 13, "price_include_override": "tax_included"}
        )
        self.product.taxes_id = tax
        order = self._place().order_id
        line = order.order_line.filtered(lambda line: line.product_id == self.product)
        self.assertGreater(line.price_total, line.price_subtotal)
        without = f"{line.price_subtotal:.2f}"
        self.authenticate("o2o_test_member", "o2o_test_member")
        for selection, is_shown in (("tax_included", False), ("tax_excluded", True)):
            self.website.show_line_subtotals_tax_selection = selection
            page = fromstring(self.url_open(f"/my/orders/{order.id}").content)
            [table] = page.xpath("//table[@id='sales_order_table']")
            self.assertEqual(without in table.text_content(), is_shown)

    def test_order_page_leads_back_to_the_payment(self):
        """SHOP-06: who left the gateway without paying finds the way back."""
        order = self.env["sale.order"].create(
            {
                "partner_id": self.member.partner_id.id,
                "website_id": self.website.id,
                "order_line": [Command.create({"product_id": self.product.id})],
            }
        )
        placed = self._place().order_id
        self.authenticate("o2o_test_member", "o2o_test_member")
        for row, is_led in ((order, True), (placed, False)):
            page = fromstring(self.url_open(f"/my/orders/{row.id}").content)
            found = page.xpath("//div[contains(@class, 'o_o2o_pay_again')]/a/@href")
            self.assertEqual(found, ["/shop/payment"] if is_led else [])

    def test_page_after_a_payment_that_was_given_up(self):
        """SHOP-06: nobody is asked to praise what is not bought: the way to pay stands
        there, and nothing to follow yet."""
        order = self.env["sale.order"].create(
            {
                "partner_id": self.member.partner_id.id,
                "website_id": self.website.id,
                "order_line": [Command.create({"product_id": self.product.id})],
            }
        )
        placed = self._place().order_id
        for row, is_open in ((order, True), (placed, False)):
            self.authenticate(
                "o2o_test_member",
                "o2o_test_member",
                session_extra={"sale_last_order_id": row.id},
            )
            page = fromstring(self.url_open("/shop/confirmation").content)
            pay = page.xpath("//div[contains(@class, 'o_o2o_pay_again')]/a/@href")
            self.assertEqual(pay, ["/shop/payment"] if is_open else [])
            share = page.xpath("//div[contains(@class, 'o_o2o_share_order')]")
            self.assertEqual(bool(share), not is_open)
            follow = page.xpath(f"//a[starts-with(@href, '/my/orders/{row.id}')]")
            self.assertEqual(bool(follow), not is_open)

    def test_guest_who_gave_a_payment_up(self):
        """SHOP-06: Odoo lets the cart of a guest go on the way to the gateway; the page
        after it gives it back, and the member's own cart is nobody else's."""
        guest = self.env["res.partner"].create({"name": "Guest"})
        order = self.env["sale.order"].create(
            {
                "partner_id": guest.id,
                "website_id": self.website.id,
                "order_line": [Command.create({"product_id": self.product.id})],
            }
        )
        self.authenticate(None, None, session_extra={"sale_last_order_id": order.id})

        def find():
            page = fromstring(self.url_open("/shop/confirmation").content)
            return page.xpath("//div[contains(@class, 'o_o2o_pay_again')]/a/@href")

        transaction = self.env["payment.transaction"].create(
            {
                "provider_id": self.provider.id,
                "payment_method_id": self.provider.payment_method_ids[:1].id,
                "amount": order.amount_total,
                "currency_id": order.currency_id.id,
                "partner_id": guest.id,
                "sale_order_ids": order.ids,
                "reference": "GUEST",
            }
        )
        self.assertFalse(find())  # it may still be paid
        transaction._set_canceled()
        [address] = find()
        page = fromstring(self.url_open(address).content)
        self.assertIn(self.product.name, page.text_content())

    def test_order_page_tells_of_refunds(self):
        """SHOP-06: what went back, to where, and what is still on its way."""
        order = self._place().order_id
        payment = order.transaction_ids[:1]
        for key, amount, state in (("a", 12.5, "done"), ("b", 7.5, "waiting")):
            self.env["o2o.refund"].create(
                {
                    "order_id": order.id,
                    "company_id": order.company_id.id,
                    "transaction_id": payment.id,
                    "amount": amount,
                    "currency_id": payment.currency_id.id,
                    "reason": "cancelled",
                    "state": state,
                    "key": key,
                }
            )
        shown = payment.with_context(lang=self.website.default_lang_id.code)
        self.authenticate("o2o_test_member", "o2o_test_member")
        page = fromstring(self.url_open(f"/my/orders/{order.id}").content)
        rows = page.xpath("//div[contains(@class, 'o_o2o_refunds')]//li")
        self.assertEqual(len(rows), 2)
        for row, amount in zip(rows, ("12.50", "7.50"), strict=True):
            self.assertIn(amount, row.text_content())
            self.assertIn(shown.provider_id.name, row.text_content())
        self.assertTrue(rows[0].xpath(".//span[contains(@class, 'success')]"))
        self.assertFalse(rows[1].xpath(".//span[contains(@class, 'success')]"))
        # an order of a shop connects with nobody's software
        self.assertFalse(
            page.xpath("//button[@id='portal_connect_software_modal_btn']")
        )

    def test_salesperson_gets_no_mail_of_each_order(self):
        """SHOP-05: the store's bell calls; the member's transaction writes no mail."""
        self.website.salesperson_id = self.head_office_user
        order = self._place().order_id
        self.assertEqual(order.user_id, self.head_office_user)
        notices = self.env["mail.message"].search(
            [
                ("model", "=", "sale.order"),
                ("res_id", "=", order.id),
                ("message_type", "=", "user_notification"),
            ]
        )
        self.assertFalse(notices)

    def test_progress_needs_the_token_or_the_member(self):
        """SHOP-07: a stranger cannot watch somebody's order."""
        order = self._place().order_id
        self.assertEqual(self.url_open(self._progress_url(order)).status_code, 200)
        for token in ("", "wrong"):
            response = self.url_open(self._progress_url(order, token))
            self.assertEqual(response.status_code, 404)
        self.assertEqual(
            self.url_open("/o2o/order/progress/99999999?access_token=x").status_code,
            404,
        )

    def test_member_confirms_the_receipt_once(self):
        """SHOP-07, PTS-01: received by the member completes and pays the points."""
        fulfillment = self._place()
        fulfillment._mark_accepted()
        fulfillment._mark_shipped()
        self.authenticate("o2o_test_member", "o2o_test_member")
        for _twice in range(2):
            self._confirm_receipt(fulfillment)
        self.assertEqual(fulfillment.state, "completed")
        self.assertEqual(self.member.partner_id.o2o_points, 400)

    def test_receipt_before_shipping_changes_nothing(self):
        fulfillment = self._place()
        self.authenticate("o2o_test_member", "o2o_test_member")
        self._confirm_receipt(fulfillment)
        self.assertEqual(fulfillment.state, "offered")

    def _confirm_receipt(self, fulfillment):
        """As the button on the card of a parcel does."""
        return self.url_open(
            f"/o2o/order/received/{fulfillment.order_id.id}",
            data={
                "csrf_token": http.Request.csrf_token(self),
                "part_id": fulfillment.id,
            },
        )

    def test_receipt_is_for_the_parcel_that_came(self):
        """SHOP-07: of two parcels on their way, one has arrived."""
        first = self._place([(self.product, 3)])
        second = self._split(first, self.far, {first.line_ids.sale_line_id: 1.0})
        (first | second)._mark_accepted()
        for part in first | second:
            part._mark_shipped()
        self.authenticate("o2o_test_member", "o2o_test_member")
        page = self.url_open(f"/my/orders/{first.order_id.id}").text
        self.assertIn(f'name="part_id" value="{second.id}"', page)
        self._confirm_receipt(second)
        self.assertEqual((first.state, second.state), ("shipped", "completed"))

    def test_receipt_without_csrf_token_is_refused(self):
        fulfillment = self._place()
        self.authenticate("o2o_test_member", "o2o_test_member")
        response = self.url_open(
            f"/o2o/order/received/{fulfillment.order_id.id}", data={"x": "1"}
        )
        self.assertEqual(response.status_code, 400)

    def test_region_and_remark_are_kept_on_the_own_cart(self):
        """SHOP-04, ROUT-04: remark and region of the submit page."""
        self.authenticate("o2o_test_member", "o2o_test_member")
        self.make_jsonrpc_request(
            "/shop/cart/add",
            {
                "product_template_id": self.product.product_tmpl_id.id,
                "product_id": self.product.id,
                "quantity": 1,
            },
        )
        self.make_jsonrpc_request(
            "/o2o/order/checkout",
            {"region_id": self.chengdu.id, "note": "  x" + "长" * 300},
        )
        cart = self.env["sale.order"].search(
            [("partner_id", "=", self.member.partner_id.id)], limit=1, order="id desc"
        )
        self.assertEqual(cart.o2o_region_id, self.chengdu)
        self.assertEqual(len(cart.o2o_note), 200)
        self.make_jsonrpc_request("/o2o/order/checkout", {"region_id": 2**30})
        self.assertEqual(cart.o2o_region_id, self.chengdu)

    def test_chinese_address_needs_a_phone_but_no_email(self):
        """SHOP-05: nothing is asked that delivery in China does not need."""
        for address_type in ("billing", "delivery"):
            for code, email_needed in (("CN", False), ("BE", True)):
                country = self.env["res.country"].search([("code", "=", code)])
                required = self.make_jsonrpc_request(
                    f"/my/address/country_info/{country.id}",
                    {"address_type": address_type},
                )["required_fields"]
                self.assertEqual("email" in required, email_needed, code)
                self.assertIn("phone", required)

    def test_without_cart_the_checkout_route_says_so(self):
        result = self.make_jsonrpc_request("/o2o/order/checkout", {"note": "x"})
        self.assertTrue(result["error"])

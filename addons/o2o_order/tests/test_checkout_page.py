import re
from contextlib import contextmanager
from unittest.mock import patch

from lxml.html import fromstring

from odoo import http, sql_db
from odoo.exceptions import UserError
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

    def _publish_pickup(self):
        pickup = self.env["delivery.carrier"].create(
            {
                "name": "Pick up",
                "delivery_type": "in_store",
                "product_id": self.carrier.product_id.id,
            }
        )
        # Odoo gives a new one all warehouses, whatever is asked for
        pickup.warehouse_ids = (self.near | self.far).warehouse_id
        pickup.is_published = True
        on_site = self.env["payment.provider"].search(
            [("custom_mode", "=", "on_site")], limit=1
        )
        on_site.write({"state": "enabled", "is_published": True})
        on_site.payment_method_ids.active = True
        return pickup

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

    def test_page_lists_what_is_bought(self):
        """SHOP-03, SHOP-04: goods, quantity, price and total; address and payment."""
        self._add(quantity=2)
        page = fromstring(self._page()["html"])

        def shown(name):
            found = page.xpath(f"//*[contains(@class, '{name}')]")
            return " ".join(" ".join(node.text_content() for node in found).split())

        line = shown("o_o2o_checkout_line")
        self.assertIn(self.product.name, line)
        self.assertIn("200.00", line)
        self.assertEqual(shown("o_o2o_quantity"), "2")
        self.assertIn("400.00", shown("o_o2o_checkout_total"))
        self.assertIn(self.partner.street, page.text_content())
        self.assertTrue(page.xpath("//input[@name='note']"))

    def test_statements_from_cart_to_confirmation(self):
        """SHOP-05: page and button together keep to the goal of 250 statements."""
        self._add()
        self._submit(self._page())
        self._add(quantity=2)  # warm, as every buyer but the first of a worker is
        with self._count() as on_page:
            page = self._page()
        with self._count() as on_submit:
            answer = self._submit(page)
        self.assertIn("done", answer)
        self.assertLessEqual(len(on_page), 70, "\n".join(on_page))
        self.assertLessEqual(len(on_submit), 186, "\n".join(on_submit))
        self.assertLessEqual(len(on_page) + len(on_submit), 250)

    # === one page, one order === #

    def test_the_same_page_submitted_again_answers_with_the_same_order(self):
        """SHOP-04: a double tap, a replay and an old tab make no second order."""
        self._add()
        page = self._page()
        first = self._submit(page)
        self._add(quantity=3)  # a new cart must not be bought by the old page
        again = self._submit(page)
        self.assertEqual(again.get("url"), first["url"])
        self.assertEqual(len(self._orders()), 1)
        self.assertIn(self._orders().name, again["done"])
        self.assertEqual(len(self._orders("draft")), 1)

    def test_key_of_somebody_else_finds_nothing(self):
        """SHOP-04: who knows a member's key sees no order with it."""
        self._add()
        page = self._page()
        self._submit(page)
        self._create_member("o2o_other_member", "13900000002")
        self.authenticate("o2o_other_member", "o2o_other_member")
        self.assertEqual(self._submit(page), {"url": "/shop/cart"})

    def test_malformed_keys_are_refused(self):
        self._add()
        page = self._page()
        for key in ("", "short", "x" * 65, "ä" * 20, "../../../../etc/passwd", 7, None):
            answer = self._submit(page, key=key)
            self.assertTrue(answer.get("error"), key)
        self.assertFalse(self._orders())

    # === what the page sends is not believed === #

    def test_changed_meanwhile_is_asked_again(self):
        """SHOP-03: a price that rose since the page was opened is shown first."""
        self._add()
        page = self._page()
        self.product.list_price = 250.0
        answer = self._submit(page)
        self.assertTrue(answer.get("error"))
        self.assertFalse(self._orders())
        fresh = self._read(answer["html"])
        self.assertNotEqual(fresh["seen"], page["seen"])
        self.assertEqual(fresh["key"], page["key"])
        self.assertIn("done", self._submit(fresh))
        self.assertEqual(self._orders().amount_total, 250.0)

    def test_forged_total_or_fingerprint_buys_nothing(self):
        """SHOP-03: neither a price nor a quantity can be sent along."""
        self._add()
        page = self._page()
        for seen in ("", "0" * 32, "x", None, 5, page["seen"][:-1]):
            self.assertTrue(self._submit(page, seen=seen)["error"], seen)
        self.assertFalse(self._orders())
        self._submit(page, amount=0.01, price_unit=0.01, amount_total=0.01)
        self.assertEqual(self._orders().amount_total, 200.0)

    def test_address_of_somebody_else_is_refused(self):
        """SHOP-04: only the own address book can be chosen from."""
        other = self._create_member("o2o_other_member", "13900000002").partner_id
        self._add()
        page = self._page()
        for address in (other, self.near.partner_id, self.env.company.partner_id):
            answer = self._update(page, address_id=address.id)
            self.assertTrue(answer["error"])
            self.assertEqual(
                self._orders("draft").partner_shipping_id, self.partner, address.name
            )

    def test_own_second_address_is_kept_and_comes_back(self):
        """SHOP-05: the next order goes where the last one went."""
        office = self.env["res.partner"].create(
            {
                "name": "Office",
                "type": "delivery",
                "parent_id": self.partner.id,
                "phone": "13900000009",
                "street": "金阳大道 1 号",
                "city": "贵阳市",
                "country_id": self.env.ref("base.cn").id,
            }
        )
        self._add()
        page = self._update(self._page(), address_id=office.id)
        self.assertFalse(page["error"])
        self.assertIn("done", self._submit(page))
        self._add()
        self._page()
        self.assertEqual(self._orders("draft").partner_shipping_id, office)

    def test_store_of_the_last_order_is_chosen_again(self):
        """SHOP-05: who collected in a store finds it chosen the next time."""
        pickup = self._publish_pickup()
        self._add()
        page = self._update(self._page(), method_id=pickup.id, store_id=self.far.id)
        self.assertIn("done", self._submit(page))
        self._add()
        self._page()
        cart = self._orders("draft")
        self.assertEqual(cart.carrier_id, pickup)
        self.assertEqual(cart._o2o_get_pickup_store(), self.far)

    def test_new_address_on_the_page(self):
        """SHOP-05: a member without an address needs no other page to get one."""
        self.partner.write({"street": False, "city": False})
        self._add()
        page = self._page()
        self.assertTrue(self._submit(page)["error"])
        values = {
            "key": page["key"],
            "option": page["option"],
            "name": self.partner.name,
            "phone": self.partner.phone,
            "region_id": self.guanshanhu.id,
            "street": "",
        }
        route = "/o2o/checkout/address"
        self.assertTrue(self.make_jsonrpc_request(route, values)["error"])
        answer = self.make_jsonrpc_request(route, {**values, "street": "观山路 2 号"})
        self.assertFalse(answer["error"])
        self.assertEqual(self.partner.city, "贵阳观山湖区")
        self.assertIn("done", self._submit(self._read(answer["html"])))
        self.assertEqual(self._orders().o2o_region_id, self.guanshanhu)

    def test_payment_that_is_not_offered_is_refused(self):
        """PAY: the rules of providers hold on submit too, whatever is sent."""
        self._add()
        page = self._page()
        self.carrier.allow_cash_on_delivery = False
        for option in (page["option"], "", "0-0", "x", f"{self.provider.id}-999999"):
            self.assertTrue(self._submit(page, option=option)["error"], option)
        self.assertFalse(self._orders())

    def test_nothing_is_left_of_a_refused_submit(self):
        """A refusal after the payment was created leaves no payment behind."""
        self._add()
        page = self._page()
        target = type(self.env["payment.transaction"])
        with patch.object(target, "_post_process", side_effect=UserError("no")):
            answer = self._submit(page)
        self.assertEqual(answer["error"], "no")
        cart = self._orders("draft")
        self.assertFalse(cart.transaction_ids)
        self.assertFalse(cart.o2o_checkout_key)
        self.assertIn("done", self._submit(self._read(answer["html"])))

    def test_online_payment_goes_on_to_the_payment_page(self):
        """SHOP-04: who pays online is led to Odoo's page for it; nothing is ordered."""
        wire = self.env["payment.provider"].search(
            [("custom_mode", "=", "wire_transfer")], limit=1
        )
        wire.write({"state": "enabled", "is_published": True})
        wire.payment_method_ids.active = True
        self._add()
        page = self._page()
        option = f"{wire.id}-{wire.payment_method_ids[:1].id}"
        self.assertIn(option, page["html"])
        self.assertEqual(self._submit(page, option=option), {"url": "/shop/payment"})
        self.assertFalse(self._orders())
        self.assertEqual(self.url_open("/shop/payment").status_code, 200)

    # === goods === #

    def test_quantity_is_changed_within_the_stock(self):
        """SHOP-08: one more, one less, none; never more than there is."""
        self._add()
        page = self._page()
        line = self._orders("draft").order_line.filtered(
            lambda line: line._o2o_is_goods()
        )
        page = self._update(page, line_id=line.id, quantity=3)
        self.assertEqual(line.product_uom_qty, 3)
        self._update(page, line_id=line.id, quantity=5000)
        self.assertLessEqual(line.product_uom_qty, 10)
        other = self._create_order(member=self._create_member("o2o_x", "13900000003"))
        self.assertTrue(
            self._update(page, line_id=other.order_line[:1].id, quantity=9)["error"]
        )
        answer = self._update(page, line_id=line.id, quantity=0)
        self.assertEqual(answer["url"], "/shop/cart")

    def test_region_without_the_goods_cannot_be_submitted(self):
        """ROUT-04: the member is told which region has them."""
        stores = self.head_office | self.other_city
        stores.is_paused = True
        self._add(self.scarce)
        page = self._page()
        page = self._update(page, region_id=self.chengdu.id)
        self.assertIn("o_o2o_shortage", page["html"])
        self.assertTrue(self._submit(page)["error"])
        self.assertFalse(self._orders())
        page = self._update(page, region_id=self.guiyang.id)
        self.assertIn("done", self._submit(page))
        self.assertEqual(self._orders().o2o_fulfillment_ids.store_id, self.far)

    def test_unpublished_meanwhile_is_not_bought(self):
        self._add()
        page = self._page()
        self.product.product_tmpl_id.active = False
        answer = self._submit(page)
        self.assertNotIn("done", answer)
        self.assertFalse(self._orders())

    # === pick-up === #

    def test_stores_to_collect_at_are_sorted_by_distance(self):
        """SHOP-11: the near store first, with the way to it; one without goods last."""
        pickup = self._publish_pickup()
        pickup.warehouse_ids |= self.other_city.warehouse_id
        self.partner.write(
            {
                "partner_latitude": self.near.latitude,
                "partner_longitude": self.near.longitude,
            }
        )
        self._add()
        self._update(self._page(), method_id=pickup.id)
        order = self._orders(state="draft")
        # whatever their order in the back office is
        self.other_city.sequence, self.far.sequence, self.near.sequence = 1, 2, 3
        rows = order._o2o_get_pickup_choices()
        stores = self.near | self.far | self.other_city
        self.assertEqual([row["store"] for row in rows], list(stores))
        self.assertEqual(
            [row["distance"] for row in rows], ["100 m", "20 km", "507 km"]
        )
        self._set_stock(self.near, self.product, -10)
        rows = order._o2o_get_pickup_choices()
        self.assertEqual(rows[-1]["store"], self.near)

    def test_pick_up_is_paid_in_the_store(self):
        """SHOP-04, SHOP-11: the store is chosen on the page; its stock decides."""
        pickup = self._publish_pickup()
        self._add(self.scarce)
        page = self._update(self._page(), method_id=pickup.id)
        self.assertTrue(self._submit(page)["error"], "no store chosen yet")
        page = self._update(page, method_id=pickup.id, store_id=self.far.id)
        self.assertFalse(page["error"])
        self.assertIn("done", self._submit(page))
        fulfillment = self._orders().o2o_fulfillment_ids
        self.assertEqual(fulfillment.store_id, self.far)
        self.assertEqual(fulfillment.delivery_kind, "pickup")

    def test_closed_store_cannot_be_chosen_nor_bought_from(self):
        """ROUT-04: a store that takes no orders, before and after it was chosen."""
        pickup = self._publish_pickup()
        self._add()
        page = self._update(self._page(), method_id=pickup.id, store_id=self.near.id)
        self.near.is_paused = True
        self.assertTrue(self._submit(page)["error"])
        answer = self._update(page, method_id=pickup.id, store_id=self.near.id)
        self.assertTrue(answer["error"])
        answer = self._update(page, method_id=pickup.id, store_id=self.other_city.id)
        self.assertTrue(answer["error"], "not a store of this delivery method")
        self.assertFalse(self._orders())

    # === who === #

    def test_guests_keep_the_steps_of_odoo(self):
        self.authenticate(None, None)
        self._add()
        response = self.url_open("/o2o/checkout", allow_redirects=False)
        self.assertIn("/shop/checkout", response.headers["Location"])
        self.assertEqual(self.url_open("/shop/cart").status_code, 200)

    def test_empty_cart_leads_to_the_shop(self):
        response = self.url_open("/o2o/checkout", allow_redirects=False)
        self.assertIn("/shop", response.headers["Location"])
        page = {"key": "k" * 20, "seen": "", "option": ""}
        self.assertEqual(self._submit(page), {"url": "/shop/cart"})

    def test_cart_leads_a_member_to_the_one_page(self):
        self._add()
        self.assertIn('href="/o2o/checkout"', self.url_open("/shop/cart").text)

    def test_points_are_used_as_chosen_on_the_page(self):
        """PTS-05: points and checkout agree; changing them is seen."""
        self.company.write(
            {"o2o_points_for_money": 100, "o2o_points_min": 100, "o2o_points_step": 100}
        )
        self.partner.with_company(self.company)._o2o_post_points(
            5000, "manual", "checkout:start"
        )
        self._add()
        page = self._page()
        self.assertIn("o_o2o_points_chooser", page["html"])
        answer = self.make_jsonrpc_request("/o2o/cart/points", {"points": 1000})
        self.assertFalse(answer["error"])
        self.assertTrue(self._submit(page)["error"], "the page shows another total")
        self.assertIn("done", self._submit(self._page()))
        order = self._orders()
        self.assertEqual(order.o2o_points_spent, 1000)
        self.assertEqual(order.amount_total, 190.0)
        self.assertEqual(self.partner.o2o_points, 4000)

    # === again === #

    def _again(self, order):
        return self.url_open(
            f"/o2o/order/again/{order.id}",
            data={"csrf_token": http.Request.csrf_token(self)},
        )

    def test_again_fills_the_cart_and_says_what_is_gone(self):
        """SHOP-10: one tap; what is not sold any more is named."""
        gone = self._create_product("停产酒", 88.0)
        self._set_stock(self.far, gone, 5)
        order = self._place([(self.product, 2), (gone, 1), (self.scarce, 2)]).order_id
        gone.product_tmpl_id.is_published = False
        self.env["stock.quant"]._update_available_quantity(
            self.scarce, self.far.warehouse_id.lot_stock_id, -1
        )
        page = self._again(order)
        self.assertTrue(page.url.endswith("/o2o/checkout"))
        self.assertIn("停产酒", page.text)
        cart = self._orders("draft")
        goods = cart.order_line.filtered(lambda line: line._o2o_is_goods())
        self.assertEqual(
            {line.product_id: line.product_uom_qty for line in goods}[self.product], 2
        )
        self.assertNotIn(gone, goods.product_id)

    def test_again_is_for_the_own_orders_only(self):
        other = self._create_member("o2o_other_member", "13900000002")
        order = self._place(member=other).order_id
        self.assertEqual(self._again(order).status_code, 404)
        self.assertFalse(self._orders("draft"))

    def test_member_centre_shows_the_last_order(self):
        """SHOP-10: one tap from the member centre."""
        order = self._place().order_id
        page = self.url_open("/o2o/member").text
        self.assertIn(f"/o2o/order/again/{order.id}", page)
        self.assertIn(order.name, page)

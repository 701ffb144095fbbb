from lxml import html

from odoo.fields import Command
from odoo.tests import HttpCase, JsonRpcException, new_test_user, tagged
from odoo.tools import mute_logger

from .common_redeem import RedeemCommon


@tagged("post_install", "-at_install")
class TestWebsitePoints(RedeemCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website = cls.env["website"].get_current_website()
        cls.website.company_id = cls.company
        english = cls.env.ref("base.lang_en")
        cls.website.language_ids = [Command.link(english.id)]
        cls.website.default_lang_id = english
        cls.buyer = new_test_user(
            cls.env, "o2o_p_buyer", groups="base.group_portal", lang="en_US"
        )
        partner = cls.buyer.partner_id
        partner.write(
            {
                "name": "O2O Buyer",
                "street": "1 Road",
                "city": "Guiyang",
                "zip": "550000",
                "phone": "13800138001",
                "email": "buyer@example.com",
                "country_id": cls.env.ref("base.cn").id,
                "state_id": cls.env.ref("base.state_cn_GZ", False)
                and cls.env.ref("base.state_cn_GZ").id,
            }
        )
        cls._create_card("88000300")._activate(partner)
        partner._o2o_post_points(10000, "manual", "web:start")
        cls.buyer_partner = partner
        cls.ticket = cls._create_product("O2O Ticket", 100.0, type="service")
        cls.gift = cls._create_product(
            "O2O Gift",
            25.0,
            type="service",
            o2o_payment_kind="points",
            o2o_points_price=1200,
        )

    def setUp(self):
        super().setUp()
        self.authenticate("o2o_p_buyer", "o2o_p_buyer")

    def _add(self, product, quantity=1):
        return self.make_jsonrpc_request(
            "/shop/cart/add",
            {
                "product_template_id": product.product_tmpl_id.id,
                "product_id": product.id,
                "quantity": quantity,
            },
        )

    def _cart(self):
        return self.env["sale.order"].search(
            [("partner_id", "=", self.buyer_partner.id)], order="id desc", limit=1
        )

    def _choose(self, points):
        return self.make_jsonrpc_request("/o2o/cart/points", {"points": points})

    def _payment_page(self):
        page = self.url_open("/shop/payment")
        self.assertEqual(page.status_code, 200)
        return html.fromstring(page.text)

    def test_choose_and_see(self):
        """PTS-05: the chooser tells the rules; the summary shows the choice."""
        self._add(self.ticket)
        page = self._payment_page()
        [chooser] = page.xpath("//div[contains(@class, 'o_o2o_points_chooser')]")
        self.assertEqual(
            [chooser.get(f"data-{name}") for name in ("min", "max", "step", "chosen")],
            ["200", "5000", "100", "0"],
        )
        self.assertEqual(self._choose(1200), {"error": ""})
        cart = self._cart()
        self.assertEqual((cart.o2o_points_spent, cart.amount_total), (1200, 88.0))
        rows = self._payment_page().xpath("//tr[@name='o2o_order_points']")
        text = " ".join(rows[0].text_content().split())
        self.assertIn("1,200 points used", text)
        self.assertIn("12.00", text)
        self.assertEqual(self._choose(0), {"error": ""})
        self.assertEqual(cart.amount_total, 100.0)

    @mute_logger("odoo.http")
    def test_attacks(self):
        """PTS-05, invariant 7: nothing the browser says is believed."""
        self._add(self.ticket)
        for points in (
            -1000,
            0.5,
            1000.0,
            "1000",
            True,
            [1000],
            {"a": 1},
            None,
            10**20,
        ):
            with self.subTest(points=points):
                self.assertTrue(self._choose(points)["error"])
        for points in (100, 250, 5100, 20000):
            with self.subTest(points=points):
                self.assertTrue(self._choose(points)["error"])
        self.assertEqual(self._cart().amount_total, 100.0)
        self.assertFalse(self._cart().o2o_points_spent)

    @mute_logger("odoo.http")
    def test_more_goods_less_goods(self):
        """PTS-05: the points follow the cart."""
        self._add(self.ticket, 2)
        self._choose(10000)
        cart = self._cart()
        self.assertEqual(cart.amount_total, 100.0)
        self.make_jsonrpc_request(
            "/shop/cart/update",
            {
                "line_id": cart.order_line.filtered(
                    lambda line: line.product_id == self.ticket
                ).id,
                "quantity": 1,
            },
        )
        self.assertEqual((cart.o2o_points_spent, cart.amount_total), (5000, 50.0))
        discount = cart.order_line.filtered("o2o_is_points")
        self.make_jsonrpc_request(
            "/shop/cart/update", {"line_id": discount.id, "quantity": 9}
        )
        self.assertEqual(cart.amount_total, 50.0)

    @mute_logger("odoo.http")
    def test_points_product_is_not_for_sale(self):
        """PTS-05: nobody puts the discount into the cart."""
        with self.assertRaises(JsonRpcException):
            self._add(self.company._o2o_points_product())

    def test_no_card_no_chooser(self):
        """CARD-04: without an active card there is nothing to choose."""
        self.buyer_partner.o2o_card_ids._freeze("Test")
        self._add(self.ticket)
        self.assertFalse(
            self._payment_page().xpath("//section[contains(@class, 'o_o2o_points')]")
        )
        self.assertIn("no active member card", self._choose(1000)["error"])

    @mute_logger("odoo.http")
    def test_cart_of_somebody_else(self):
        """PTS-05: the link to a cart does not open the purse of its owner."""
        self._add(self.ticket)
        self._choose(5000)
        cart = self._cart()
        token = cart._portal_ensure_token()
        self.authenticate(None, None)
        self.url_open(
            f"/shop/cart?id={cart.id}&access_token={token}&revive_method=squash"
        )
        with self.assertRaises(JsonRpcException):
            self._choose(5000)
        with self.assertRaises(JsonRpcException):
            self.make_jsonrpc_request(
                f"/shop/payment/transaction/{cart.id}",
                {"access_token": token},
            )
        self.assertEqual(self.buyer_partner.o2o_points, 10000)
        self.url_open("/shop/payment")
        self.assertFalse(cart.o2o_points_spent)

    def test_pure_points_order(self):
        """PTS-06, PTS-10: goods for points need no payment provider; replay is
        harmless; the order stands among the member's others, with its points."""
        self._add(self.gift, 2)
        cart = self._cart()
        self.assertEqual((cart.amount_total, cart.o2o_points_total), (0.0, 2400))
        page = self._payment_page()
        self.assertIn("2,400 points", page.text_content())
        self.url_open("/shop/payment/validate")
        self.assertEqual(cart.state, "sale")
        self.assertEqual(self.buyer_partner.o2o_points, 7600)
        self.url_open("/shop/payment/validate")
        self.assertEqual(self.buyer_partner.o2o_points, 7600)
        self.assertTrue(self._choose(0)["error"], "the cart is gone")
        orders = self.url_open("/my/orders").text
        self.assertIn(cart.name, orders)
        self.assertIn("2,400", html.fromstring(orders).text_content())

    @mute_logger("odoo.http")
    def test_not_enough_points_for_the_goods(self):
        """PTS-06: who lacks points is told how many, and nothing is confirmed."""
        self._add(self.gift, 9)
        page = self.url_open("/shop/payment/validate")
        self.assertIn("800 more points", page.text)
        self.assertEqual(self._cart().state, "draft")

    @mute_logger("odoo.http")
    def test_goods_for_points_are_for_members(self):
        """CARD-04, PTS-06: visitors cannot put them into the cart."""
        self.authenticate(None, None)
        with self.assertRaisesRegex(JsonRpcException, "UserError"):
            self._add(self.gift)

    def test_prices_in_points(self):
        """PTS-06: product page and shop show points instead of money."""
        page = html.fromstring(self.url_open(self.gift.website_url).text)
        [price] = page.xpath("//div[contains(@class, 'o_o2o_points_price')]")
        self.assertEqual(" ".join(price.text_content().split()), "1,200 points")
        shop = html.fromstring(self.url_open("/shop?search=O2O+Gift").text)
        prices = [
            " ".join(price.text_content().split())
            for price in shop.xpath("//div[contains(@class, 'product_price')]")
        ]
        self.assertEqual(prices, ["1,200 points"])

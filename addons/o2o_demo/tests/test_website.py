import re

from odoo.tests import HttpCase, tagged

#: texts of core that would betray the made-up shop
LEFTOVERS = (
    "yourcompany",
    "My Company",
    "Powered by",
    "555-5556",
    "Buena Vista",
    "30 天退款",
)


@tagged("post_install", "-at_install")
class TestWebsite(HttpCase):
    def _get(self, path):
        response = self.url_open(path)
        self.assertEqual(response.status_code, 200, path)
        return response.text

    def test_shop_speaks_chinese_and_shows_goods(self):
        """SHOP-02: name, price and origin on the card."""
        page = self._get("/shop")
        self.assertIn('lang="zh-CN"', page)
        self.assertIn("坤沙大曲", page)
        self.assertIn("赤水河谷", page)
        self.assertIn("酱香白酒", page)

    def test_home_page_leads_to_the_shop_and_to_registration(self):
        """SHOP-01: "I want to buy" and the member registration, side by side."""
        page = self._get("/")
        self.assertIn("我要买酒", page)
        self.assertIn('href="/o2o/member/register"', page)
        self.assertIn("贵阳南明旗舰店", page)

    def test_nothing_of_core_sample_texts_is_left(self):
        """A shop owner sees one shop, not a template."""
        product = self.env.ref("o2o_demo_shop.product_nf01")
        pages = ("/", "/shop", "/contactus", "/o2o/member/register")
        for path in (*pages, product.website_url):
            page = self._get(path)
            for text in LEFTOVERS:
                self.assertNotIn(text, page, path)

    def test_product_page_tells_what_the_bottle_tells(self):
        """SHOP-03: description and specification."""
        product = self.env.ref("o2o_demo_shop.product_nf01")
        page = self._get(product.website_url)
        self.assertIn("陶坛陈放整十年", page)
        self.assertIn("2013", page)

    def test_code_is_shown_on_the_page(self):
        """MEM-01: nobody receives messages here, so the answer tells the code."""
        answer = self.make_jsonrpc_request(
            "/o2o/member/code", {"purpose": "register", "phone": "13700000001"}
        )
        [code] = re.findall(r"\d{6}", answer["hint"])
        codes = self.env["o2o.verification"]
        self.assertFalse(codes._check("register", "sms", "13700000001", code))

    def test_code_is_not_shown_once_messages_leave(self):
        """MEM-01: a shop that sends real messages keeps its codes to itself."""
        self.env["website"].search([]).company_id.o2o_sms_provider = "core"
        answer = self.make_jsonrpc_request(
            "/o2o/member/code", {"purpose": "register", "phone": "13700000002"}
        )
        self.assertTrue(answer["sent"])
        self.assertNotIn("hint", answer)

from lxml.html import fromstring

from odoo.tests import HttpCase, tagged

from .common import CatalogCommon


@tagged("post_install", "-at_install")
class TestShop(CatalogCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website = cls.env["website"].get_current_website()

    def test_card_shows_origin_and_date(self):
        """SHOP-02: the card names price, production date and origin."""
        page = self.url_open("/shop?search=O2O+Aged+Sauce")
        self.assertEqual(page.status_code, 200)
        self.assertIn("Chishui Riverside", page.text)
        self.assertIn("o_o2o_card_facts", page.text)
        self.assertIn("1,499.00", page.text)
        [card] = fromstring(page.text).xpath(
            "//div[contains(@class, 'o_o2o_card_facts')]"
        )
        self.assertIn("2021", card.text_content())

    def test_product_page_shows_specifications(self):
        """SHOP-02: the product page lists the facts of the label."""
        page = self.url_open(self.bottle.website_url)
        for text in ("o_o2o_specifications", "53% vol", "500 ml", "2016"):
            self.assertIn(text, page.text)

    def test_product_without_facts_shows_no_empty_table(self):
        """SHOP-02: no facts, no table."""
        plain = self.env["product.template"].create(
            {"name": "O2O Glass", "is_published": True}
        )
        page = self.url_open(plain.website_url)
        self.assertEqual(page.status_code, 200)
        self.assertNotIn("o_o2o_specifications", page.text)

    def test_search_by_origin(self):
        """SHOP-02: typing the origin into the shop search finds the bottle."""
        page = self.url_open("/shop?search=Chishui")
        self.assertIn("O2O Aged Sauce", page.text)

    def test_search_by_chinese_origin(self):
        """SHOP-02: a two-character Chinese origin is found in the Chinese shop."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.bottle.with_context(lang="zh_CN").o2o_origin = "赤水河畔"
        Website = self.website.with_context(lang="zh_CN", website_id=self.website.id)
        count, details, _fuzzy = Website._search_with_fuzzy(
            "products_only",
            "赤水",
            limit=20,
            order="name asc",
            options={
                "displayImage": False,
                "displayDescription": False,
                "displayExtraLink": False,
                "displayDetail": False,
                "allowFuzzy": True,
            },
        )
        self.assertEqual(count, 1)
        self.assertEqual(details[0]["results"], self.bottle)

    def test_cards_cost_no_query_each(self):
        """SHOP-02: facts on the cards add no query to a page of many products."""
        bottles = self.bottle
        for number in range(8):
            bottles |= self._create_bottle(f"O2O Aged Sauce {number}")
        with_facts, page = self._count_shop_queries()
        self.assertEqual(page.count("o_o2o_card_facts"), len(bottles))
        bottles.write({"o2o_origin": False, "o2o_production_date": False})
        without_facts, page = self._count_shop_queries()
        self.assertNotIn("o_o2o_card_facts", page)
        self.assertEqual(with_facts, without_facts)

    def _count_shop_queries(self):
        """(queries, html) of a warm /shop page with the bottles of this test."""
        url = "/shop?search=O2O+Aged+Sauce"
        self.url_open(url)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        page = self.url_open(url).text
        return self.cr.sql_log_count - before, page

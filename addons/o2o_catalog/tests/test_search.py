from odoo.exceptions import AccessError, ValidationError
from odoo.tests import HttpCase, new_test_user, tagged

from .common import CatalogCommon


@tagged("post_install", "-at_install")
class TestSearch(CatalogCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("zh_CN")
        cls.website = cls.env["website"].get_current_website()
        cls.brand = cls.env["o2o.brand"].create({"name": "赖氏酒坊"})
        cls.old = cls._create_bottle(
            "赖茅传承",
            o2o_brand_id=cls.brand.id,
            o2o_origin="贵州省仁怀市茅台镇",
            o2o_vintage=2012,
            o2o_degree=53,
        )
        cls.young = cls._create_bottle(
            "赤水王子 二零一八",
            o2o_origin="贵州省赤水市",
            o2o_vintage=2018,
            o2o_degree=45,
        )

    def _search(
        self, text, order="is_published desc, website_sequence asc, id desc", **options
    ):
        _count, details, fuzzy = self.website._search_with_fuzzy(
            "products_only",
            text,
            limit=None,
            order=order,
            options={
                "displayImage": False,
                "displayDescription": True,
                "displayExtraLink": False,
                "displayDetail": False,
                "allowFuzzy": True,
                **options,
            },
        )
        self.assertFalse(fuzzy)
        return details[0]["results"]

    def test_two_characters_find_name_origin_and_brand(self):
        """SRCH-01: two Chinese characters are enough, in each field."""
        self.assertEqual(self._search("赖茅"), self.old)
        self.assertEqual(self._search("酒坊"), self.old)
        self.assertIn(self.young, self._search("赤水"))
        self.assertIn(self.old, self._search("仁怀"))

    def test_pinyin_initials_and_wrong_characters(self):
        """SRCH-01: typed by sound, by initials, or with a wrong character."""
        for text in ("laimao", "lm", "lmcc", "来茅"):
            with self.subTest(text):
                self.assertIn(self.old, self._search(text))
        self.assertNotIn(self.young, self._search("laimao"))

    def test_several_words_must_all_be_there(self):
        """SRCH-01: words narrow the result, whatever field they are in."""
        self.assertEqual(self._search("贵州 赤水 45度"), self.young)
        self.assertFalse(self._search("赖茅 45度"))

    def test_vintage_and_span_of_years(self):
        """SRCH-01: a year, or from one year to another."""
        self.assertIn(self.old, self._search("2012"))
        self.assertEqual(self._search("贵州 2010-2015"), self.old)
        self.assertEqual(self._search("贵州 2016-2019"), self.young)
        self.assertFalse(self._search("贵州 1990-1999"))

    def test_name_ranks_before_description(self):
        """SRCH-02: what is called so comes before what mentions it."""
        mentions = self._create_bottle("配套酒杯", description_sale="适合赖茅的酒杯")
        # in the order of the shop it stands before
        mentions.website_sequence, self.old.website_sequence = 1, 9
        self.assertEqual(self._search("赖茅"), self.old | mentions)
        self.assertEqual(self._search("赖茅")[0], self.old)
        by_price = self._search(
            "赖茅", order="is_published desc, list_price asc, id desc"
        )
        self.assertEqual(by_price, self.old | mentions)

    def test_chosen_order_beats_relevance(self):
        """SRCH-02: who sorts by price gets prices."""
        cheap = self._create_bottle("配套酒杯", description_sale="赖茅", list_price=9)
        found = self._search("赖茅", order="is_published desc, list_price asc, id desc")
        self.assertEqual(found[0], cheap)

    def test_synonyms(self):
        """SRCH-01: words that mean the same find the same."""
        synonyms = self.env["o2o.search.synonym"]
        self.assertFalse(self._search("老赖"))
        record = synonyms.create({"words": "老赖，赖茅"})
        self.assertEqual(self._search("老赖"), self.old)
        record.active = False
        self.assertFalse(self._search("老赖"))
        with self.assertRaises(ValidationError):
            synonyms.create({"words": "单独"})

    def test_index_follows_what_it_is_made_of(self):
        """SRCH-01: a changed name, brand, origin or tag is found at once."""
        self.brand.name = "曲江酒坊"
        self.assertEqual(self._search("曲江"), self.old)
        self.old.with_context(lang="zh_CN").name = "曲江窖藏"
        self.assertEqual(self._search("窖藏"), self.old)
        self.old.o2o_origin = "江西省庐山市"
        self.assertEqual(self._search("庐山"), self.old)
        self.assertNotIn(self.old, self._search("仁怀"))
        tag = self.env["product.tag"].create({"name": "送礼佳品"})
        self.young.product_tag_ids = tag
        self.assertEqual(self._search("送礼"), self.young)

    def test_unpublished_products_stay_hidden(self):
        """SRCH-01: the search finds no more than the visitor may see."""
        self.old.is_published = False
        public = self.env.ref("base.public_user")
        website = self.website.with_user(public)
        _count, details, _fuzzy = website._search_with_fuzzy(
            "products_only",
            "赖茅",
            limit=None,
            order="website_sequence asc",
            options={
                "displayImage": False,
                "displayDescription": False,
                "displayExtraLink": False,
                "displayDetail": False,
                "allowFuzzy": False,
            },
        )
        self.assertFalse(details[0]["results"])

    def test_signs_and_quotes_are_harmless(self):
        """SRCH-01: a customer's text is never a program."""
        for text in ("'", "\\", "a' & !b", "赖茅' | '", ":*", "-", "%", "(", "\x01茅"):
            with self.subTest(text):
                self._search(text, allowFuzzy=False)

    def test_roles(self):
        """SRCH-01: visitors read brands, and neither log nor synonyms."""
        member = new_test_user(
            self.env, "o2o_search_member", groups="base.group_portal"
        )
        self.assertEqual(self.brand.with_user(member).name, "赖氏酒坊")
        for model in ("o2o.search.log", "o2o.search.synonym"):
            with self.subTest(model), self.assertRaises(AccessError):
                self.env[model].with_user(member).search([])

    def test_search_costs_the_same_with_many_products(self):
        """SRCH-01: one question to the index, however large the catalogue."""
        self._search("贵州")
        self.env.flush_all()
        before = self.cr.sql_log_count
        self._search("贵州")
        few = self.cr.sql_log_count - before
        for number in range(10):
            self._create_bottle(f"贵州酒 {number}")
        self._search("贵州")
        before = self.cr.sql_log_count
        self.assertEqual(len(self._search("贵州")), 12)
        self.assertLessEqual(self.cr.sql_log_count - before, few)

    def test_index_is_used(self):
        """SRCH-01: the words stand in a GIN index."""
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute(
            "EXPLAIN SELECT id FROM product_template"
            " WHERE o2o_search_vector IS NOT NULL"
            " AND o2o_search_vector::tsvector @@ '''茅台'''::tsquery"
        )
        plan = "\n".join(line for (line,) in self.env.cr.fetchall())
        self.assertIn("_o2o_search_vector_idx", plan)


@tagged("post_install", "-at_install")
class TestSearchShop(CatalogCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        brands = cls.env["o2o.brand"].create(
            [{"name": "O2O Brook"}, {"name": "O2O Hill"}]
        )
        cls.brook = brands[0]
        cls.bottle.o2o_brand_id = cls.brook
        cls.other = cls._create_bottle("O2O Other", o2o_brand_id=brands[1].id)

    def test_brands_filter_the_shop(self):
        """PROD-04: a brand is chosen above the products and named on the page."""
        page = self.url_open("/shop?search=O2O").text
        self.assertIn("O2O Brook", page)
        self.assertIn("O2O Other", page)
        page = self.url_open(f"/shop?search=O2O&brand={self.brook.id}").text
        self.assertIn("O2O Aged Sauce", page)
        self.assertNotIn("O2O Other", page)
        self.assertIn("O2O Brook", self.url_open(self.bottle.website_url).text)

    def test_brand_of_the_address_bar_is_not_believed(self):
        """PROD-04: nonsense shows the whole shop."""
        for value in ("x", "-1", "1 OR 1=1", "9" * 30):
            page = self.url_open("/shop", params={"brand": value, "search": "O2O"})
            self.assertEqual(page.status_code, 200)
            self.assertIn("O2O Other", page.text)

    def test_search_in_vain_is_noted_once(self):
        """SRCH-01: what nobody sells is a wish list for head office."""
        for _again in range(2):
            page = self.url_open("/shop?search=Zzyzx9&noFuzzy=1")
            self.assertEqual(page.status_code, 200)
        log = self.env["o2o.search.log"].search([("term", "=", "zzyzx9")])
        self.assertEqual(len(log), 1)
        self.url_open("/shop?search=O2O+Aged")
        self.assertFalse(self.env["o2o.search.log"].search([("term", "=", "o2o aged")]))

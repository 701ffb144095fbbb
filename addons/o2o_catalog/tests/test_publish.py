import base64
from ast import literal_eval
from io import BytesIO

from lxml import etree
from PIL import Image

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, HttpCase, new_test_user, tagged

from .common import CatalogCommon


def make_picture():
    """A picture of one colour, as an upload sends it."""
    file = BytesIO()
    Image.new("RGB", (64, 64), "#8c1d18").save(file, "PNG")
    return base64.b64encode(file.getvalue())


class PublishCase(CatalogCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.picture = make_picture()
        cls.manager = new_test_user(
            cls.env,
            login="o2o_shop_manager",
            groups="product.group_product_manager,sales_team.group_sale_manager,"
            "stock.group_stock_manager,website.group_website_restricted_editor",
        )
        cls.ready = cls._create_bottle(
            "O2O Ready", is_published=False, image_1920=cls.picture
        )
        cls.no_price = cls._create_bottle(
            "O2O Priceless", is_published=False, image_1920=cls.picture, list_price=0.0
        )
        cls.no_picture = cls._create_bottle("O2O Unseen", is_published=False)


@tagged("post_install", "-at_install")
class TestPublish(PublishCase):
    def test_only_what_is_ready_is_published(self):
        """PROD-03: what has no price or picture is left out, and named."""
        chosen = self.ready | self.no_price | self.no_picture
        action = chosen.with_user(self.manager).action_o2o_publish()
        self.assertEqual(chosen.mapped("is_published"), [True, False, False])
        message = action["params"]["message"]
        self.assertIn("O2O Priceless", message)
        self.assertIn("O2O Unseen", message)
        self.assertNotIn("O2O Ready", message)

    def test_nothing_ready_is_an_error(self):
        """PROD-02: price and picture are obligatory for the shop."""
        chosen = self.no_price | self.no_picture
        with self.assertRaisesRegex(UserError, "price and a picture"):
            chosen.with_user(self.manager).action_o2o_publish()
        self.assertFalse(any(chosen.mapped("is_published")))
        chosen.write({"list_price": 10.0, "image_1920": self.picture})
        chosen.with_user(self.manager).action_o2o_publish()
        self.assertTrue(all(chosen.mapped("is_published")))

    def test_many_are_counted(self):
        bottles = self.no_picture
        for number in range(6):
            bottles |= self._create_bottle(f"O2O Nr {number}", is_published=False)
        message = (self.ready | bottles).action_o2o_publish()["params"]["message"]
        self.assertIn("and 2 more", message)

    def test_taken_out_of_the_shop(self):
        """PROD-03: many at once, complete or not."""
        chosen = self.ready | self.bottle
        self.ready.is_published = True
        chosen.with_user(self.manager).action_o2o_unpublish()
        self.assertFalse(any(chosen.mapped("is_published")))

    def test_others_publish_nothing(self):
        """Attack: an employee or a cashier calls the button by RPC."""
        clerk = new_test_user(self.env, "o2o_clerk", groups="base.group_user")
        portal = new_test_user(self.env, "o2o_portal", groups="base.group_portal")
        for user in (clerk, portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.ready.with_user(user).action_o2o_publish()
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.bottle.with_user(user).action_o2o_unpublish()
        self.assertFalse(self.ready.is_published)
        self.assertTrue(self.bottle.is_published)

    def test_filters_of_the_list(self):
        """PROD-03: what is not ready, and what is sold out, is found in the list."""
        search = self.env["product.template"].with_user(self.manager).search
        mine = self.ready | self.no_price | self.no_picture
        domain = [("id", "in", mine.ids)]
        self.assertEqual(search([*domain, ("o2o_is_complete", "=", True)]), self.ready)
        self.assertEqual(
            search([*domain, ("o2o_is_complete", "=", False)]),
            self.no_price | self.no_picture,
        )
        mine.write({"is_storable": True, "is_published": True})
        warehouse = self.env["stock.warehouse"].search([], limit=1)
        self.env["stock.quant"]._update_available_quantity(
            self.ready.product_variant_id, warehouse.lot_stock_id, 3
        )
        view = self.env["product.template"].get_view(
            self.env.ref("product.product_template_search_view").id, "search"
        )
        filters = {
            node.get("name"): node.get("domain")
            for node in etree.fromstring(view["arch"]).iter("filter")
        }
        for name in ("o2o_incomplete", "o2o_sold_out"):
            found = search([*domain, *literal_eval(filters[name])])
            self.assertEqual(found, self.no_price | self.no_picture, name)

    def test_form_of_a_new_product(self):
        """PROD-02: after the category: price, stock-keeping, picture; then the shop."""
        category = self.env["product.public.category"].create({"name": "白酒"})
        form = Form(self.env["product.template"].with_user(self.manager))
        form.name = "O2O New"
        form.list_price = 88.0
        form.is_storable = True
        form.image_1920 = self.picture
        form.public_categ_ids.add(category)
        product = form.save()
        self.assertTrue(product.o2o_is_complete)
        product.action_o2o_publish()
        self.assertTrue(product.is_published)
        self.assertEqual(product.public_categ_ids, category)


@tagged("post_install", "-at_install")
class TestPublishShop(PublishCase, HttpCase):
    def _shop(self, url="/shop?search=O2O"):
        return self.url_open(url).text

    def test_customers_see_what_was_published(self):
        """PROD-03: in the shop at once, and out of it at once."""
        self.assertNotIn("O2O Ready", self._shop())
        self.ready.with_user(self.manager).action_o2o_publish()
        self.assertIn("O2O Ready", self._shop())
        self.ready.with_user(self.manager).action_o2o_unpublish()
        self.assertNotIn("O2O Ready", self._shop())
        page = self.url_open(self.ready.website_url)
        self.assertGreaterEqual(page.status_code, 400)

    def test_category_of_level_one_shows_its_level_two(self):
        """PROD-01: two levels; the upper one shows what is filed in the lower one."""
        categories = self.env["product.public.category"]
        spirits = categories.create({"name": "O2O Spirits"})
        sauce = categories.create({"name": "O2O Sauce", "parent_id": spirits.id})
        wine = categories.create({"name": "O2O Wine"})
        self.ready.write({"public_categ_ids": [Command.set(sauce.ids)]})
        self.ready.action_o2o_publish()
        slug = self.env["ir.http"]._slug
        for category, is_there in ((spirits, True), (sauce, True), (wine, False)):
            page = self._shop(f"/shop/category/{slug(category)}")
            self.assertEqual("O2O Ready" in page, is_there, category.name)
        page = self._shop(f"/shop/category/{slug(spirits)}")
        self.assertIn("O2O Sauce", page)

    def test_tags_are_shown_and_found(self):
        """PROD-07: a keyword on the product page leads the search to the product."""
        tag = self.env["product.tag"].create(
            {"name": "中秋礼盒", "visible_to_customers": True}
        )
        secret = self.env["product.tag"].create(
            {"name": "O2O inside", "visible_to_customers": False}
        )
        self.ready.product_tag_ids = tag | secret
        self.ready.action_o2o_publish()
        page = self._shop(self.ready.website_url)
        self.assertIn("中秋礼盒", page)
        self.assertNotIn("O2O inside", page)
        self.assertIn("O2O Ready", self._shop("/shop?search=中秋"))
        self.assertIn("O2O Ready", self._shop("/shop?search=zqlh"))
        self.assertNotIn("O2O Unseen", self._shop("/shop?search=中秋"))

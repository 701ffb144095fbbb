import psycopg2

from odoo.exceptions import ValidationError
from odoo.tests import Form, freeze_time, new_test_user, tagged
from odoo.tools import mute_logger

from .common import CatalogCommon


@tagged("post_install", "-at_install")
class TestProductTemplate(CatalogCommon):
    def test_form_keeps_every_fact(self):
        """SHOP-02: a shop manager fills the bottle in on the product form."""
        manager = new_test_user(
            self.env,
            login="o2o_catalog_manager",
            groups="product.group_product_manager,sales_team.group_sale_manager,"
            "stock.group_stock_manager",
        )
        product_form = Form(self.env["product.template"].with_user(manager))
        product_form.name = "O2O Spring"
        product_form.o2o_origin = "Luzhou"
        product_form.o2o_vintage = 2019
        product_form.o2o_degree = 52.8
        product_form.o2o_net_content_ml = 750
        product_form.o2o_aroma = "strong"
        product = product_form.save()
        self.assertRecordValues(
            product.product_variant_id,
            [
                {
                    "o2o_origin": "Luzhou",
                    "o2o_vintage": 2019,
                    "o2o_degree": 52.8,
                    "o2o_net_content_ml": 750,
                    "o2o_aroma": "strong",
                }
            ],
        )

    @freeze_time("2026-06-01")
    def test_vintage_is_a_plausible_year(self):
        """SHOP-02: a vintage is a year between 1800 and now, or nothing."""
        for year in (0, 1800, 2026):
            self.bottle.o2o_vintage = year
        for year in (16, 1799, 2027, -2016):
            with self.subTest(year=year), self.assertRaises(ValidationError):
                self.bottle.o2o_vintage = year

    @freeze_time("2026-06-01")
    def test_production_date_is_not_in_the_future(self):
        """SHOP-02: nobody sells a bottle made tomorrow."""
        self.bottle.o2o_production_date = "2026-06-01"
        with self.assertRaises(ValidationError):
            self.bottle.o2o_production_date = "2026-06-02"

    def test_degree_and_content_ranges(self):
        """SHOP-02: impossible strengths and contents never reach the shop."""
        for values in (
            {"o2o_degree": -0.5},
            {"o2o_degree": 100.5},
            {"o2o_net_content_ml": -500},
        ):
            with (
                self.subTest(values=values),
                mute_logger("odoo.sql_db"),
                self.assertRaises(psycopg2.IntegrityError),
                self.cr.savepoint(),
            ):
                self.bottle.write(values)
                self.bottle.flush_recordset()

    def test_specifications_list_what_is_known(self):
        """SHOP-02: the table has a row per known fact, none for the others."""
        texts = [str(text) for _label, text in self.bottle._o2o_specifications()]
        self.assertEqual(texts[0], "Chishui Riverside")
        self.assertEqual(texts[2:], ["2016", "53% vol", "500 ml", "Sauce aroma"])
        plain = self.env["product.template"].create({"name": "O2O Glass"})
        self.assertEqual(plain._o2o_specifications(), [])

from psycopg2.errors import CheckViolation, UniqueViolation

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import StockCase


@tagged("post_install", "-at_install")
class TestSafety(StockCase):
    def _rule(self, quantity, **vals):
        return (
            self.env["o2o.stock.safety"]
            .with_user(self.keeper)
            .create({"quantity": quantity, "company_id": self.company.id, **vals})
        )

    def test_each_channel_keeps_its_own(self):
        """SUP-09: the website leaves two, the till one, head office none."""
        self._rule(2, channel="web", warehouse_id=self.warehouse.id)
        self._rule(1, channel="till")
        self.assertEqual(self._free(channel="web"), 3)
        self.assertEqual(self._free(channel="till"), 4)
        self.assertEqual(self._free(channel="office"), 5)
        self.assertTrue(self._claim("a", 4, channel="web"))
        self.assertEqual(self._claim("a", 3, channel="web"), [])
        self.assertEqual(self._claim("b", 1, channel="till"), [])
        self.assertTrue(self._claim("c", 1, channel="till"))

    def test_narrowest_rule_wins(self):
        """SUP-09: product before category before all; one store before all stores."""
        parent = self.env["product.category"].create({"name": "白酒"})
        child = self.env["product.category"].create(
            {"name": "酱香", "parent_id": parent.id}
        )
        self.product.categ_id = child
        self._rule(1)
        self.assertEqual(self._free(channel="web"), 4)
        self._rule(2, categ_id=parent.id)
        self.assertEqual(self._free(channel="web"), 3)
        self._rule(3, categ_id=child.id, channel="web")
        self.assertEqual(self._free(channel="web"), 2)
        self.assertEqual(self._free(channel="till"), 3)
        self._rule(4, categ_id=child.id, warehouse_id=self.warehouse.id)
        self.assertEqual(self._free(channel="web"), 1)
        rule = self._rule(0, product_id=self.product.id)
        self.assertEqual(self._free(channel="web"), 5)
        rule.unlink()
        self.assertEqual(self._free(channel="web"), 1)

    def test_database_and_python_agree(self):
        """The statement that many stores are compared with finds the same rules."""
        parent = self.env["product.category"].create({"name": "白酒"})
        self.product.categ_id = self.env["product.category"].create(
            {"name": "酱香", "parent_id": parent.id}
        )
        products = self.product | self.second
        warehouses = self.warehouse | self.other
        self._rule(1)
        self._rule(2, channel="web", warehouse_id=self.other.id)
        self._rule(3, categ_id=parent.id)
        self._rule(4, categ_id=self.product.categ_id.id, channel="till")
        self._rule(5, product_id=self.second.id, warehouse_id=self.other.id)
        self._rule(0, product_id=self.second.id, channel="web")
        for channel in ("web", "till"):
            rows = self.env.execute_query(
                self.stock._query_safety(products.ids, channel)
            )
            found = {
                (product, warehouse): quantity
                for product, warehouse, quantity in rows
                if quantity and warehouse in warehouses.ids
            }
            self.assertEqual(
                found, self.stock._get_safety(products, warehouses, channel)
            )
        self.assertIsNone(self.stock._query_safety(products.ids, "office"))

    def test_rule_of_another_company_is_not_ours(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.env["o2o.stock.safety"].create({"quantity": 5, "company_id": company.id})
        self.assertEqual(self._free(channel="web"), 5)

    @mute_logger("odoo.sql_db")
    def test_nonsense_is_refused_by_the_database(self):
        self._rule(1, channel="web")
        with self.assertRaises(UniqueViolation), self.cr.savepoint():
            self._rule(2, channel="web")
        with self.assertRaises(CheckViolation), self.cr.savepoint():
            self._rule(-1, channel="till")

    def test_who_may_change_it(self):
        with self.assertRaises(AccessError):
            self.env["o2o.stock.safety"].with_user(self.cashier).create({"quantity": 1})

from odoo.tests import tagged

from .common import StockCase


@tagged("post_install", "-at_install")
class TestShop(StockCase):
    """What the website shows is what it can keep."""

    def setUp(self):
        super().setUp()
        # collecting in a store is another way to be served
        self.env["delivery.carrier"].search([]).is_published = False
        self._serve_from(self.warehouse)

    def _serve_from(self, warehouses):
        """Whoever routes the orders of a website decides this."""
        for model in ("website", "sale.order"):
            self.patch(
                type(self.env[model]),
                "_o2o_get_serving_warehouses",
                lambda _record: warehouses,
            )

    def test_website_shows_what_one_store_can_give(self):
        """Trap 12: not the sum of all warehouses."""
        self._set_stock(self.other, self.product, 8)
        self.assertEqual(self.website._get_product_available_qty(self.product), 5)
        self._serve_from(self.other)
        self.assertEqual(self.website._get_product_available_qty(self.product), 8)
        self._serve_from(self.warehouse | self.other)
        self.assertEqual(self.website._get_product_available_qty(self.product), 8)

    def test_held_and_safe_pieces_are_not_offered(self):
        """SUP-09: what others hold, and the website's safety stock, is not for sale."""
        self.env["o2o.stock.safety"].create({"quantity": 1, "channel": "web"})
        self._claim("a", 2)
        self.assertEqual(self.website._get_product_available_qty(self.product), 2)
        self._claim("b", 2)
        self.assertTrue(
            self.product.with_context(website_id=self.website.id)._is_sold_out()
        )

    def test_cart_may_use_its_own_hold(self):
        """A member who comes back to pay is not told that the goods are gone."""
        order = self._create_order(5)
        self._submit(order)
        self.assertEqual(self._free(), 0)
        self.assertEqual(order._get_free_qty(self.product), 5)
        self.assertTrue(order.order_line._check_availability())
        self.assertFalse(self._create_order(1).order_line._check_availability())

    def test_free_quantity_leaves_out_what_is_held(self):
        """SUP-09: “free to use” on the product, for every reader."""
        self._claim("a", 2)
        here = self.product.with_context(warehouse_id=self.warehouse.id)
        there = self.product.with_context(warehouse_id=self.other.id)
        self.assertEqual(here.free_qty, 3)
        self.assertEqual(here.qty_available, 5)
        self.assertEqual(there.free_qty, 0)
        self.assertEqual(self.product.with_context(warehouse_id=False).free_qty, 3)

    def test_new_products_are_not_sold_without_stock(self):
        """Trap 11."""
        self.assertFalse(
            self.env["product.template"].create({"name": "x"}).allow_out_of_stock_order
        )

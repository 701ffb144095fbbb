from datetime import timedelta

from odoo import fields
from odoo.tests import freeze_time, tagged

from .common import StockCase


@tagged("post_install", "-at_install")
class TestWarning(StockCase):
    def _kinds(self, product=None):
        self.env.flush_all()
        self.env.invalidate_all()
        warnings = (
            self.env["o2o.stock.warning"]
            .with_user(self.keeper)
            .search([("product_id", "=", (product or self.product).id)])
        )
        return {(it.warehouse_id, it.kind) for it in warnings}

    def test_too_few(self):
        """PROD-05: below the minimum of a reordering rule or of the safety stock."""
        self.assertEqual(self._kinds(), set())
        self.env["stock.warehouse.orderpoint"].create(
            {
                "product_id": self.product.id,
                "warehouse_id": self.warehouse.id,
                "location_id": self.warehouse.lot_stock_id.id,
                "product_min_qty": 3,
                "product_max_qty": 12,
            }
        )
        self.assertEqual(self._kinds(), set())
        self._claim("a", 3)
        self.assertEqual(self._kinds(), {(self.warehouse, "low")})
        warning = self.env["o2o.stock.warning"].search(
            [("product_id", "=", self.product.id)]
        )
        self.assertEqual((warning.on_hand, warning.held, warning.available), (5, 3, 2))
        self.assertEqual((warning.minimum, warning.to_order), (3, 10))
        self._claim("b", 2)
        self.assertEqual(self._kinds(), {(self.warehouse, "out")})

    def test_safety_stock_of_a_product_is_a_minimum(self):
        self.env["o2o.stock.safety"].create(
            {"product_id": self.product.id, "quantity": 6, "channel": "web"}
        )
        self.assertIn((self.warehouse, "low"), self._kinds())

    def test_too_many_and_asleep(self):
        """PROD-05: the other half, capital on the shelf."""
        self.env["stock.warehouse.orderpoint"].create(
            {
                "product_id": self.product.id,
                "warehouse_id": self.warehouse.id,
                "location_id": self.warehouse.lot_stock_id.id,
                "product_min_qty": 1,
                "product_max_qty": 4,
            }
        )
        self.assertEqual(self._kinds(), {(self.warehouse, "excess")})
        self._set_stock(self.warehouse, self.second, 2)
        self.assertEqual(self._kinds(self.second), set())
        with freeze_time(fields.Datetime.now() + timedelta(days=91)):
            self.assertEqual(self._kinds(self.second), {(self.warehouse, "slow")})
            self.company.o2o_slow_days = 100
            self.assertEqual(self._kinds(self.second), set())

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import StockCase


@tagged("post_install", "-at_install")
class TestBreach(StockCase):
    def _count(self, quantity):
        quant = (
            self.env["stock.quant"]
            .with_context(inventory_mode=True)
            .create(
                {
                    "product_id": self.product.id,
                    "location_id": self.warehouse.lot_stock_id.id,
                    "inventory_quantity": quantity,
                }
            )
        )
        quant.action_apply_inventory()

    def _breaches(self):
        return self.env["o2o.stock.breach"].search(
            [("product_id", "=", self.product.id)]
        )

    def test_count_below_what_is_promised_is_repaired(self):
        """SUP-09: a count finds less than promised: the newest order looks again."""
        first, second = (
            self._create_order(2),
            self._create_order(
                2, partner=self.env["res.partner"].create({"name": "x"})
            ),
        )
        self._submit(first)
        self._submit(second)
        self._count(3)
        self.assertEqual(self._hold_of(first).state, "active")
        self.assertNotIn("active", self._hold_of(second).mapped("state"))
        self.assertEqual(self._breaches().origin, "stock")
        self.assertEqual(self._free(), 1)

    def test_count_that_keeps_all_promises_is_no_breach(self):
        self._submit(self._create_order(2))
        self._count(3)
        self.assertFalse(self._breaches())

    def test_job_finds_what_nobody_reported(self):
        """A server that died before the report: the minute job sees it."""
        self._submit(self._create_order(4))
        self.env["stock.quant"]._update_available_quantity(
            self.product, self.warehouse.lot_stock_id, -3
        )
        self.assertFalse(self._breaches())
        with (
            freeze_time(fields.Datetime.now() + timedelta(minutes=2)),
            self.enter_registry_test_mode(),
        ):
            self.env.ref("o2o_stock.o2o_stock_cron").method_direct_trigger()
        self.assertEqual(self._breaches().quantity, 2)
        self.assertGreaterEqual(self._free(), 0)

    def test_failed_repair_is_tried_again_then_shown(self):
        self._submit(self._create_order(5))
        breach = (
            self.env["o2o.stock.breach"]
            .sudo()
            .create(
                {
                    "product_id": self.product.id,
                    "warehouse_id": self.warehouse.id,
                    "quantity": 1,
                    "origin": "sale",
                }
            )
        )
        stock = type(self.env["o2o.stock"])

        def fail(*_args):
            raise UserError(self.env._("later"))

        self.patch(stock, "_o2o_on_promise_broken", fail)
        for _time in range(5):
            breach._repair()
        self.assertEqual((breach.state, breach.attempt_count), ("failed", 5))
        self.assertEqual(breach.result, "later")

    def test_job_takes_up_an_open_one(self):
        breach = (
            self.env["o2o.stock.breach"]
            .sudo()
            .create(
                {
                    "product_id": self.product.id,
                    "warehouse_id": self.warehouse.id,
                    "quantity": 1,
                    "origin": "sale",
                }
            )
        )
        with (
            freeze_time(fields.Datetime.now() + timedelta(minutes=5)),
            self.enter_registry_test_mode(),
        ):
            self.env.ref("o2o_stock.o2o_stock_cron").method_direct_trigger()
        self.assertEqual(breach.state, "done")

    def test_log_stays(self):
        breach = (
            self.env["o2o.stock.breach"]
            .sudo()
            ._report(self.product, self.warehouse, 0, "stock")
        )
        with self.assertRaises(UserError):
            breach.unlink()

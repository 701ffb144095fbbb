from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import StockCase


@tagged("post_install", "-at_install")
class TestLedger(StockCase):
    def test_claim_holds_what_is_there_and_no_more(self):
        """SUP-09: promised pieces are nobody else's."""
        self.assertEqual(self._claim("a", 3), [])
        self.assertEqual(self._free(), 2)
        shortages = self._claim("b", 3)
        self.assertEqual(len(shortages), 1)
        self.assertEqual(shortages[0]["available"], 2)
        self.assertEqual(shortages[0]["wanted"], 3)
        self.assertEqual(shortages[0]["product"], self.product)
        self.assertFalse(self.holds.search([("key", "=", "b")]))
        self.assertEqual(self._claim("b", 2), [])
        self.assertEqual(self._free(), 0)

    def test_claim_is_all_or_nothing(self):
        """SUP-09: half an order is not promised."""
        shortages = self.stock._claim(
            "a",
            [(self.product, self.warehouse, 2), (self.second, self.warehouse, 1)],
            self._in(15),
        )
        self.assertEqual([it["product"] for it in shortages], [self.second])
        self.assertEqual(self._free(), 5)

    def test_same_key_finds_its_own_hold(self):
        """SUP-09: a request that is repeated does not take twice."""
        self._claim("a", 4, minutes=10)
        self._claim("a", 4, minutes=20)
        hold = self.holds.search([("key", "=", "a")])
        self.assertEqual(len(hold), 1)
        self.assertEqual(hold.quantity, 4)
        self.assertGreater(hold.until, self._in(19))
        self._claim("a", 4, minutes=5)
        self.assertGreater(hold.until, self._in(19))

    def test_changed_quantity_adjusts_the_hold(self):
        """SUP-09: more or less of the same order; old rows stay as history."""
        self._claim("a", 4)
        self.assertEqual(self._claim("a", 5), [])
        self.assertEqual(self._free(), 0)
        self._claim("a", 1)
        self.assertEqual(self._free(), 4)
        rows = self.holds.search([("key", "=", "a")], order="id")
        self.assertEqual(
            [(row.quantity, row.state) for row in rows],
            [(4, "released"), (5, "released"), (1, "active")],
        )
        self.assertEqual(rows[0].available_before, 5)
        self.assertTrue(rows[0].closed_at)

    def test_what_is_held_stays_promised(self):
        """SUP-09: a rule or a loss afterwards takes nothing from who holds already."""
        self._claim("a", 4)
        self._set_stock(self.warehouse, self.product, -3)
        self.env["o2o.stock.safety"].create({"quantity": 2})
        self.assertEqual(self._claim("a", 4), [])
        self.assertEqual(self._claim("a", 3), [])
        self.assertTrue(self._claim("a", 5))

    def test_refused_change_keeps_the_old_hold(self):
        self._claim("a", 4)
        self.assertTrue(self._claim("a", 6))
        self.assertEqual(self._free(), 1)

    def test_hold_moves_to_another_store(self):
        """SUP-09: what the old store held is free again."""
        self._set_stock(self.other, self.product, 1)
        self._claim("a", 1)
        self._claim("a", 1, warehouse=self.other)
        self.assertEqual(self._free(), 5)
        self.assertEqual(self._free(warehouse=self.other), 0)

    def test_time_ends_a_hold_without_any_job(self):
        """SUP-09: overdue holds do not count, whether or not the job has run."""
        self._claim("a", 5, minutes=15)
        with freeze_time(fields.Datetime.now() + timedelta(minutes=14)):
            self.assertEqual(self._free(), 0)
        with freeze_time(fields.Datetime.now() + timedelta(minutes=16)):
            self.assertEqual(self._free(), 5)
            self.assertTrue(self.holds.search([("key", "=", "a")]).is_overdue)
            self.assertEqual(self._claim("b", 5), [])
            self.assertTrue(self._claim("a", 1))

    def test_job_writes_down_what_ran_out(self):
        self._claim("a", 5, minutes=15)
        with (
            freeze_time(fields.Datetime.now() + timedelta(minutes=16)),
            self.enter_registry_test_mode(),
        ):
            self.env.ref("o2o_stock.o2o_stock_cron").method_direct_trigger()
        hold = self.holds.search([("key", "=", "a")])
        self.assertEqual(hold.state, "expired")
        self.assertTrue(hold.closed_at)

    def test_extend_only_while_the_goods_are_there(self):
        """SUP-09: a hold that ran out is claimed again, or named as short."""
        self._claim("a", 4, minutes=10)
        self.assertEqual(self.stock._extend("a", self._in(30)), [])
        self.assertGreater(self.holds.search([("key", "=", "a")]).until, self._in(29))
        with freeze_time(fields.Datetime.now() + timedelta(minutes=31)):
            self._claim("b", 3)
            self.assertEqual(self.stock._extend("a", self._in(15))[0]["available"], 2)
            self.stock._release("b", "test")
            self.assertEqual(self.stock._extend("a", self._in(15)), [])
            self.assertEqual(self._free(), 1)
        self.assertEqual(self.stock._extend("unknown", self._in(15)), [])

    def test_release_and_use_end_a_hold_once(self):
        self._claim("a", 2)
        self._claim("b", 2)
        self.stock._release("a", "test")
        self.stock._use("b")
        self.stock._release("b", "too late")
        states = {hold.key: (hold.state, hold.reason) for hold in self.holds.search([])}
        self.assertEqual(states["a"], ("released", "test"))
        self.assertEqual(states["b"], ("used", False))

    def test_quants_are_summed_whatever_their_number(self):
        """Trap: Odoo adds a second quant where the first is locked."""
        quants = self.env["stock.quant"].sudo()
        for quantity, reserved in ((-2, 0), (0, 1)):
            quants.create(
                {
                    "product_id": self.product.id,
                    "location_id": self.warehouse.lot_stock_id.id,
                    "quantity": quantity,
                    "reserved_quantity": reserved,
                }
            )
        self.assertEqual(self._free(), 2)
        self.assertTrue(self._claim("a", 3))
        self.assertEqual(self._claim("a", 2), [])

    def test_goods_elsewhere_are_not_counted(self):
        """Trap 12: customers' and other warehouses' goods are not on this shelf."""
        self._set_stock(self.other, self.product, 7)
        customers = self.env.ref("stock.stock_location_customers")
        self.env["stock.quant"]._update_available_quantity(self.product, customers, 9)
        self.assertEqual(self._free(), 5)

    def test_ledger_is_not_deleted(self):
        self._claim("a", 1)
        with self.assertRaises(UserError):
            self.holds.search([("key", "=", "a")]).unlink()

    def test_available_takes_one_query_for_many(self):
        """SUP-09: a page of products, every store: one query."""
        products = self.product | self.second
        warehouses = self.warehouse | self.other
        self.stock._get_available(products, warehouses)
        self.env.flush_all()
        with self.assertQueryCount(1):
            self.stock._get_available(products, warehouses)

    def test_keeper_gives_back_a_hold(self):
        self._claim("a", 5)
        hold = self.holds.search([("key", "=", "a")])
        with self.assertRaises(UserError):
            hold.with_user(self.seller).action_release()
        hold.with_user(self.keeper).action_release()
        self.assertEqual(self._free(), 5)
        self.assertIn(self.keeper.name, hold.reason)

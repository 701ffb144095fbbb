from datetime import timedelta

from psycopg2 import Error

from odoo import SUPERUSER_ID, api, fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common_parallel import ParallelStockCase


@tagged("post_install", "-at_install")
class TestParallelClaims(ParallelStockCase):
    def test_twenty_buyers_five_pieces(self):
        """SUP-09: 20 claims at once of 5 pieces: exactly 5, the rest told so."""
        results = self._in_parallel(
            [f"buyer/{number}" for number in range(20)],
            lambda env, key: self._claim(env, key),
        )
        self.assertEqual(len(results), 20)
        self.assertEqual(sum(1 for shortages in results if not shortages), 5)
        self.assertEqual({s[0]["available"] for s in results if s}, {0.0})
        self.assertEqual(self._facts(), (5.0, 0.0, 5.0))
        self.assertEqual(self.replays, 0)

    def test_one_key_ten_times(self):
        """SUP-09: the same request ten times at once is one hold."""
        results = self._in_parallel(
            ["buyer/1"] * 10, lambda env, key: self._claim(env, key, 2)
        )
        self.assertEqual(results, [[]] * 10)
        self.assertEqual(self._holds(), [("buyer/1", 2.0, "active")])

    def test_claims_of_several_goods_do_not_deadlock(self):
        """Locks are taken in one order, whatever the order of the basket."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            second = env["product.product"].browse(self.product_id).copy()
            location = env["stock.location"].browse(self.location_id)
            env["stock.quant"]._update_available_quantity(second, location, 100)
            second_id = second.id
        self.addCleanup(self._forget, second_id)

        def act(env, number):
            products = [self.product_id, second_id]
            if number % 2:
                products.reverse()
            warehouse = env["stock.warehouse"].browse(self.warehouse_id)
            until = env.cr.now().replace(year=2100)
            return env["o2o.stock"]._claim(
                f"buyer/{number}",
                [(env["product.product"].browse(it), warehouse, 1) for it in products],
                until,
            )

        results = self._in_parallel(list(range(16)), act)
        self.assertEqual(sum(1 for shortages in results if not shortages), 5)
        self.assertEqual(self.replays, 0)

    def _forget(self, product_id):
        with self.registry.cursor() as cr:
            cr.execute("DELETE FROM o2o_stock_hold WHERE product_id = %s", [product_id])
            cr.execute("DELETE FROM stock_quant WHERE product_id = %s", [product_id])
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["product.product"].browse(product_id).active = False

    def test_claim_outlives_a_failed_request(self):
        """SUP-09: durable at once; a request that fails leaves it to its time."""
        with self.assertRaises(ZeroDivisionError), self.registry.cursor() as cr:
            self._claim(api.Environment(cr, SUPERUSER_ID, {}), "buyer/1", 5)
            raise ZeroDivisionError
        self.assertEqual(self._facts(), (5.0, 0.0, 5.0))

    def test_release_follows_the_request(self):
        """A request that fails has released nothing; one that succeeds has."""
        with self.registry.cursor() as cr:
            self._claim(api.Environment(cr, SUPERUSER_ID, {}), "buyer/1", 5)
        with self.assertRaises(ZeroDivisionError), self.registry.cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})["o2o.stock"]._release("buyer/1", "x")
            raise ZeroDivisionError
        self.assertEqual(self._facts()[2], 5.0)
        with self.registry.cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})["o2o.stock"]._release("buyer/1", "x")
        self.assertEqual(self._facts()[2], 0.0)

    def test_claims_while_a_till_sells(self):
        """SUP-09: whatever order they come in, sold and promised are what was there."""

        def act(env, number):
            product = env["product.product"].browse(self.product_id)
            warehouse = env["stock.warehouse"].browse(self.warehouse_id)
            if shortages := self._claim(env, f"any/{number}"):
                return shortages
            if number % 2:
                # a till: the goods leave at once
                env["stock.quant"]._update_available_quantity(
                    product, warehouse.lot_stock_id, -1
                )
                env["o2o.stock"]._use(f"any/{number}")
            return []

        results = self._in_parallel(list(range(20)), act)
        self.assertLessEqual(results.count([]), 5)
        # the hold of a sale ends a moment after its commit: who came in between was
        # refused, and what is left is there for the next ones
        for number in range(5):
            results += self._in_parallel(
                [number], lambda env, number: self._claim(env, f"late/{number}")
            )
        on_hand, reserved, held = self._facts()
        self.assertEqual(results.count([]), 5)
        self.assertEqual(on_hand, held)
        self.assertGreaterEqual(on_hand, 0)
        self.assertEqual(reserved, 0)

    def test_killed_claimer_loses_nothing(self):
        """SUP-09: a server that dies between claim and answer leaves one whole hold."""
        cr = self.registry.cursor()
        env = api.Environment(cr, SUPERUSER_ID, {})
        self.assertEqual(self._claim(env, "victim", 3), [])
        stock = env["o2o.stock"]
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(Error),
            stock._claiming() as side,
        ):
            pair = (self.product_id, self.warehouse_id)
            stock._lock_and_read(side, [pair], [])
            until = fields.Datetime.now() + timedelta(minutes=15)
            stock._insert(side, "half", {pair: 1}, {}, until, "web", {})
            side.execute("SELECT pg_backend_pid()")
            with self.registry.cursor() as killer:
                killer.execute("SELECT pg_terminate_backend(%s)", side.fetchone())
            side.execute("SELECT 1")
        # the request dies as well
        cr.close()
        self.assertEqual(self._holds(), [("victim", 3.0, "active")])
        # its locks died with it: the next one is served, and told the truth
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self.assertEqual(self._claim(env, "next", 3)[0]["available"], 2)
            self.assertEqual(self._claim(env, "next", 2), [])

import threading
from datetime import timedelta
from secrets import token_urlsafe

from psycopg2 import errors as pg

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import ConcurrencyError, UserError
from odoo.fields import Command
from odoo.tests import TransactionCase
from odoo.tools import SQL, mute_logger


class ParallelStockCase(TransactionCase):
    """A store on real connections, with real commits, cleaned up by the case."""

    pieces = 5

    def setUp(self):
        super().setUp()
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            # names stay taken in a database that is kept: five signs are enough of them
            code = token_urlsafe(4)[:5]
            warehouse = env["stock.warehouse"].create(
                {"name": f"Parallel {code}", "code": code}
            )
            product = env["product.product"].create(
                {
                    "name": "O2O Parallel",
                    "type": "consu",
                    "is_storable": True,
                    "list_price": 10,
                    "taxes_id": [Command.clear()],
                }
            )
            env["stock.quant"]._update_available_quantity(
                product, warehouse.lot_stock_id, self.pieces
            )
            self.warehouse_id, self.product_id = warehouse.id, product.id
            self.location_id = warehouse.lot_stock_id.id
            self.prepare(env)
        self.addCleanup(self._clean_up)

    def prepare(self, env):
        """More data of a test class."""

    def _clean_up(self):
        with self.registry.cursor() as cr:
            for table in ("o2o_stock_hold", "o2o_stock_breach", "o2o_stock_work"):
                cr.execute(
                    SQL(
                        "DELETE FROM %s WHERE product_id = %s",
                        SQL.identifier(table),
                        self.product_id,
                    )
                )
            self.tidy(api.Environment(cr, SUPERUSER_ID, {}))
            cr.execute(
                SQL("DELETE FROM stock_quant WHERE product_id = %s", self.product_id)
            )
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["product.product"].browse(
                self.product_id
            ).product_tmpl_id.active = False
            env["stock.warehouse"].browse(self.warehouse_id).active = False

    def tidy(self, env):
        """Remove what :meth:`prepare` and the test made."""

    def _in_parallel(self, items, act, threads=None):
        """Run ``act(env, item)`` for all at once, each in a transaction of its own and
        replayed as Odoo replays requests.

        :return: list of results, ``None`` for what was refused
        """
        barrier = threading.Barrier(len(items))
        results, failures = [], []

        def work(item):
            try:
                is_first = True
                for _replay in range(50):
                    try:
                        with self.registry.cursor() as cr:
                            env = api.Environment(cr, SUPERUSER_ID, {})
                            cr.execute("SELECT 1")
                            if is_first:
                                is_first = False
                                barrier.wait(timeout=60)
                            result = act(env, item)
                    except (
                        pg.SerializationFailure,
                        pg.LockNotAvailable,
                        pg.DeadlockDetected,
                        ConcurrencyError,
                    ):
                        self.replays += 1
                        continue
                    except UserError:
                        result = None
                    results.append(result)
                    return
                failures.append("no turn in 50 replays")
            except Exception as error:  # a thread must not fail silently
                failures.append(repr(error))

        self.replays = 0
        workers = [threading.Thread(target=work, args=(item,)) for item in items]
        with mute_logger("odoo.sql_db"):
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join(180)
        self.assertEqual(failures, [])
        return results

    def _claim(self, env, key, quantity=1, minutes=15):
        return env["o2o.stock"]._claim(
            key,
            [
                (
                    env["product.product"].browse(self.product_id),
                    env["stock.warehouse"].browse(self.warehouse_id),
                    quantity,
                )
            ],
            fields.Datetime.now() + timedelta(minutes=minutes),
        )

    def _facts(self):
        """:return: tuple ``(on hand, reserved, held)`` as committed"""
        with self.registry.cursor() as cr:
            cr.execute(
                SQL(
                    "SELECT COALESCE(SUM(quantity), 0),"
                    " COALESCE(SUM(reserved_quantity), 0)"
                    " FROM stock_quant WHERE product_id = %s AND location_id = %s",
                    self.product_id,
                    self.location_id,
                )
            )
            on_hand, reserved = cr.fetchone()
            cr.execute(
                SQL(
                    "SELECT COALESCE(SUM(quantity), 0) FROM o2o_stock_hold"
                    " WHERE product_id = %s AND state = 'active' AND until > %s",
                    self.product_id,
                    fields.Datetime.now(),
                )
            )
            return float(on_hand), float(reserved), float(cr.fetchone()[0])

    def _holds(self):
        with self.registry.cursor() as cr:
            cr.execute(
                SQL(
                    "SELECT key, quantity, state FROM o2o_stock_hold"
                    " WHERE product_id = %s ORDER BY id",
                    self.product_id,
                )
            )
            return cr.fetchall()

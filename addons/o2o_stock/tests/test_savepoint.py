from contextlib import suppress
from datetime import timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common_parallel import ParallelStockCase


@tagged("post_install", "-at_install")
class TestSavepoint(ParallelStockCase):
    """Invariant 3: what is undone to a savepoint has changed no promise."""

    def setUp(self):
        super().setUp()
        with self.registry.cursor() as cr:
            self._claim(self._env(cr), "buyer/1", 3)

    def _env(self, cr):
        return api.Environment(cr, SUPERUSER_ID, {})

    def _undone(self, env, act):
        """What a refusal does: the request goes on, the savepoint does not."""
        with suppress(UserError), env.cr.savepoint():
            act()
            raise UserError("refused")  # pylint: disable=translation-required

    def _take(self, env, key, quantity):
        """What a reservation does with a claim."""
        product = env["product.product"].browse(self.product_id)
        warehouse = env["stock.warehouse"].browse(self.warehouse_id)
        return env["o2o.stock"]._take_allowance(key, product, warehouse, quantity)

    def _active(self):
        return [(key, it) for key, it, state in self._holds() if state == "active"]

    def test_undone_release_keeps_the_hold(self):
        """SUP-09: a refusal gives nothing back."""
        for end in ("_release", "_use"):
            with self.registry.cursor() as cr:
                env = self._env(cr)
                args = ("buyer/1", "x") if end == "_release" else ("buyer/1",)
                self._undone(
                    env,
                    lambda env=env, end=end, args=args: getattr(env["o2o.stock"], end)(
                        *args
                    ),
                )
            self.assertEqual(self._active(), [("buyer/1", 3.0)])

    def test_undone_in_the_outer_of_two_savepoints(self):
        """The inner one succeeded; it is undone with the outer one all the same."""
        with self.registry.cursor() as cr:
            env = self._env(cr)

            def act():
                with cr.savepoint():
                    env["o2o.stock"]._release("buyer/1", "x")

            self._undone(env, act)
        self.assertEqual(self._active(), [("buyer/1", 3.0)])

    def test_what_came_before_the_savepoint_happens(self):
        """Only what was wanted inside is undone."""
        with self.registry.cursor() as cr:
            self._claim(self._env(cr), "buyer/2", 1)
        with self.registry.cursor() as cr:
            env = self._env(cr)
            env["o2o.stock"]._release("buyer/2", "x")
            self._undone(env, lambda: env["o2o.stock"]._release("buyer/1", "x"))
            env["o2o.stock"]._keep_unspent(["buyer/1"])
        self.assertEqual(self._active(), [("buyer/1", 3.0)])
        with self.registry.cursor() as cr:
            cr.execute(
                "SELECT until > now() + interval '20 days' FROM o2o_stock_hold"
                " WHERE key = 'buyer/1' AND state = 'active' AND product_id = %s",
                [self.product_id],
            )
            self.assertTrue(cr.fetchone()[0])

    def test_undone_reservation_uses_nothing(self):
        """A reservation that was undone leaves its claim whole, for the next one."""
        with self.registry.cursor() as cr:
            env = self._env(cr)
            self._undone(env, lambda: self._take(env, "buyer/1", 3))
            self.assertEqual(self._take(env, "buyer/1", 2), 2)
            self.assertEqual(self._take(env, "buyer/1", 2), 1)
            self._undone(env, lambda: self._take(env, "buyer/1", 1))
            self.assertEqual(self._take(env, "buyer/1", 2), 0)
        self.assertEqual(self._active(), [])
        with self.registry.cursor() as cr:
            env = self._env(cr)
            self._claim(env, "buyer/2", 2)
            self._undone(env, lambda: self._take(env, "buyer/2", 2))
        self.assertEqual(self._active(), [("buyer/2", 2.0)])

    def test_claimed_anew_after_the_release(self):
        """The last word counts; a word that was undone does not."""
        with self.registry.cursor() as cr:
            env = self._env(cr)
            env["o2o.stock"]._release("buyer/1", "x")
            self._claim(env, "buyer/1", 3)
        self.assertEqual(self._active(), [("buyer/1", 3.0)])
        with self.registry.cursor() as cr:
            env = self._env(cr)
            env["o2o.stock"]._release("buyer/1", "x")
            self._undone(env, lambda: self._claim(env, "buyer/1", 3))
        self.assertEqual(self._active(), [])

    def _create_picking(self, env, quantity):
        warehouse = env["stock.warehouse"].browse(self.warehouse_id)
        places = {
            "location_id": warehouse.lot_stock_id.id,
            "location_dest_id": env.ref("stock.stock_location_customers").id,
        }
        move = {"product_id": self.product_id, "product_uom_qty": quantity, **places}
        picking = env["stock.picking"].create(
            {
                "picking_type_id": warehouse.out_type_id.id,
                "move_ids": [Command.create(move)],
                **places,
            }
        )
        picking.action_confirm()
        return picking

    def test_undone_reservation_by_hand_is_free_at_once(self):
        """A transfer that was refused keeps nothing from the next one."""
        with self.registry.cursor() as cr:
            env = self._env(cr)
            self._undone(env, lambda: self._create_picking(env, 2))
            picking = self._create_picking(env, 2)
            self.assertEqual(picking.move_ids.state, "assigned")
            picking_id = picking.id
        self.assertEqual(self._facts(), (5.0, 2.0, 3.0))
        with self.registry.cursor() as cr:
            self._env(cr)["stock.picking"].browse(picking_id).action_cancel()
        self.assertEqual(self._facts(), (5.0, 0.0, 3.0))

    def test_server_that_ends_after_the_commit(self):
        """What was committed is done by the minute job."""
        with (
            patch("odoo.addons.o2o_stock.models.o2o_stock_work._after_commit"),
            self.registry.cursor() as cr,
        ):
            self._env(cr)["o2o.stock"]._release("buyer/1", "x")
        self.assertEqual(self._active(), [("buyer/1", 3.0)])
        with self.registry.cursor() as cr:
            env = self._env(cr)
            env["o2o.stock"]._do_left_work()
            self.assertEqual(self._active(), [("buyer/1", 3.0)], "not yet")
            with freeze_time(cr.now() + timedelta(minutes=2)):
                env["o2o.stock"]._do_left_work()
        self.assertEqual(self._active(), [])
        with self.registry.cursor() as cr:
            self.assertFalse(self._env(cr)["o2o.stock.work"].search_count([]))

    def test_breach_that_was_undone(self):
        """A report that was undone is not repaired, and stops nobody else's."""
        with self.registry.cursor() as cr:
            env = self._env(cr)
            product = env["product.product"].browse(self.product_id)
            warehouse = env["stock.warehouse"].browse(self.warehouse_id)

            def report():
                return env["o2o.stock.breach"]._report(product, warehouse, 1, "stock")

            self._undone(env, report)
            kept = report().id
        with self.registry.cursor() as cr:
            breach = self._env(cr)["o2o.stock.breach"].browse(kept)
            self.assertEqual(breach.state, "done")

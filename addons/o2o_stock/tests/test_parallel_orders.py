from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.tests import tagged

from .common_parallel import ParallelStockCase


@tagged("post_install", "-at_install")
class TestParallelOrders(ParallelStockCase):
    """Whole orders, at once, as requests would do it."""

    def prepare(self, env):
        partner = env["res.partner"].create({"name": "O2O Parallel"})
        self.partner_id = partner.id
        orders = env["sale.order"].create(
            [
                {
                    "partner_id": partner.id,
                    "warehouse_id": self.warehouse_id,
                    "order_line": [
                        Command.create(
                            {"product_id": self.product_id, "product_uom_qty": 1}
                        )
                    ],
                }
                for _number in range(12)
            ]
        )
        self.order_ids = orders.ids

    def tidy(self, env):
        orders = env["sale.order"].browse(self.order_ids)
        orders.filtered(lambda order: order.state == "sale")._action_cancel()
        env.flush_all()
        pickings = orders.picking_ids
        pickings.move_ids.move_line_ids.unlink()
        pickings.move_ids.filtered(lambda m: m.state != "cancel")._action_cancel()
        pickings.unlink()
        orders.with_context(disable_cancel_warning=True)._action_cancel()
        orders.unlink()
        env["res.partner"].browse(self.partner_id).active = False
        # the cancelled orders give back after their commit; nothing is left to give
        env.cr.postcommit.clear()
        env.cr.execute(
            "DELETE FROM o2o_stock_hold WHERE product_id = %s", [self.product_id]
        )

    def test_twelve_orders_five_pieces(self):
        """SUP-09: 12 confirmations at once of 5 pieces: 5 orders, 5 reserved."""

        def confirm(env, order_id):
            env["sale.order"].browse(order_id).action_confirm()
            return order_id

        results = self._in_parallel(self.order_ids, confirm)
        done = [it for it in results if it]
        self.assertEqual(len(done), 5)
        self.assertEqual(self._facts(), (5.0, 5.0, 0.0))
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            moves = env["sale.order"].browse(done).order_line.move_ids
            self.assertEqual(set(moves.mapped("state")), {"assigned"})
        states = {state for _key, _quantity, state in self._holds()}
        self.assertEqual(states, {"used"})

    def test_rolled_back_confirmation_keeps_the_hold(self):
        """A confirmation undone to a savepoint has used nothing."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            order = env["sale.order"].browse(self.order_ids[0])
            try:
                with cr.savepoint():
                    order.action_confirm()
                    raise ZeroDivisionError
            except ZeroDivisionError:
                env.invalidate_all()
        self.assertEqual(self._facts(), (5.0, 0.0, 1.0))

    def test_reservation_by_hand_and_claims(self):
        """A transfer by hand and buyers at once: together no more than there is."""

        def act(env, number):
            if number % 3:
                return self._claim(env, f"buyer/{number}")
            warehouse = env["stock.warehouse"].browse(self.warehouse_id)
            customers = env.ref("stock.stock_location_customers")
            picking = env["stock.picking"].create(
                {
                    "picking_type_id": warehouse.out_type_id.id,
                    "location_id": warehouse.lot_stock_id.id,
                    "location_dest_id": customers.id,
                    "move_ids": [
                        Command.create(
                            {
                                "product_id": self.product_id,
                                "product_uom_qty": 2,
                                "location_id": warehouse.lot_stock_id.id,
                                "location_dest_id": customers.id,
                            }
                        )
                    ],
                }
            )
            picking.action_confirm()
            picking.action_assign()
            self.pickings.append(picking.id)
            return []

        self.pickings = []
        self.addCleanup(self._drop_pickings)
        self._in_parallel(list(range(9)), act)
        on_hand, reserved, held = self._facts()
        self.assertLessEqual(reserved + held, on_hand)
        self.assertEqual(reserved + held, 5)

    def _drop_pickings(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            pickings = env["stock.picking"].browse(self.pickings).exists()
            pickings.action_cancel()
            pickings.unlink()

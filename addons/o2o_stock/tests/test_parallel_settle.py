from uuid import uuid4

from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.tests import tagged

from .common_parallel import ParallelStockCase
from .common_pos import prepare_sale


@tagged("post_install", "-at_install")
class TestParallelSettle(ParallelStockCase):
    """A till settles sale orders; claims have connections of their own, as they do in
    a shop: the tests in one transaction cannot see what others would see."""

    def prepare(self, env):
        warehouse = env["stock.warehouse"].browse(self.warehouse_id)
        method = env["pos.payment.method"].create(
            {"name": "Parallel later", "split_transactions": False}
        )
        config = env["pos.config"].create(
            {
                "name": "Parallel settling",
                "picking_type_id": warehouse.pos_type_id.id,
                # pos_sale gives up all of an order's reservations, and reserves anew
                "warehouse_id": warehouse.id,
                "payment_method_ids": [Command.set(method.ids)],
            }
        )
        config.company_id.point_of_sale_update_stock_quantities = "real"
        config.open_ui()
        config.current_session_id.set_opening_control(0, None)
        partner = env["res.partner"].create({"name": "O2O Parallel"})
        self.config_id, self.method_id = config.id, method.id
        self.partner_id, self.order_ids = partner.id, []

    def tidy(self, env):
        cr = env.cr
        cr.execute(
            "SELECT o.id FROM pos_order o JOIN pos_session s ON s.id = o.session_id"
            " WHERE s.config_id = %s",
            [self.config_id],
        )
        sales = [row[0] for row in cr.fetchall()] or [0]
        for statement in (
            "DELETE FROM pos_payment WHERE pos_order_id = ANY(%s)",
            "DELETE FROM pos_order_line WHERE order_id = ANY(%s)",
            "UPDATE stock_picking SET pos_order_id = NULL WHERE pos_order_id = ANY(%s)",
            "DELETE FROM pos_order WHERE id = ANY(%s)",
        ):
            cr.execute(statement, [sales])
        cr.execute(
            "DELETE FROM stock_move_line WHERE product_id = %s", [self.product_id]
        )
        cr.execute("DELETE FROM stock_move WHERE product_id = %s", [self.product_id])
        for statement in (
            "DELETE FROM sale_order_line WHERE order_id = ANY(%s)",
            "DELETE FROM sale_order WHERE id = ANY(%s)",
        ):
            cr.execute(statement, [self.order_ids or [0]])
        cr.execute("DELETE FROM pos_session WHERE config_id = %s", [self.config_id])
        env.invalidate_all()
        config = env["pos.config"].browse(self.config_id)
        # the warehouse of the test is archived with its types of transfers
        config.picking_type_id = env.ref("stock.warehouse0").pos_type_id
        config.warehouse_id = env.ref("stock.warehouse0")
        config.active = False
        env["res.partner"].browse(self.partner_id).active = False
        cr.execute(
            "DELETE FROM o2o_stock_hold WHERE product_id = %s", [self.product_id]
        )

    # === WHAT HAPPENS, EACH IN A REQUEST OF ITS OWN === #

    def _request(self, act):
        with self.registry.cursor() as cr:
            return act(api.Environment(cr, SUPERUSER_ID, {}))

    def _order(self, quantity, *, confirmed=True, is_held=True):
        """An order of the office, or one that waits at the payment page."""

        def create(env):
            order = env["sale.order"].create(
                {
                    "partner_id": self.partner_id,
                    "warehouse_id": self.warehouse_id,
                    "order_line": [
                        Command.create(
                            {
                                "product_id": self.product_id,
                                "product_uom_qty": quantity,
                            }
                        )
                    ],
                }
            )
            self.order_ids.append(order.id)
            return order.id

        order_id = self._request(create)

        def submit(env):
            order = env["sale.order"].browse(order_id)
            order.action_confirm() if confirmed else order._o2o_hold_stock()

        if is_held:
            self._request(submit)
        return order_id

    def _line(self, env, order_id):
        return env["sale.order"].browse(order_id).order_line

    def _claim_at_till(self, uuid, *lines):
        """:param lines: pairs of quantity and order"""
        return self._request(
            lambda env: env["o2o.stock.till"].claim(
                self.config_id,
                uuid,
                [
                    [self.product_id, quantity, self._line(env, order_id).id]
                    for quantity, order_id in lines
                ],
            )
        )

    def _settle(self, uuid, *lines):
        """:param lines: pairs of quantity and order (None: from the shelf)"""

        def sync(env):
            config = env["pos.config"].browse(self.config_id)
            basket = [
                {
                    "product_id": self.product_id,
                    "name": "Parallel",
                    "qty": quantity,
                    "price_unit": 10,
                    "sale_order_origin_id": order_id,
                    "sale_order_line_id": order_id and self._line(env, order_id).id,
                }
                for quantity, order_id in lines
            ]
            session = config.current_session_id
            sale = prepare_sale(
                session.id, SUPERUSER_ID, self.method_id, basket, uuid=uuid
            )
            env["pos.order"].sync_from_ui([sale])

        self._request(sync)

    def _reserved(self, order_id):
        return self._request(
            lambda env: sum(
                self._line(env, order_id)
                .move_ids.filtered(lambda move: move.state not in ("done", "cancel"))
                .mapped("quantity")
            )
        )

    def _breaches(self):
        def read(env):
            env["o2o.stock"]._sweep()
            return env["o2o.stock.breach"].search_count(
                [("product_id", "=", self.product_id)]
            )

        return self._request(read)

    # === THE TESTS === #

    def test_rest_of_an_order_stays_reserved(self):
        """Idea 4: 1 of 3 is taken along, the other 2 are still that order's."""
        order, other = self._order(3), self._order(2)
        uuid = str(uuid4())
        self.assertEqual(self._claim_at_till(uuid, (1, order))["status"], "ok")
        self._settle(uuid, (1, order))
        self.assertEqual((self._reserved(order), self._reserved(other)), (2, 2))
        self.assertEqual(self._facts(), (4.0, 4.0, 0.0))
        self.assertEqual(self._breaches(), 0)

    def test_till_with_another_warehouse_written_on_it(self):
        """Odoo gives up nothing there, and took the newest order's pieces."""
        order, other = self._order(3), self._order(2)

        def write(env):
            config = env["pos.config"].browse(self.config_id)
            config.warehouse_id = env.ref("stock.warehouse0")

        self._request(write)
        self._settle(str(uuid4()), (1, order))
        self.assertEqual((self._reserved(order), self._reserved(other)), (2, 2))
        self.assertEqual(self._breaches(), 0)

    def test_what_one_order_keeps_serves_no_other_in_the_basket(self):
        """Idea 4: all 5 are kept, none of them for the second order of the basket."""
        self._order(1)
        first = self._order(4, confirmed=False)
        second = self._order(3, confirmed=False, is_held=False)
        uuid = str(uuid4())
        answer = self._claim_at_till(uuid, (1, first), (3, second))
        self.assertEqual(answer["status"], "held")
        answer = self._claim_at_till(uuid, (4, first))
        self.assertEqual(answer["status"], "ok")

    def test_rest_beside_a_piece_of_the_shelf(self):
        order, other = self._order(2), self._order(2)
        uuid = str(uuid4())
        self._settle(uuid, (1, order), (1, None))
        self.assertEqual((self._reserved(order), self._reserved(other)), (1, 2))
        self.assertEqual(self._facts(), (3.0, 3.0, 0.0))
        self.assertEqual(self._breaches(), 0)

    def test_stock_is_booked_at_the_closing(self):
        """Idea 4: until then the pieces are held, after it the rest is reserved."""
        order, other = self._order(3), self._order(2)

        def book(env, at_closing):
            session = env["pos.config"].browse(self.config_id).current_session_id
            if at_closing:
                session._create_picking_at_end_of_session()
            else:
                session.update_stock_at_closing = True

        self._request(lambda env: book(env, at_closing=False))
        self._settle(str(uuid4()), (1, order))
        self.assertEqual(self._facts(), (5.0, 4.0, 1.0))
        self.assertEqual(self._breaches(), 0)
        self._request(lambda env: book(env, at_closing=True))
        self.assertEqual((self._reserved(order), self._reserved(other)), (2, 2))
        self.assertEqual(self._facts(), (4.0, 4.0, 0.0))
        self.assertEqual(self._breaches(), 0)

    def test_whole_order(self):
        order, other = self._order(3), self._order(2)
        self._settle(str(uuid4()), (3, order))
        self.assertEqual((self._reserved(order), self._reserved(other)), (0, 2))
        self.assertEqual(self._facts(), (2.0, 2.0, 0.0))
        self.assertEqual(self._breaches(), 0)

    def test_held_quotation_is_not_held_twice(self):
        """Idea 4: while its customer pays, nobody else's promise is in danger."""
        order = self._order(4, confirmed=False)
        other = self._order(1, confirmed=False)
        uuid = str(uuid4())
        self.assertEqual(self._claim_at_till(uuid, (4, order))["status"], "ok")
        self.assertEqual(self._facts(), (5.0, 0.0, 5.0))
        self.assertEqual(self._breaches(), 0)
        self._settle(uuid, (4, order))
        self.assertEqual(self._facts(), (1.0, 0.0, 1.0))
        self.assertEqual(self._breaches(), 0)
        active = {key for key, _quantity, state in self._holds() if state == "active"}
        self.assertEqual(active, {f"sale.order/{other}"})

    def test_rest_of_a_held_quotation(self):
        order = self._order(4, confirmed=False)
        self._order(1, confirmed=False)
        self._settle(str(uuid4()), (1, order))
        self.assertEqual(self._reserved(order), 3)
        self.assertEqual(self._facts(), (4.0, 3.0, 1.0))
        self.assertEqual(self._breaches(), 0)

    def test_rest_that_nobody_has_stops_no_sale(self):
        """Idea 4: what was handed out comes in, whatever is left to deliver."""

        def quote(env):
            return (
                env["sale.order"]
                .create(
                    {
                        "partner_id": self.partner_id,
                        "warehouse_id": self.warehouse_id,
                        "order_line": [
                            Command.create(
                                {"product_id": self.product_id, "product_uom_qty": 9}
                            )
                        ],
                    }
                )
                .id
            )

        order = self._request(quote)
        self.order_ids.append(order)
        self._settle(str(uuid4()), (2, order))
        self.assertEqual(self._facts()[0], 3.0)
        self.assertEqual(self._reserved(order), 3)

    def test_sale_that_takes_from_others_is_still_told(self):
        """Idea 4: the order's own pieces are no loss of others, one more is."""
        order, _other = self._order(3), self._order(2)
        self._settle(str(uuid4()), (3, order), (1, None))
        self.assertEqual(self._facts()[0], 1.0)
        self.assertGreater(self._breaches(), 0)

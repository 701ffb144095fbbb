from odoo.fields import Command
from odoo.tests import tagged

from .common import StockCase


@tagged("post_install", "-at_install")
class TestReservation(StockCase):
    """Transfers by hand do not eat what is held (invariant 3)."""

    def _transfer(self, quantity, **vals):
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.out_type_id.id,
                "location_id": self.warehouse.lot_stock_id.id,
                "location_dest_id": self.env.ref("stock.stock_location_customers").id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "product_uom_qty": quantity,
                            "location_id": self.warehouse.lot_stock_id.id,
                            "location_dest_id": self.env.ref(
                                "stock.stock_location_customers"
                            ).id,
                        }
                    )
                ],
                **vals,
            }
        )
        picking.action_confirm()
        picking.action_assign()
        return picking

    def test_transfer_takes_only_what_nobody_holds(self):
        """SUP-09: 5 pieces, 3 held: a transfer by hand gets 2."""
        self._claim("a", 3)
        picking = self._transfer(5)
        self.assertEqual(picking.move_ids.quantity, 2)
        self.assertEqual(picking.move_ids.state, "partially_available")
        self.assertEqual(self._free(), 0)
        self.stock._release("a", "test")
        picking.action_assign()
        self.assertEqual(picking.move_ids.quantity, 5)

    def test_move_knows_what_is_available_to_it(self):
        self._claim("a", 3)
        move = self._transfer(1).move_ids
        location = self.warehouse.lot_stock_id
        self.assertEqual(move._get_available_quantity(location), 1)

    def test_holder_reserves_its_own(self):
        """SUP-09: an order reserves what it holds, and the hold is used."""
        order = self._create_order(5)
        self._submit(order)
        self.assertEqual(self._free(), 0)
        self.assertEqual(self._transfer(1).move_ids.quantity, 0)
        order.action_confirm()
        self.assertEqual(order.picking_ids.move_ids.quantity, 5)
        self.assertEqual(self._hold_of(order).mapped("state"), ["used"])
        self.assertEqual(self._free(), 0)

    def test_second_step_of_a_delivery_is_free(self):
        """Goods brought to the exit for an order are not taken from the shelf again."""
        self.warehouse.delivery_steps = "pick_ship"
        order = self._create_order(5, website=False)
        order.action_confirm()
        pick = order.picking_ids.filtered(lambda p: p.state == "assigned")
        pick.button_validate()
        self.assertEqual(set(order.picking_ids.mapped("state")), {"done", "assigned"})
        self.assertEqual(self._free(), 0)

    def test_receipt_serves_a_waiting_transfer(self):
        """Goods that come in and are reserved in one request are found."""
        picking = self._transfer(7)
        self.assertEqual(picking.move_ids.quantity, 5)
        receipt = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": self.warehouse.lot_stock_id.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "product_uom_qty": 4,
                            "location_id": self.env.ref(
                                "stock.stock_location_suppliers"
                            ).id,
                            "location_dest_id": self.warehouse.lot_stock_id.id,
                        }
                    )
                ],
            }
        )
        receipt.action_confirm()
        receipt.button_validate()
        picking.action_assign()
        self.assertEqual(picking.move_ids.quantity, 7)

    def test_unreserving_over_several_quants_leaves_nothing(self):
        """Trap: the second quant of a locked one kept a reservation for nobody."""
        picking = self._transfer(3)
        quant = self.env["stock.quant"]._gather(
            self.product, self.warehouse.lot_stock_id
        )
        quant.sudo().reserved_quantity = 1
        quant.sudo().create(
            {
                "product_id": self.product.id,
                "location_id": quant.location_id.id,
                "reserved_quantity": 2,
            }
        )
        picking.do_unreserve()
        quants = self.env["stock.quant"]._gather(
            self.product, self.warehouse.lot_stock_id
        )
        self.assertEqual(sum(quants.mapped("reserved_quantity")), 0)
        self.assertEqual(self._free(), 5)

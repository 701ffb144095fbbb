from odoo import models

from ..const import OPEN_STATES


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _o2o_is_goods(self):
        """Whether a store has something to hand out for this line."""
        self.ensure_one()
        return (
            not self.display_type
            and not self.is_delivery
            and self.product_id.type == "consu"
            and self.product_uom_qty > 0
        )

    def _o2o_launch_transfers(self):
        """Order the goods from the stores; a locked order is locked against people,
        not against the way its goods take."""
        locked = self.order_id.filtered("locked")
        locked.locked = False
        self._action_launch_stock_rule()
        locked.locked = True

    def _create_procurements(self, product_qty, procurement_uom, values):
        """Each store brings its share: one procurement per fulfillment.

        What no fulfillment asks for (other orders, quantities added by hand) is left
        to Odoo.
        """
        # sudo: the order is confirmed by the member, who sees no transfers
        shares_sudo = (
            self.env["o2o.fulfillment.line"]
            .sudo()
            .search(
                [
                    ("sale_line_id", "=", self.id),
                    ("fulfillment_id.state", "in", OPEN_STATES),
                ],
                order="id",
            )
        )
        procurements = []
        for share in shares_sudo.filtered("fulfillment_id.store_id"):
            missing = share.quantity - share._get_moved_quantity()
            if share.uom_id.compare(missing, 0.0) <= 0:
                continue
            quantity, uom = share.uom_id._adjust_uom_quantities(
                missing, share.product_id.uom_id
            )
            procurements += super()._create_procurements(
                quantity,
                uom,
                {
                    **values,
                    "warehouse_id": share.fulfillment_id.store_id.warehouse_id,
                    "o2o_fulfillment_id": share.fulfillment_id.id,
                },
            )
        if procurements or shares_sudo:
            return procurements
        return super()._create_procurements(product_qty, procurement_uom, values)

    def _o2o_returned_quantity(self, pos_order=None):
        """Returns that came in by a transfer of the warehouse count too."""
        returned = super()._o2o_returned_quantity(pos_order=pos_order)
        # sudo: see the first definition
        line_sudo = self.sudo()
        _outgoing, incoming = line_sudo._get_outgoing_incoming_moves()
        for move in incoming.filtered(lambda move: move.state == "done"):
            returned += move.product_uom._compute_quantity(
                move.quantity, line_sudo.product_uom_id, rounding_method="HALF-UP"
            )
        return returned

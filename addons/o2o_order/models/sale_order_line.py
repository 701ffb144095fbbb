from odoo import models


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

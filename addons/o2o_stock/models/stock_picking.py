from odoo import api, models

from ..const import GONE_CONTEXT


class StockPicking(models.Model):
    _inherit = "stock.picking"

    @api.model
    def _create_picking_from_pos_order_lines(
        self, location_dest_id, lines, picking_type, partner=False
    ):
        """A till's sale has happened: it is booked whatever was promised.

        What is reserved for an order that is settled goes with it, or Odoo would take
        the newest reservations, whosever they are. ``pos_sale`` gives up all of such an
        order, but only where the warehouse written on the till is that of its stock.
        """
        # sudo: cashiers change no reservations
        stock_sudo = self.env["o2o.stock"].sudo()
        for product, settled in lines._o2o_get_settled().items():
            for sale_line_sudo, quantity in settled.items():
                stock_sudo._free_reserved_for(
                    sale_line_sudo,
                    product,
                    picking_type.sudo().warehouse_id,
                    quantity,
                )
        return super(
            StockPicking, self.with_context(**GONE_CONTEXT)
        )._create_picking_from_pos_order_lines(
            location_dest_id,
            # the moves are made from the lines' environment too
            lines,
            picking_type,
            partner=partner,
        )

from odoo import api, models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    @api.model
    def _create_picking_from_pos_order_lines(
        self, location_dest_id, lines, picking_type, partner=False
    ):
        """A till's sale has happened: it is booked whatever was promised."""
        return super(
            StockPicking, self.with_context(o2o_stock_gone=True)
        )._create_picking_from_pos_order_lines(
            location_dest_id,
            # the moves are made from the lines' environment too
            lines,
            picking_type,
            partner=partner,
        )

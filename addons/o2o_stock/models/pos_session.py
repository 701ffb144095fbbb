from odoo import models

from ..const import HoldKeys


class PosSession(models.Model):
    _inherit = "pos.session"

    def _create_picking_at_end_of_session(self):
        """Sales that held their goods until now give the holds back.

        ``pos_sale`` gives up all that is reserved for the orders that were settled in
        part; here, unlike at a sale, it does not reserve the rest again.
        """
        orders = self._get_closed_orders()
        rest = orders.sudo().lines.sale_order_line_id.move_ids.filtered(
            lambda move: move.state in ("assigned", "partially_available")
        )
        keys = [order._o2o_get_hold_key() for order in orders] if rest else []
        result = super(
            PosSession, self.with_context(o2o_stock_sold=HoldKeys(keys))
        )._create_picking_at_end_of_session()
        rest.filtered(
            lambda move: move.state in ("confirmed", "partially_available")
        )._action_assign()
        self.env["pos.order"]._o2o_release_booked(orders)
        return result

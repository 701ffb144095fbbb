from odoo import api, models

from ..const import SYNC_CONTEXT


class PosOrder(models.Model):
    _inherit = "pos.order"

    @api.model
    def sync_from_ui(self, orders):
        """What a till has sold comes in, whatever the orders it settles lack."""
        return super(PosOrder, self.with_context(**SYNC_CONTEXT)).sync_from_ui(orders)

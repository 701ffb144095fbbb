from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _o2o_get_hold_key(self):
        """What is brought to another store for an order is that order's too."""
        key = super()._o2o_get_hold_key()
        order = self.o2o_fulfillment_id.order_id
        return key or (order._o2o_get_hold_key() if order else None)

    def _o2o_get_hold_keys(self):
        """What was held while its part of the order waited for a store comes first."""
        keys = super()._o2o_get_hold_keys()
        waiting = self.o2o_fulfillment_id.hold_key
        return [waiting, *keys] if waiting else keys

from odoo import models


class PosOrder(models.Model):
    _inherit = "pos.order"

    def _process_saved_order(self, draft):
        """Card payments of a paid order stand on approvals of the terminal."""
        result = super()._process_saved_order(draft)
        if self.state in ("paid", "done"):
            self.payment_ids._o2o_match_transactions()
        return result

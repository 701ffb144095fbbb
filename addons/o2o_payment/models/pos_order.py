from odoo import models


class PosOrder(models.Model):
    _inherit = "pos.order"

    def _process_saved_order(self, draft):
        """Payments by code of a paid sale stand on what a gateway said."""
        result = super()._process_saved_order(draft)
        if self.state in ("paid", "done"):
            self.payment_ids._o2o_match_intents()
        return result

from odoo import models


class O2oFulfillment(models.Model):
    _inherit = "o2o.fulfillment"

    def _lose_goods(self, note):
        """The store cannot serve this any more, by nobody's refusal: look again."""
        self.ensure_one()
        self._lock_rows()
        if not self._is_open():
            return
        self._get_open_offers()._answer("withdrawn")
        self._enter("pooled", note=note)
        self._cancel_transfers()
        self._offer_to_next_store()


class O2oFulfillmentLine(models.Model):
    _inherit = "o2o.fulfillment.line"

    def _get_stock_quantity(self):
        """What a store needs on its shelf for this line, in the product's unit."""
        self.ensure_one()
        return self.uom_id._compute_quantity(self.quantity, self.product_id.uom_id)

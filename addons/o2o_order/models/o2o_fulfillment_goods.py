from odoo import models


class O2oFulfillment(models.Model):
    _inherit = "o2o.fulfillment"

    def _move_to_store(self, store):
        """What was held where nobody serves the order any more is free again."""
        result = super()._move_to_store(store)
        if store:
            self._release_order_hold()
        return result

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

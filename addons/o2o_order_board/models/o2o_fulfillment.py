from odoo import models


class O2oFulfillment(models.Model):
    _inherit = "o2o.fulfillment"

    def _log_event(self, kind, **values):
        """Whatever leaves an event changes the board."""
        result = super()._log_event(kind, **values)
        self.env["o2o.order.board"]._tell(self.store_id, self.company_id)
        return result

    def _move_to_store(self, store):
        """The store that loses it sees it go."""
        old_store = self.store_id
        result = super()._move_to_store(store)
        if old_store != store:
            self.env["o2o.order.board"]._tell(old_store | store, self.company_id)
        return result

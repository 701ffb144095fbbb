from odoo import models

#: states the member is told of, besides what the open page shows
TOLD_STATES = ("accepted", "ready", "shipped")


class O2oFulfillment(models.Model):
    _inherit = "o2o.fulfillment"

    def _after_transition(self, old_state):
        result = super()._after_transition(old_state)
        if self.state in TOLD_STATES:
            self._tell_member(self.state)
        return result

    def _tell_member(self, kind):
        """Outside the request: see ``sale.order._o2o_tell_member`` (ORD-08)."""
        self.ensure_one()
        tracking = " ".join(
            filter(None, [self.courier_name, self.carrier_tracking_ref])
        )
        self.order_id._o2o_tell_member(kind, store=self.store_id, tracking=tracking)

from odoo import models

from odoo.addons.o2o_order.const import DEAD_STATES

#: the goods are not in a store any more, or will never be sent
LEFT_STATES = ("shipped", "delivered", "completed", *DEAD_STATES)


class O2oFulfillment(models.Model):
    _inherit = "o2o.fulfillment"

    def _o2o_has_left(self):
        self.ensure_one()
        return self.state in LEFT_STATES

    def _after_transition(self, old_state):
        """What leaves is told to the gateway that wants to know, by an outbox."""
        result = super()._after_transition(old_state)
        # sudo: stores read no payments
        shippings_sudo = self.env["o2o.payment.shipping"].sudo()
        is_collected = self.state == "delivered" and self.delivery_kind == "pickup"
        if self.state == "shipped" or is_collected:
            shippings_sudo._plan(self)
        elif self.state in DEAD_STATES:
            shippings_sudo.search(
                [("fulfillment_id", "in", self.order_id.o2o_fulfillment_ids.ids)]
            )._note_dropped()
        return result

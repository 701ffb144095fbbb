from odoo import models


class O2oFulfillment(models.Model):
    _inherit = "o2o.fulfillment"

    def _get_due_slip(self):
        """The bag gets its slip when it is packed (idea 24)."""
        if self.delivery_kind == "pickup" and self.state == "ready":
            return "ready_slip"
        return super()._get_due_slip()

    def _get_printable_states(self, document_type):
        """As long as the bag waits (POS-08)."""
        if document_type != "ready_slip":
            return super()._get_printable_states(document_type)
        return ("ready",) if self.delivery_kind == "pickup" else ()

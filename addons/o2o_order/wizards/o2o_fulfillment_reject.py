from odoo import fields, models


class O2oFulfillmentReject(models.TransientModel):
    """Head office answers "no" on behalf of a store, with a reason."""

    _name = "o2o.fulfillment.reject"
    _description = "Reject an order"

    fulfillment_id = fields.Many2one(
        "o2o.fulfillment", required=True, ondelete="cascade"
    )
    reason_id = fields.Many2one("o2o.reject.reason", required=True)
    needs_note = fields.Boolean(related="reason_id.needs_note")
    note = fields.Char()

    def action_confirm(self):
        self.ensure_one()
        self.fulfillment_id._as_staff()._turn_down(self.reason_id, self.note)
        return {"type": "ir.actions.act_window_close"}

from odoo import fields, models


class O2oRefundByHand(models.TransientModel):
    """A person gave the money back, and says how."""

    _name = "o2o.refund.by.hand"
    _description = "Paid Back by Hand"

    refund_ids = fields.Many2many("o2o.refund", required=True, readonly=True)
    reason = fields.Text(required=True)

    def action_confirm(self):
        self.refund_ids._mark_paid_by_hand(self.reason)
        return {"type": "ir.actions.act_window_close"}

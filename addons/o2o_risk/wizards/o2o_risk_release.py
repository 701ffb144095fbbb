from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError


class O2oRiskRelease(models.TransientModel):
    """Head office releases an order that a rule holds, and says why (PAY-09)."""

    _name = "o2o.risk.release"
    _description = "Release a Held Order"

    order_id = fields.Many2one(
        "sale.order", required=True, readonly=True, ondelete="cascade"
    )
    reasons = fields.Text(related="order_id.o2o_risk_reasons")
    reason = fields.Char()
    allow_days = fields.Integer(
        string="Let the Member Through for Days",
        help="So long no rule holds or refuses this member again. 0: this order only",
    )

    def action_confirm(self):
        self.ensure_one()
        reason = (self.reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why the order is released."))
        order_sudo = self.order_id._o2o_as_head_office()
        if self.allow_days > 0:
            until = fields.Date.context_today(self) + timedelta(days=self.allow_days)
            # sudo: who may release an order may release its member
            self.env["o2o.risk.listing"].sudo()._allow(order_sudo, until, reason)
        order_sudo.with_context(o2o_risk_reason=reason).action_o2o_approve()
        return {"type": "ir.actions.act_window_close"}

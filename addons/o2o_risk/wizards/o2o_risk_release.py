from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

#: longer than facts are kept nobody is let through by the way
MAX_ALLOW_DAYS = 90


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
        help="So long no rule holds or refuses this member again, 90 days at most. 0:"
        " this order only",
    )

    def action_confirm(self):
        """:raise AccessError: not head office; days, and not in charge of risks
        :raise UserError: no reason, too many days, or not possible now
        """
        self.ensure_one()
        reason = (self.reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why the order is released."))
        order_sudo = self.order_id._o2o_as_head_office()
        if self.allow_days:
            self._ensure_can_allow()
            until = fields.Date.context_today(self) + timedelta(days=self.allow_days)
            # sudo: the check above
            self.env["o2o.risk.listing"].sudo()._allow(order_sudo, until, reason)
        order_sudo.with_context(o2o_risk_reason=reason).action_o2o_approve()
        return {"type": "ir.actions.act_window_close"}

    def _ensure_can_allow(self):
        if not self.env.user.has_group("o2o_risk.o2o_risk_group_manager"):
            raise AccessError(
                self.env._("Only who is in charge of risks lets a member through.")
            )
        if not 0 < self.allow_days <= MAX_ALLOW_DAYS:
            raise UserError(
                self.env._("A member is let through for 1 to %s days.", MAX_ALLOW_DAYS)
            )

from odoo import fields, models
from odoo.exceptions import UserError

from ..const import CANCEL_REASONS


class O2oOrderCancelWizard(models.TransientModel):
    """Head office cancels an order, with a reason; the money goes back (ORD-09)."""

    _name = "o2o.order.cancel.wizard"
    _description = "Cancel an Order"

    order_id = fields.Many2one("sale.order", required=True, ondelete="cascade")
    reason = fields.Selection(CANCEL_REASONS, required=True, default="head_office")
    is_refusal = fields.Boolean(help="It was opened to refuse the order in the review")
    note = fields.Char()

    def action_confirm(self):
        self.ensure_one()
        order_sudo = self.order_id._o2o_as_head_office()
        if not (self.note or "").strip():
            raise UserError(self.env._("Say why the order is cancelled."))
        is_waiting = order_sudo.o2o_review_state == "to_review"
        if self.reason == "review" and not (self.is_refusal or is_waiting):
            raise UserError(
                self.env._(
                    "%s is not in the review: choose another reason.", order_sudo.name
                )
            )
        if self.is_refusal or is_waiting:
            # refused when somebody has approved it meanwhile
            order_sudo._o2o_refuse(self.note)
        else:
            order_sudo._o2o_cancel(self.reason, self.note)
        return {"type": "ir.actions.act_window_close"}

from odoo import fields, models


class O2oRefundByHand(models.TransientModel):
    """A person gave the money back, and says how."""

    _name = "o2o.refund.by.hand"
    _description = "Paid Back by Hand"

    refund_ids = fields.Many2many("o2o.refund", required=True, readonly=True)
    reason = fields.Text(required=True)
    is_confirmed = fields.Boolean(readonly=True)

    def action_confirm(self):
        """Pressed twice, it is said once."""
        self.ensure_one()
        close = {"type": "ir.actions.act_window_close"}
        if self.is_confirmed:
            return close
        self.is_confirmed = True
        twice_sudo = self.refund_ids._mark_paid_by_hand(self.reason)
        if not twice_sudo:
            return close
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "danger",
                "sticky": True,
                "title": self.env._("Given back already"),
                "message": self.env._(
                    "The money of %s had gone back before. If you have paid it as well,"
                    " ask for it back: the order is on the list of problems.",
                    ", ".join(twice_sudo.order_id.mapped("name")),
                ),
                "next": close,
            },
        }

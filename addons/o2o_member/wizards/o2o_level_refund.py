from odoo import api, fields, models


class O2oLevelRefund(models.TransientModel):
    """Take a level back; shows first what is refunded and what is left (MEM-08)."""

    _name = "o2o.level.refund"
    _description = "Take Back a Level"

    grant_id = fields.Many2one("o2o.level.grant", required=True)
    partner_id = fields.Many2one(related="grant_id.partner_id")
    level_id = fields.Many2one(related="grant_id.level_id")
    date_from = fields.Date(related="grant_id.date_from")
    date_to = fields.Date(related="grant_id.date_to")
    currency_id = fields.Many2one(related="grant_id.currency_id")
    amount = fields.Monetary(related="grant_id.amount")
    refund_amount = fields.Monetary(
        string="To Pay Back", compute="_compute_refund_amount"
    )
    reason = fields.Char(required=True)
    refund_move_id = fields.Many2one(related="grant_id.refund_move_id")

    @api.depends("grant_id")
    def _compute_refund_amount(self):
        for wizard in self:
            wizard.refund_amount = (
                wizard.grant_id._get_refund_amount() if wizard.grant_id else 0.0
            )

    def action_take_back(self):
        """End the level; the dialog stays to show the credit note, if there is one."""
        self.ensure_one()
        if not self.grant_id._take_back(self.reason):
            return {"type": "ir.actions.act_window_close"}
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Level Taken Back"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_open_credit_note(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "res_id": self.refund_move_id.id,
            "views": [(False, "form")],
        }

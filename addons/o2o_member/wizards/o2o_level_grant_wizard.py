from uuid import uuid4

from odoo import fields, models


class O2oLevelGrantWizard(models.TransientModel):
    """Give a member a level by hand, until a day and with a reason."""

    _name = "o2o.level.grant.wizard"
    _description = "Grant a Level"

    partner_id = fields.Many2one("res.partner", string="Member", required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    level_id = fields.Many2one(
        "o2o.level", required=True, domain="[('company_id', '=', company_id)]"
    )
    date_to = fields.Date(string="Last Day", required=True)
    reason = fields.Char(required=True)
    # fixed when the dialog opens: a double click is one grant
    key = fields.Char(required=True, default=lambda self: f"manual:{uuid4()}")

    def action_grant(self):
        self.ensure_one()
        self.env["o2o.level.grant"]._grant_by_hand(
            self.partner_id, self.level_id, self.date_to, self.reason, self.key
        )
        return {"type": "ir.actions.act_window_close"}

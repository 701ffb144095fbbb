from uuid import uuid4

from odoo import fields, models
from odoo.exceptions import UserError


class O2oPointsAdjust(models.TransientModel):
    """Add or take points by hand, with a reason."""

    _name = "o2o.points.adjust"
    _description = "Adjust Points"

    partner_id = fields.Many2one("res.partner", string="Member", required=True)
    balance = fields.Integer(related="partner_id.o2o_points", string="Current Points")
    points = fields.Integer(
        required=True, help="Points to add; a negative number takes points away."
    )
    reason = fields.Char(required=True)
    # fixed when the dialog opens: a double click is one posting
    key = fields.Char(required=True, default=lambda self: f"manual:{uuid4()}")

    def action_adjust(self):
        self.ensure_one()
        if not self.points:
            raise UserError(self.env._("Enter the points to add or take away."))
        self.partner_id._o2o_post_points(
            self.points, "manual", self.key, reason=self.reason
        )
        return {"type": "ir.actions.act_window_close"}

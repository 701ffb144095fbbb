from uuid import uuid4

from odoo import api, fields, models
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
    is_big = fields.Boolean(compute="_compute_is_big")
    is_confirmed = fields.Boolean(string="Yes, this many points")
    # fixed when the dialog opens: a double click is one posting
    key = fields.Char(required=True, default=lambda self: f"manual:{uuid4()}")

    @api.depends("points")
    @api.depends_context("company")
    def _compute_is_big(self):
        limit = self.env.company.o2o_points_big_adjust
        for wizard in self:
            wizard.is_big = bool(limit) and abs(wizard.points) >= limit

    def action_adjust(self):
        self.ensure_one()
        if not self.points:
            raise UserError(self.env._("Enter the points to add or take away."))
        if not self.reason.strip():
            raise UserError(self.env._("Enter a reason. The member reads it."))
        if self.is_big and not self.is_confirmed:
            raise UserError(
                self.env._(
                    "%s points is a lot. Look again, and confirm the number.",
                    f"{self.points:+d}",
                )
            )
        self.partner_id._o2o_post_points(
            self.points, "manual", self.key, reason=self.reason.strip()
        )
        return {"type": "ir.actions.act_window_close"}

from uuid import uuid4

from odoo import api, fields, models
from odoo.exceptions import UserError


class O2oPointsReverse(models.TransientModel):
    """Undo a row of the points log, whole or in part, with a reason."""

    _name = "o2o.points.reverse"
    _description = "Reverse Points"

    entry_id = fields.Many2one("o2o.points.entry", required=True, readonly=True)
    partner_id = fields.Many2one(related="entry_id.partner_id")
    left = fields.Integer(string="Can Be Reversed", compute="_compute_left")
    points = fields.Integer(
        required=True,
        compute="_compute_points",
        store=True,
        readonly=False,
        precompute=True,
        help="How many points of the row to undo, as a positive number.",
    )
    reason = fields.Char(required=True)
    # fixed when the dialog opens: a double click is one posting
    key = fields.Char(required=True, default=lambda self: f"reverse:{uuid4()}")

    @api.depends("entry_id")
    def _compute_left(self):
        for wizard in self:
            wizard.left = wizard.entry_id._reversible_points() if wizard.entry_id else 0

    @api.depends("entry_id")
    def _compute_points(self):
        for wizard in self:
            wizard.points = wizard.left

    def action_reverse(self):
        self.ensure_one()
        if not self.reason.strip():
            raise UserError(self.env._("Enter a reason. The member reads it."))
        if self.points <= 0:
            raise UserError(self.env._("Enter the points to reverse."))
        # managers only (access line); the row must be one they may read
        self.entry_id.check_access("read")
        if not self.entry_id.can_reverse:
            raise UserError(self.env._("This points entry cannot be reversed."))
        self.entry_id._reverse(self.key, reason=self.reason.strip(), points=self.points)
        return {"type": "ir.actions.act_window_close"}

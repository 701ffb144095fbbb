import json

from odoo import api, fields, models


class O2oPaymentResolution(models.TransientModel):
    """A person resolves a difference, and says why."""

    _name = "o2o.payment.resolution"
    _description = "Resolution of a Difference"

    difference_id = fields.Many2one(
        "o2o.payment.difference",
        string="About",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="difference_id.currency_id")
    seen = fields.Char(help="What it was about when this was opened")
    ours = fields.Monetary(related="difference_id.ours")
    gateway = fields.Monetary(related="difference_id.gateway")
    difference = fields.Monetary(related="difference_id.difference")
    can_book = fields.Boolean(related="difference_id.can_book")
    needs_two = fields.Boolean(compute="_compute_needs_two")
    reason = fields.Text(required=True)

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        rows = self.env["o2o.payment.difference"]
        if row := rows.browse(values.get("difference_id")).exists():
            row.check_access("read")
            values["seen"] = json.dumps(row._get_decided_on())
        return values

    def _compute_needs_two(self):
        for wizard in self:
            wizard.needs_two = wizard.difference_id._needs_two()

    def _get_seen(self):
        return json.loads(self.seen or "null")

    def action_note(self):
        """It is explained; there is nothing to book."""
        self.difference_id._decide("noted", self.reason, self._get_seen())

    def action_book(self):
        """It is a gain or a loss."""
        self.difference_id._decide("booked", self.reason, self._get_seen())

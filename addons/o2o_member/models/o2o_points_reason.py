from odoo import fields, models


class O2oPointsReason(models.Model):
    """Why points are added or taken at a till; a choice, so that it can be counted."""

    _name = "o2o.points.reason"
    _description = "Points Reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    use = fields.Selection(
        [
            ("both", "Adding and deducting"),
            ("add", "Adding only"),
            ("deduct", "Deducting only"),
        ],
        required=True,
        default="both",
    )
    needs_note = fields.Boolean(help="The cashier has to explain in a few words.")

from odoo import fields, models


class O2oRejectReason(models.Model):
    """Why a store turns an order down (ROUT-08)."""

    _name = "o2o.reject.reason"
    _description = "Reject reason"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    needs_note = fields.Boolean(
        string="Asks for a note", help="The cashier must write a word of explanation"
    )

    _code_uniq = models.Constraint("UNIQUE (code)", "This code is already in use.")

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    o2o_hold_minutes = fields.Integer(
        related="company_id.o2o_hold_minutes", readonly=False
    )
    o2o_hold_limit = fields.Integer(related="company_id.o2o_hold_limit", readonly=False)
    o2o_till_override = fields.Selection(
        related="company_id.o2o_till_override", readonly=False
    )
    o2o_office_short = fields.Selection(
        related="company_id.o2o_office_short", readonly=False
    )
    o2o_slow_days = fields.Integer(related="company_id.o2o_slow_days", readonly=False)

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    o2o_no_show_hours = fields.Integer(
        related="company_id.o2o_no_show_hours", readonly=False
    )
    o2o_remind_hours = fields.Integer(
        related="company_id.o2o_remind_hours", readonly=False
    )
    o2o_pickup_choice_minutes = fields.Integer(
        related="company_id.o2o_pickup_choice_minutes", readonly=False
    )
    o2o_pickup_needs_code = fields.Boolean(
        related="company_id.o2o_pickup_needs_code", readonly=False
    )

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    o2o_points_for_money = fields.Integer(
        related="company_id.o2o_points_for_money", readonly=False
    )
    o2o_points_min = fields.Integer(related="company_id.o2o_points_min", readonly=False)
    o2o_points_step = fields.Integer(
        related="company_id.o2o_points_step", readonly=False
    )
    o2o_points_max_percent = fields.Float(
        related="company_id.o2o_points_max_percent", readonly=False
    )

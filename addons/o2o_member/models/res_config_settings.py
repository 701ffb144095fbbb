from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    o2o_points_per_unit = fields.Float(
        related="company_id.o2o_points_per_unit", readonly=False
    )

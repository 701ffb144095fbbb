from odoo import fields, models

from ..const import KEEP_DAYS, KEEP_PARAMETER


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    o2o_risk_keep_days = fields.Integer(
        string="Keep Risk Facts for Days",
        config_parameter=KEEP_PARAMETER,
        default=KEEP_DAYS,
    )

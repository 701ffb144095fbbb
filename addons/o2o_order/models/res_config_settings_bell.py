from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    o2o_answer_minutes = fields.Integer(
        related="company_id.o2o_answer_minutes", readonly=False
    )
    o2o_alert_seconds = fields.Integer(
        related="company_id.o2o_alert_seconds", readonly=False
    )
    o2o_alert_by_sms = fields.Boolean(
        related="company_id.o2o_alert_by_sms", readonly=False
    )
    o2o_urge_minutes = fields.Integer(
        related="company_id.o2o_urge_minutes", readonly=False
    )
    o2o_pool_minutes = fields.Integer(
        related="company_id.o2o_pool_minutes", readonly=False
    )

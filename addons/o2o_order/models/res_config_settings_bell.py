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
    o2o_pool_step_seconds = fields.Integer(
        related="company_id.o2o_pool_step_seconds", readonly=False
    )
    o2o_pool_step_km = fields.Float(
        related="company_id.o2o_pool_step_km", readonly=False
    )
    o2o_pool_cap = fields.Integer(related="company_id.o2o_pool_cap", readonly=False)
    o2o_pool_cooldown_minutes = fields.Integer(
        related="company_id.o2o_pool_cooldown_minutes", readonly=False
    )

from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    o2o_points_per_unit = fields.Float(
        related="company_id.o2o_points_per_unit", readonly=False
    )
    o2o_sms_provider = fields.Selection(
        related="company_id.o2o_sms_provider", readonly=False
    )
    o2o_phone_verification = fields.Boolean(
        related="company_id.o2o_phone_verification", readonly=False
    )
    o2o_birthday_days_before = fields.Integer(
        related="company_id.o2o_birthday_days_before", readonly=False
    )
    o2o_birthday_days_valid = fields.Integer(
        related="company_id.o2o_birthday_days_valid", readonly=False
    )
    o2o_till_points_per_operation = fields.Integer(
        related="company_id.o2o_till_points_per_operation", readonly=False
    )
    o2o_till_points_per_day = fields.Integer(
        related="company_id.o2o_till_points_per_day", readonly=False
    )
    o2o_purchase_message = fields.Boolean(
        related="company_id.o2o_purchase_message", readonly=False
    )

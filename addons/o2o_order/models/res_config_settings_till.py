from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    o2o_choice_minutes = fields.Integer(
        related="company_id.o2o_choice_minutes", readonly=False
    )
    o2o_choice_default = fields.Selection(
        related="company_id.o2o_choice_default", readonly=False
    )
    o2o_till_refund_limit = fields.Monetary(
        related="company_id.o2o_till_refund_limit",
        readonly=False,
        currency_field="currency_id",
    )

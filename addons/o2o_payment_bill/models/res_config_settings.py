from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """How differences with the gateways' bills are decided."""

    _inherit = "res.config.settings"

    o2o_difference_limit = fields.Monetary(
        related="company_id.o2o_difference_limit",
        currency_field="currency_id",
        readonly=False,
    )

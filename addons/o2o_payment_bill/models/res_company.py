from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    o2o_difference_limit = fields.Monetary(
        string="One person decides up to",
        default=1000.0,
        help="Differences above this amount need a second person",
    )

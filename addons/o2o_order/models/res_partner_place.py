from odoo import fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    o2o_place_region_id = fields.Many2one(
        "o2o.region",
        string="Shops in region",
        ondelete="set null",
        help="Where the member last wanted to be served; the shop shows this stock",
    )
    o2o_place_store_id = fields.Many2one(
        "o2o.store",
        string="Shops at store",
        ondelete="set null",
        help="Where the member last wanted to collect; the shop shows this stock",
    )

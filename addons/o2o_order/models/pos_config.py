from odoo import fields, models


class PosConfig(models.Model):
    _inherit = "pos.config"

    o2o_store_id = fields.Many2one(
        "o2o.store",
        string="Store of online orders",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        help="This till rings for the online orders of that store",
    )

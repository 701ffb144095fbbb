from odoo import fields, models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    o2o_fulfillment_id = fields.Many2one(
        "o2o.fulfillment",
        string="Fulfillment",
        index="btree_not_null",
        ondelete="restrict",
        copy=False,
        help="The store's share of an online order that this transfer brings",
    )

from odoo import models


class StockLocation(models.Model):
    _inherit = "stock.location"

    # stores find their shelves by it
    _o2o_warehouse_idx = models.Index(
        "(warehouse_id) WHERE usage = 'internal' AND active IS TRUE"
    )

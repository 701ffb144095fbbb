from odoo import models


class StockQuant(models.Model):
    _inherit = "stock.quant"

    # sourcing asks for a few products on the shelves of some hundred stores; the
    # quantities are not in it, or each change of stock would have to touch the index
    _o2o_shelf_idx = models.Index("(product_id, location_id)")

from odoo import models


class PosOrderLine(models.Model):
    _inherit = "pos.order.line"

    def _o2o_get_settled(self):
        """:return: ``{product: lines}`` that give out what a sale order had ordered"""
        return self.filtered(
            lambda line: (
                line.sale_order_line_id and line.product_id.is_storable and line.qty > 0
            )
        ).grouped("product_id")

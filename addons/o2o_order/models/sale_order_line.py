from odoo import models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _o2o_is_goods(self):
        """Whether a store has something to hand out for this line."""
        self.ensure_one()
        return (
            not self.display_type
            and not self.is_delivery
            and self.product_id.type == "consu"
            and self.product_uom_qty > 0
        )

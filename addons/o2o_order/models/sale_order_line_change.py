from odoo import api, models

from ..const import is_order_change


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        if not is_order_change(self.env):
            for line in lines.filtered(lambda line: line._o2o_is_goods()):
                line.order_id._o2o_refuse_direct_change()
        return lines

    def write(self, vals):
        """Quantities of a routed order are changed through the order (ORD-04)."""
        if "product_uom_qty" in vals and not is_order_change(self.env):
            for line in self.filtered(lambda line: line._o2o_is_goods()):
                if line.product_uom_id.compare(
                    line.product_uom_qty, vals["product_uom_qty"]
                ):
                    line.order_id._o2o_refuse_direct_change()
        return super().write(vals)

    def _action_launch_stock_rule(self, *, previous_product_uom_qty=False):
        """Nothing is reserved for an order that head office still looks at (ORD-06)."""
        lines = self.filtered(
            lambda line: line.order_id.o2o_review_state not in ("to_review", "refused")
        )
        return super(SaleOrderLine, lines)._action_launch_stock_rule(
            previous_product_uom_qty=previous_product_uom_qty
        )

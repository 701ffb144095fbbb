from odoo import models


class PosOrderLine(models.Model):
    _inherit = "pos.order.line"

    def _o2o_get_settled(self):
        """What these lines give out of the sale orders that they settle; elevated.

        :return: ``{product: {sale order line: quantity in the product's unit}}``
        """
        settled = {}
        for line in self:
            # sudo: cashiers settle orders they may not read
            sale_line_sudo = line.sudo().sale_order_line_id
            product = line.product_id
            if sale_line_sudo and product.is_storable and line.qty > 0:
                quantities = settled.setdefault(product, {})
                sold = quantities.get(sale_line_sudo, 0.0) + line.qty
                quantities[sale_line_sudo] = sold
        return settled

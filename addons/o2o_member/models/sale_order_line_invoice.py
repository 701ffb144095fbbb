from odoo import api, models


class SaleOrderLine(models.Model):
    """What points pay is invoiced, and credited, along with the goods it pays (PTS-05).

    The points line stands for an amount, not for a quantity: with each invoice and each
    credit note it follows the part of the goods that is on them, so that both come to
    the money that was really paid.
    """

    _inherit = "sale.order.line"

    @api.depends(
        "order_id.order_line.product_uom_qty",
        "order_id.order_line.qty_delivered",
        "order_id.order_line.qty_invoiced",
        "invoice_lines.price_total",
    )
    def _compute_qty_to_invoice(self):
        """Of a points line: 1 to take off, -1 to give back, 0 when it is even."""
        result = super()._compute_qty_to_invoice()
        for line in self:
            if line.o2o_is_points and line.state == "sale":
                amount = line._o2o_points_to_invoice()
                line.qty_to_invoice = (amount < 0) - (amount > 0)
        return result

    def _prepare_invoice_line(self, **optional_values):
        vals = super()._prepare_invoice_line(**optional_values)
        if not self.o2o_is_points or not self.price_total:
            return vals
        amount = self._o2o_points_to_invoice()
        if self.qty_to_invoice > 0 and amount == self.price_total:
            return vals  # all at once, with the taxes split as on the order
        return {
            **vals,
            "price_unit": self.price_unit * abs(amount / self.price_total),
            "extra_tax_data": False,
        }

    def _o2o_points_to_invoice(self):
        """What the next invoice takes off, negative, or gives back, tax included."""
        self.ensure_one()
        goods = self.order_id._o2o_payable_lines()
        # one points line for each group of taxes
        goods = goods.filtered(lambda line: line.tax_ids == self.tax_ids) or goods
        whole = sum(goods.mapped("price_total"))
        part = sum(
            line.price_total
            * (line.qty_invoiced + line.qty_to_invoice)
            / line.product_uom_qty
            for line in goods
        )
        # sudo: whoever delivers or takes back need not see invoices
        done = sum(
            -line.move_id.direction_sign * line.price_total
            for line in self.sudo().invoice_lines
            if line.move_id.state != "cancel"
        )
        amount = self.price_total * part / whole - done if whole else -done
        # a cent is what rounding a tax on parts may leave
        rest = self.currency_id.round(amount)
        return rest if abs(rest) > self.currency_id.rounding * 1.5 else 0.0

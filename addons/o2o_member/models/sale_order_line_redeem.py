from odoo import api, fields, models


class SaleOrderLine(models.Model):
    """Lines that points stand on: the discount, and goods for points only."""

    _inherit = "sale.order.line"

    o2o_is_points = fields.Boolean(
        string="Paid with Points",
        readonly=True,
        help="What points pay; written by the order itself.",
    )
    o2o_points_price = fields.Integer(
        string="Points per Piece",
        compute="_compute_o2o_points_price",
        store=True,
        precompute=True,
    )

    @api.depends("product_id")
    def _compute_o2o_points_price(self):
        for line in self:
            line.o2o_points_price = line._o2o_current_points_price()

    def _o2o_current_points_price(self):
        product = self.product_id
        return product.o2o_points_price if product.o2o_payment_kind == "points" else 0

    def _o2o_points_of_goods(self):
        """Points this line costs; goods for points only."""
        self.ensure_one()
        return round(self.o2o_points_price * self.product_uom_qty)

    # === core leaves the points alone ===

    def _compute_name(self):
        return super(
            SaleOrderLine, self.filtered(lambda line: not line.o2o_is_points)
        )._compute_name()

    def _compute_tax_ids(self):
        return super(
            SaleOrderLine, self.filtered(lambda line: not line.o2o_is_points)
        )._compute_tax_ids()

    def _compute_discount(self):
        return super(
            SaleOrderLine, self.filtered(lambda line: not line.o2o_is_points)
        )._compute_discount()

    def _get_display_price(self):
        if self.o2o_is_points:
            return self.price_unit
        if self.o2o_points_price:
            return 0.0
        return super()._get_display_price()

    def _is_discount_line(self):
        return super()._is_discount_line() or self.o2o_is_points

    def _can_be_invoiced_alone(self):
        return super()._can_be_invoiced_alone() and not self.o2o_is_points

    def _can_be_edited_on_portal(self):
        return super()._can_be_edited_on_portal() and not self.o2o_is_points

    def _show_in_cart(self):
        return super()._show_in_cart() and not self.o2o_is_points

    def _is_reorder_allowed(self):
        return super()._is_reorder_allowed() and not self.o2o_is_points

    def _is_sellable(self):
        return super()._is_sellable() and not self.o2o_is_points

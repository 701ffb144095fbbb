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

    def _check_validity(self):
        """A product for points has a price, though not in money."""
        if self.o2o_points_price:
            return None
        return super()._check_validity()

    # === returns ===

    def _o2o_returned_quantity(self, pos_order=None):
        """How much of this line came back in all; other addons know more ways.

        :param pos_order: a refund that is about to be paid and counts already
        """
        self.ensure_one()
        # sudo: members and stores ask too
        refunds = self.sudo().pos_order_line_ids.refund_orderline_ids.filtered(
            lambda line: (
                line.order_id.state in ("paid", "done") or line.order_id == pos_order
            )
        )
        return sum(self._convert_qty(self, -line.qty, "p2s") for line in refunds)

    def _o2o_note_returns(self, reason=""):
        """Goods came back: move the points of these lines, both ways."""
        for order in self.order_id:
            lines = self.filtered(lambda line, order=order: line.order_id == order)
            self.env["o2o.points.share"].with_company(order.company_id)._set_returned(
                {line: line._o2o_returned_quantity() for line in lines},
                reason=reason,
                source=order,
            )

from odoo import api, fields, models


class O2oFulfillmentLine(models.Model):
    """What one store prepares for one line of the order."""

    _name = "o2o.fulfillment.line"
    _description = "Fulfillment line"
    _order = "id"

    fulfillment_id = fields.Many2one(
        "o2o.fulfillment", required=True, index=True, ondelete="cascade"
    )
    sale_line_id = fields.Many2one(
        "sale.order.line", required=True, index=True, ondelete="restrict"
    )
    product_id = fields.Many2one(related="sale_line_id.product_id")
    uom_id = fields.Many2one(related="sale_line_id.product_uom_id")
    quantity = fields.Float(digits="Product Unit", required=True)
    currency_id = fields.Many2one(related="sale_line_id.currency_id")
    price_unit = fields.Monetary(compute="_compute_amounts", string="Unit price")
    subtotal = fields.Monetary(compute="_compute_amounts")

    _quantity_positive = models.Constraint(
        "CHECK (quantity > 0)", "A store prepares at least something of a line."
    )

    @api.depends("quantity", "sale_line_id.price_total", "sale_line_id.product_uom_qty")
    def _compute_amounts(self):
        """Tax-included share of the order line, as the member sees it."""
        for line in self:
            ordered = line.sale_line_id.product_uom_qty
            total = line.sale_line_id.price_total
            line.price_unit = total / ordered if ordered else 0.0
            line.subtotal = line.currency_id.round(line.price_unit * line.quantity)

    def _take_out(self, quantity):
        """Leave a quantity to another store; an empty line goes."""
        self.ensure_one()
        left = self.quantity - quantity
        if self.uom_id.compare(left, 0.0) > 0:
            self.quantity = left
        else:
            self.unlink()

    def _get_moved_quantity(self):
        """What transfers of this fulfillment bring, in the unit of the line."""
        self.ensure_one()
        moves = self.sale_line_id.move_ids.filtered(
            lambda move: (
                move.state != "cancel"
                and move.o2o_fulfillment_id == self.fulfillment_id
                and not move.origin_returned_move_id
            )
        )
        return sum(
            move.product_uom._compute_quantity(
                move.quantity if move.state == "done" else move.product_uom_qty,
                self.uom_id,
                rounding_method="HALF-UP",
            )
            for move in moves
        )

    def _get_part_of(self, amount):
        """The share of this line in an amount of the whole order line."""
        self.ensure_one()
        ordered = self.sale_line_id.product_uom_qty
        part = amount * self.quantity / ordered if ordered else 0.0
        return self.currency_id.round(part)

    def _prepare_pos_dict(self):
        """The line as the till shows it."""
        self.ensure_one()
        product = self.product_id
        facts = (self.env.context.get("o2o_pos_facts") or {}).get(
            self.fulfillment_id.store_id.id, {}
        )
        return {
            "id": self.id,
            "shelf": facts.get("places", {}).get(product.id, ""),
            "free_quantity": facts.get("free", {}).get(product, 0.0),
            "product_id": product.id,
            "name": product.display_name,
            "quantity": self.quantity,
            "uom": self.uom_id.name,
            "price_unit": self.price_unit,
            "subtotal": self.subtotal,
            "image_url": f"/web/image/product.product/{product.id}/image_128",
        }

from odoo import api, fields, models
from odoo.fields import Command


class O2oOrderChoiceLine(models.Model):
    """One line of goods of which the store has too little."""

    _name = "o2o.order.choice.line"
    _description = "Missing goods"
    _order = "id"

    choice_id = fields.Many2one(
        "o2o.order.choice", required=True, index=True, ondelete="cascade"
    )
    sale_line_id = fields.Many2one(
        "sale.order.line", required=True, index=True, ondelete="cascade"
    )
    product_id = fields.Many2one(related="sale_line_id.product_id")
    wanted = fields.Float(digits="Product Unit", required=True)
    available = fields.Float(digits="Product Unit", required=True)
    missing = fields.Float(digits="Product Unit", compute="_compute_missing")
    worth_missing = fields.Monetary(
        help="What the missing goods cost, after coupons and points"
    )
    substitute_id = fields.Many2one("product.product", ondelete="restrict")
    substitute_amount = fields.Monetary(help="What the customer pays for it instead")
    currency_id = fields.Many2one(related="choice_id.currency_id")

    @api.depends("wanted", "available")
    def _compute_missing(self):
        for line in self:
            line.missing = line.wanted - line.available

    def _get_text(self):
        """What is there and what is not, in one sentence."""
        self.ensure_one()
        return self.env._(
            "%(available)s of %(wanted)s are there, %(missing)s missing",
            available=f"{self.available:g}",
            wanted=f"{self.wanted:g}",
            missing=f"{self.missing:g}",
        )

    def _get_substitute_price(self):
        """Price of one piece for this order, as its lines carry it."""
        self.ensure_one()
        order, product = self.choice_id.order_id, self.substitute_id
        price = (
            order.pricelist_id._get_product_price(
                product,
                self.missing,
                currency=order.currency_id,
                uom=product.uom_id,
                date=order.date_order,
            )
            if order.pricelist_id
            else product.lst_price
        )
        return product._get_tax_included_unit_price_from_price(
            price,
            product_taxes=product.taxes_id._filter_taxes_by_company(order.company_id),
            fiscal_position=order.fiscal_position_id,
        )

    def _get_substitute_amount(self):
        """What the customer pays for the substitute, tax included.

        The coupons of the order count for it as they did for what is missing. Who has
        paid already pays nothing on top: the store bears a dearer substitute.
        """
        self.ensure_one()
        order, line = self.choice_id.order_id, self.sale_line_id
        taxes = order.fiscal_position_id.map_tax(
            self.substitute_id.taxes_id._filter_taxes_by_company(order.company_id)
        )
        price = self._get_substitute_price()
        full = taxes.compute_all(
            price, order.currency_id, self.missing, self.substitute_id, order.partner_id
        )["total_included"]
        amount = order.currency_id.round(full * order._o2o_get_coupon_rate(line))
        if order._o2o_is_paid_already():
            amount = min(amount, self.worth_missing)
        return amount

    def _add_substitute(self, amount):
        """Put the substitute on the order and into the store's work."""
        self.ensure_one()
        choice = self.choice_id
        order, product = choice.order_id, self.substitute_id
        was_locked = order.locked
        if was_locked:
            order.locked = False
        line = (
            self.env["sale.order.line"]
            .with_context(skip_procurement=True)
            .create(
                {
                    "order_id": order.id,
                    "product_id": product.id,
                    "product_uom_qty": self.missing,
                    "price_unit": self._get_substitute_price(),
                    "discount": 0.0,
                    "sequence": self.sale_line_id.sequence,
                    "o2o_substitute_for_id": self.sale_line_id.id,
                }
            )
        )
        if line.price_total:
            line.price_unit *= amount / line.price_total
        if was_locked:
            order.locked = True
        choice.fulfillment_id.line_ids = [
            Command.create({"sale_line_id": line.id, "quantity": self.missing})
        ]

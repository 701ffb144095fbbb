from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain


class ProductTemplate(models.Model):
    """What points may pay (PTS-05), and what only points may pay (PTS-06)."""

    _inherit = "product.template"

    o2o_payment_kind = fields.Selection(
        [("money", "Money"), ("points", "Points")],
        string="Paid with",
        required=True,
        default="money",
        help="Points: members redeem this product for points on the website. It has no "
        "price in money, earns no points and is not sold at the till.",
    )
    o2o_points_price = fields.Integer(
        string="Price in Points", help="Points a member pays for one piece."
    )
    o2o_no_points = fields.Boolean(
        string="Not Payable with Points",
        help="Members pay this product with money only, even when they use points for "
        "the rest of the order.",
    )

    _o2o_points_price_positive = models.Constraint(
        "CHECK (o2o_payment_kind = 'money' OR COALESCE(o2o_points_price, 0) > 0)",
        "A product paid with points needs a price in points.",
    )

    @api.constrains("o2o_payment_kind", "type")
    def _check_o2o_payment_kind(self):
        for template in self:
            if template.o2o_payment_kind == "points" and template.type == "combo":
                raise ValidationError(self.env._("A combo cannot be paid with points."))

    @api.model
    def _load_pos_data_domain(self, data, config):
        """Products for points have no price at the till."""
        return list(
            Domain(super()._load_pos_data_domain(data, config))
            & Domain("o2o_payment_kind", "=", "money")
        )

    def _get_additionnal_combination_info(
        self, product_or_template, quantity, uom, date, website
    ):
        info = super()._get_additionnal_combination_info(
            product_or_template, quantity, uom, date, website
        )
        if product_or_template.o2o_payment_kind == "points":
            info["o2o_points_price"] = product_or_template.o2o_points_price
        return info

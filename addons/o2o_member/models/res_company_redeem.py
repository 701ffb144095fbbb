from odoo import api, fields, models
from odoo.tools import float_round


class ResCompany(models.Model):
    """How much of an order may be paid with points (PTS-05)."""

    _inherit = "res.company"

    o2o_points_min = fields.Integer(
        string="Fewest Points per Order",
        default=100,
        help="Members use at least so many points at once.",
    )
    o2o_points_step = fields.Integer(
        string="Points in Steps of",
        default=100,
        help="Points are used in multiples of this number.",
    )
    o2o_points_max_percent = fields.Float(
        string="Most of an Order in Points (%)",
        default=50.0,
        help="Share of the goods, delivery left out, that points may pay.",
    )
    o2o_points_product_id = fields.Many2one(
        "product.product",
        string="Product for Points",
        readonly=True,
        ondelete="restrict",
        help="Stands for the points on orders and receipts.",
    )

    _o2o_points_step_positive = models.Constraint(
        "CHECK (o2o_points_step > 0 AND o2o_points_min >= 0)",
        "Points are used in steps of at least one.",
    )
    _o2o_points_max_percent_range = models.Constraint(
        "CHECK (o2o_points_max_percent >= 0 AND o2o_points_max_percent <= 100)",
        "Points pay between 0 and 100 percent of an order.",
    )

    def _o2o_points_product(self):
        """The service that stands for points on order lines, in sudo; made when
        missing. It is not for sale: the server alone puts it on an order."""
        self.ensure_one()
        # sudo: plumbing; members and cashiers cannot make products
        company_sudo = self.sudo()
        if not company_sudo.o2o_points_product_id:
            company_sudo.o2o_points_product_id = (
                company_sudo.env["product.product"]
                .with_context(lang="en_US")
                .create(self._prepare_o2o_points_product_vals())
            )
            product_sudo = company_sudo.o2o_points_product_id
            for code, _name in self.env["res.lang"].get_installed():
                product_sudo.with_context(lang=code).name = self._o2o_points_label(code)
        return company_sudo.o2o_points_product_id

    @api.model
    def _o2o_points_label(self, code):
        return self.with_context(lang=code).env._("Paid with points")

    def _prepare_o2o_points_product_vals(self):
        return {
            "name": self._o2o_points_label("en_US"),
            "type": "service",
            "invoice_policy": "order",
            "list_price": 0.0,
            "taxes_id": False,
            "sale_ok": False,
            "purchase_ok": False,
            "available_in_pos": False,
            "company_id": self.id,
        }

    def _o2o_points_within(self, amount):
        """The most points, in whole steps, whose worth does not pass an amount."""
        self.ensure_one()
        step = self.o2o_points_step
        steps = int(float_round(amount * self.o2o_points_for_money, 4) // step)
        while (
            steps
            and self.currency_id.compare_amounts(
                self._o2o_points_worth(steps * step), amount
            )
            > 0
        ):
            steps -= 1
        return max(0, steps) * step

    @api.model
    def _load_pos_data_fields(self, config):
        return [*super()._load_pos_data_fields(config), "o2o_points_product_id"]

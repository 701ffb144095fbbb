from odoo import api, fields, models
from odoo.exceptions import ValidationError

OLDEST_VINTAGE = 1800


class ProductTemplate(models.Model):
    _inherit = "product.template"

    o2o_brand_id = fields.Many2one(
        "o2o.brand", string="Brand", index="btree_not_null", ondelete="restrict"
    )
    o2o_origin = fields.Char(
        string="Origin",
        translate=True,
        help="Where the bottle was made, as customers know it: town, region or "
        "country. Shown on the shop card and found by the shop search.",
    )
    o2o_production_date = fields.Date(
        string="Production Date",
        help="Date printed on the bottles now sold under this product.",
    )
    o2o_vintage = fields.Integer(
        string="Vintage",
        aggregator=None,
        help="Year on the label, four digits. Leave empty when there is none.",
    )
    o2o_degree = fields.Float(
        string="Alcohol (% vol)",
        digits=(5, 2),
        aggregator=None,
        help="Alcohol by volume, in percent, as printed on the label.",
    )
    o2o_net_content_ml = fields.Integer(
        string="Net Content (ml)",
        aggregator=None,
        help="What one bottle holds, in millilitres. Leave empty when unknown.",
    )
    o2o_aroma = fields.Selection(
        selection=[
            ("sauce", "Sauce aroma"),
            ("strong", "Strong aroma"),
            ("light", "Light aroma"),
            ("other", "Other aroma"),
        ],
        string="Aroma Type",
        help="Aroma family of a baijiu. Leave empty for wine, beer and the like.",
    )

    _o2o_degree_range = models.Constraint(
        "CHECK (o2o_degree IS NULL OR (o2o_degree >= 0 AND o2o_degree <= 100))",
        "Alcohol by volume lies between 0 and 100 percent.",
    )
    _o2o_net_content_positive = models.Constraint(
        "CHECK (o2o_net_content_ml IS NULL OR o2o_net_content_ml >= 0)",
        "The net content must be above zero. Leave it empty when unknown.",
    )

    @api.constrains("o2o_vintage", "o2o_production_date")
    def _check_o2o_vintage(self):
        today = fields.Date.context_today(self)
        for template in self:
            vintage = template.o2o_vintage
            if vintage and not OLDEST_VINTAGE <= vintage <= today.year:
                raise ValidationError(
                    self.env._(
                        "The vintage of %(product)s must be a year from %(first)s"
                        " to %(last)s.",
                        product=template.display_name,
                        first=OLDEST_VINTAGE,
                        last=today.year,
                    )
                )
            if template.o2o_production_date and template.o2o_production_date > today:
                raise ValidationError(
                    self.env._(
                        "The production date of %s lies in the future.",
                        template.display_name,
                    )
                )

    @api.model
    def _search_get_detail(self, website, order, options):
        """A brand can be chosen; searches without a word also look at the origin."""
        detail = super()._search_get_detail(website, order, options)
        detail["search_fields"].append("o2o_origin")
        if brand_id := options.get("o2o_brand"):
            detail["base_domain"].append([("o2o_brand_id", "=", brand_id)])
        return detail

    def _o2o_specifications(self):
        """Rows of the specification table on the product page.

        :return: list of (label, text), only what is known, in reading order
        """
        self.ensure_one()
        rows = [
            (self._o2o_label("o2o_brand_id"), self.o2o_brand_id.name),
            (self._o2o_label("o2o_origin"), self.o2o_origin),
            (
                self._o2o_label("o2o_production_date"),
                self.o2o_production_date
                and self.env["ir.qweb.field.date"].value_to_html(
                    self.o2o_production_date, {}
                ),
            ),
            (
                self._o2o_label("o2o_vintage"),
                self.o2o_vintage and f"{self.o2o_vintage}",
            ),
            (self.env._("Alcohol"), self.o2o_degree and f"{self.o2o_degree:g}% vol"),
            (
                self.env._("Net content"),
                self.o2o_net_content_ml and f"{self.o2o_net_content_ml} ml",
            ),
            (
                self._o2o_label("o2o_aroma"),
                dict(self._fields["o2o_aroma"]._description_selection(self.env)).get(
                    self.o2o_aroma
                ),
            ),
        ]
        return [(label, text) for label, text in rows if text]

    def _o2o_label(self, field_name):
        """Field label in the visitor's language."""
        return self._fields[field_name].get_description(self.env, ["string"])["string"]

from odoo import fields, models


class ProductTemplate(models.Model):
    _inherit = "product.template"

    o2o_level_id = fields.Many2one(
        "o2o.level",
        string="Member Level Given",
        check_company=True,
        index="btree_not_null",
        help="Who buys this product gets this level for a term (membership fee).",
    )
    o2o_level_months = fields.Integer(
        string="Level Term (Months)",
        default=12,
        help="Term of the level, for each unit sold.",
    )

    _o2o_level_months_sane = models.Constraint(
        "CHECK (o2o_level_id IS NULL OR o2o_level_months BETWEEN 1 AND 120)",
        "A membership has a term of 1 to 120 months.",
    )

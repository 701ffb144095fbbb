from odoo import fields, models


class O2oBrand(models.Model):
    """Who made it: shown on the product page, found by the search (PROD-04)."""

    _name = "o2o.brand"
    _description = "Brand"
    _inherit = ["image.mixin"]
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    description = fields.Text(translate=True, help="Shown above the brand's products")
    product_tmpl_ids = fields.One2many(
        "product.template", "o2o_brand_id", string="Products"
    )
    product_count = fields.Integer(compute="_compute_product_count")

    def _compute_product_count(self):
        counts = dict(
            self.env["product.template"]._read_group(
                [("o2o_brand_id", "in", self.ids)], ["o2o_brand_id"], ["__count"]
            )
        )
        for brand in self:
            brand.product_count = counts.get(brand, 0)

    def action_view_products(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.name,
            "res_model": "product.template",
            "view_mode": "kanban,list,form",
            "domain": [("o2o_brand_id", "=", self.id)],
            "context": {"default_o2o_brand_id": self.id},
        }

from odoo import api, models


class PosConfig(models.Model):
    _inherit = "pos.config"

    @api.model
    def _get_special_products(self):
        """The till must know the product that stands for points, and not show it."""
        # sudo: products of the companies, not their business
        companies_sudo = (
            self.env["res.company"]
            .sudo()
            .search([("o2o_points_product_id", "!=", False)])
        )
        product_ids = companies_sudo.o2o_points_product_id.ids
        return super()._get_special_products() | self.env["product.product"].browse(
            product_ids
        )

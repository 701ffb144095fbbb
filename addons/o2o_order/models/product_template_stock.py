from odoo import models

from odoo.addons.website_sale_collect import utils


class ProductTemplate(models.Model):
    _inherit = "product.template"

    def _get_additionnal_combination_info(
        self, product_or_template, quantity, uom, date, website
    ):
        """What can be delivered is what the visitor's region has (trap 12)."""
        result = super()._get_additionnal_combination_info(
            product_or_template, quantity, uom, date, website
        )
        if result.get("delivery_stock_data"):
            # sudo: visitors may not read stock
            product_sudo = product_or_template.sudo()
            result["delivery_stock_data"] = utils.format_product_stock_values(
                product_sudo,
                free_qty=website._o2o_get_offered_quantity(
                    product_sudo, website._o2o_get_serving_warehouses()
                ),
            )
        return result

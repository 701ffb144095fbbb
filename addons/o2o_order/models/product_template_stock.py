from odoo import models
from odoo.http import request


class ProductTemplate(models.Model):
    _inherit = "product.template"

    def _get_additionnal_combination_info(
        self, product_or_template, quantity, uom, date, website
    ):
        """The product page tells the stock of the visitor's place (ROUT-04).

        Odoo's widget for collecting knows all warehouses together; ours takes its
        place.
        """
        info = super()._get_additionnal_combination_info(
            product_or_template, quantity, uom, date, website
        )
        if not request or not info.get("show_click_and_collect_availability"):
            return info
        info["show_click_and_collect_availability"] = False
        return info

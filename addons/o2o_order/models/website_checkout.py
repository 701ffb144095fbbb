from odoo import models
from odoo.http import request


class Website(models.Model):
    _inherit = "website"

    def _get_checkout_step_values(self):
        """From the cart a known member goes to the one page (SHOP-05)."""
        values = super()._get_checkout_step_values()
        href = values.get("next_website_checkout_step_href") or ""
        if href.startswith("/shop/checkout") and not request.env.user._is_public():
            values["next_website_checkout_step_href"] = "/o2o/checkout"
        return values

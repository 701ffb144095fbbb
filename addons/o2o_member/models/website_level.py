from odoo import api, fields, models
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.website_sale.models.website import PRICELIST_SESSION_CACHE_KEY

_LEVEL_SESSION_KEY = "o2o_level_id"


class Website(models.Model):
    _inherit = "website"

    @api.model
    def _o2o_buyer(self):
        """Who looks at the website, in the company that sells."""
        website = self.get_current_website()
        user = request.env.user if request else self.env.user
        return user.partner_id.with_company(website.company_id)

    def sale_product_domain(self):
        """What is not on sale yet is not found either."""
        domain = super().sale_product_domain()
        if self.env.user._is_internal():
            return domain
        hours = self._o2o_buyer()._o2o_level().early_access_hours
        limit = fields.Datetime.add(fields.Datetime.now(), hours=hours)
        on_sale = Domain("o2o_public_from", "=", False) | Domain(
            "o2o_public_from", "<=", limit
        )
        return Domain.AND([domain, on_sale])

    def _get_and_cache_current_cart(self):
        """Prices follow the level at once, not at the next login."""
        cart_sudo = super()._get_and_cache_current_cart()
        level_id = self._o2o_buyer()._o2o_level().id
        if request.session.get(_LEVEL_SESSION_KEY, False) != level_id:
            request.session.pop(PRICELIST_SESSION_CACHE_KEY, None)
            # a cart is priced again in the first request that may write
            if not cart_sudo or not request.env.cr.readonly:
                request.session[_LEVEL_SESSION_KEY] = level_id
                if cart_sudo:
                    cart_sudo._compute_pricelist_id()
                    cart_sudo._recompute_cart()
        return cart_sudo

    def _get_and_cache_current_pricelist(self):
        # the cart is lazy: looking at it drops the pricelist of a former level
        bool(request.cart)
        return super()._get_and_cache_current_pricelist()

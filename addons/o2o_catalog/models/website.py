from odoo import models


class Website(models.Model):
    _inherit = "website"

    def _search_with_fuzzy(self, search_type, search, limit, order, options):
        """Products: take the customer at their word before guessing another one."""
        if search and search_type in ("products", "products_only"):
            details = self._search_get_details(search_type, order, options)
            count, results = self._search_exact(details, search, limit, order)
            if count:
                return count, results, False
        return super()._search_with_fuzzy(search_type, search, limit, order, options)

    def _o2o_get_brands(self):
        """Brands with something to buy here, for the filter above the products."""
        self.ensure_one()
        # sudo: only the brands of products that a visitor of this website sees
        groups = self.env["product.template"]._read_group(
            [*self.sale_product_domain(), ("o2o_brand_id", "!=", False)],
            groupby=["o2o_brand_id"],
        )
        brands = self.env["o2o.brand"].browse([brand.id for (brand,) in groups])
        return brands.filtered("active").sorted()

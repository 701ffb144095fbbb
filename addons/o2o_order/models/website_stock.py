from odoo import models
from odoo.fields import Domain


class Website(models.Model):
    _inherit = "website"

    def _o2o_get_serving_warehouses(self):
        """The store or the region the visitor chose (trap: not the sum of all)."""
        self.ensure_one()
        place = self._o2o_get_place()
        return (
            place["store"].warehouse_id
            or self._o2o_get_region_warehouses(place["region"])
            or super()._o2o_get_serving_warehouses()
        )

    def _get_product_available_qty(self, product, **kwargs):
        """Stores to collect at keep the website's safety stock as well."""
        product = product.with_context(o2o_stock_channel="web")
        return super()._get_product_available_qty(product, **kwargs)

    def _o2o_get_region_warehouses(self, region):
        """Stores that take orders in the city of a region, and the head office.

        :param o2o.region region: empty for every store
        """
        self.ensure_one()
        domain = Domain("company_id", "=", self.company_id.id)
        domain &= Domain("is_paused", "=", False)
        # sudo: visitors may not read stores
        stores_sudo = self.env["o2o.store"].sudo().search(domain)
        if region:
            city = region.sudo()._get_city()
            stores_sudo = stores_sudo.filtered(
                lambda store: (
                    store.is_head_office
                    or (store.region_id and store.region_id._get_city() == city)
                )
            )
        return stores_sudo.warehouse_id

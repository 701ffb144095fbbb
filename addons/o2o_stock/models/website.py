from odoo import models


class Website(models.Model):
    _inherit = "website"

    def _o2o_get_serving_warehouses(self):
        """Hook: the warehouses that may serve this visitor, one of them at a time.

        Odoo's own answer for a website without a warehouse is the sum of all, while one
        of them serves the order.
        """
        self.ensure_one()
        # sudo: visitors may not read warehouses
        website_sudo = self.sudo()
        if website_sudo.warehouse_id:
            return website_sudo.warehouse_id
        warehouse = website_sudo.env["stock.warehouse"].search(
            [("company_id", "=", website_sudo.company_id.id)], limit=1
        )
        return (
            website_sudo.salesperson_id.with_company(
                website_sudo.company_id
            )._get_default_warehouse_id()
            or warehouse
        )

    def _o2o_get_offered_quantity(self, product, warehouses, ignore_keys=()):
        """What one order can get of a product: the best of the warehouses."""
        available = (
            self.env["o2o.stock"]
            .sudo()
            ._get_available(product, warehouses, "web", ignore_keys)
        )
        return max((by[product] for by in available.values()), default=0.0)

    def _get_product_available_qty(self, product, **kwargs):
        """What can be promised where the visitor is served, not the sum of all."""
        warehouses = self._o2o_get_serving_warehouses()
        return self._o2o_get_offered_quantity(product, warehouses)

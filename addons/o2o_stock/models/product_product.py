from odoo import api, models


class ProductProduct(models.Model):
    _inherit = "product.product"

    @api.depends_context("o2o_stock_channel", "o2o_stock_ignore")
    def _compute_quantities(self):
        return super()._compute_quantities()

    def _compute_quantities_dict(
        self, lot_id, owner_id, package_id, from_date=False, to_date=False
    ):
        """“Free to use” leaves out what is held (SUP-09).

        With ``o2o_stock_channel`` in the context also what that channel keeps back.
        """
        result = super()._compute_quantities_dict(
            lot_id, owner_id, package_id, from_date=from_date, to_date=to_date
        )
        for product_id, quantity in self._o2o_get_kept_back().items():
            if product_id in result:
                result[product_id]["free_qty"] -= quantity
        return result

    def _o2o_get_kept_back(self):
        """:return: ``{product id: quantity}`` held, or kept back as safety stock"""
        warehouses = self._o2o_get_context_warehouses()
        storable = self.filtered(lambda product: product.id and product.is_storable)
        if not storable or warehouses is None:
            return {}
        stock = self.env["o2o.stock"].sudo()
        channel = self.env.context.get("o2o_stock_channel")
        kept = stock._get_held(storable, warehouses)
        if channel:
            safety = stock._get_safety(
                storable,
                warehouses
                or warehouses.search([("company_id", "in", self.env.companies.ids)]),
                channel,
            )
            for (product_id, _warehouse_id), quantity in safety.items():
                kept[product_id] = kept.get(product_id, 0.0) + quantity
        return kept

    def _o2o_get_context_warehouses(self):
        """The warehouses Odoo computes quantities for.

        :return: ``None`` when it is about places inside a warehouse; empty when it is
            about all warehouses of the companies
        """
        context = self.env.context
        if context.get("location") or context.get("search_location"):
            return None
        asked = context.get("warehouse_id") or context.get("search_warehouse")
        if not asked:
            return self.env["stock.warehouse"]
        asked = asked if isinstance(asked, list) else [asked]
        if not all(isinstance(it, int) for it in asked):
            return None
        return self.env["stock.warehouse"].browse(asked)

from odoo import api, models


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    @api.model_create_multi
    def create(self, vals_list):
        """A company's first warehouse becomes its head office for online orders.

        Odoo creates it right after the company, so the company itself is too early.
        """
        warehouses = super().create(vals_list)
        for company in warehouses.company_id:
            company._o2o_ensure_head_office()
        return warehouses

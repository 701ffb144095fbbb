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

    @api.model
    def _get_partner_locations(self):
        """Every move asks for them, several times: looked up once in a transaction."""
        known = self.env.cr.cache
        if "o2o_partner_locations" not in known:
            known["o2o_partner_locations"] = tuple(
                place.id for place in super()._get_partner_locations()
            )
        places = self.env["stock.location"]
        return tuple(places.browse(it) for it in known["o2o_partner_locations"])

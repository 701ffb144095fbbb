from odoo import models


class O2oStore(models.Model):
    _inherit = "o2o.store"

    def _prepare_pickup_data(self):
        """What Odoo keeps on an order that is collected here.

        Odoo's own helper gives nothing for an address that lacks a street or a city; a
        store without them is still a place to go to.
        """
        self.ensure_one()
        warehouse = self.warehouse_id
        partner = warehouse.partner_id
        return warehouse._prepare_pickup_location_data() or {
            "id": warehouse.id,
            "name": self.name,
            "street": partner.street or "",
            "city": partner.city or self.region_id.name or "",
            "state": partner.state_id.code or "",
            "zip_code": partner.zip or "",
            "country_code": partner.country_code or "",
            "latitude": self.latitude,
            "longitude": self.longitude,
            "opening_hours": {},
        }

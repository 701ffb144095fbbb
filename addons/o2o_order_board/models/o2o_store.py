from odoo import api, models

#: what a card of the board shows of the store itself
SHOWN_FIELDS = {
    "active",
    "calendar_id",
    "is_paused",
    "latitude",
    "longitude",
    "name",
    "paused_until",
    "user_ids",
}


class O2oStore(models.Model):
    _inherit = "o2o.store"

    @api.model_create_multi
    def create(self, vals_list):
        stores = super().create(vals_list)
        self.env["o2o.order.board"]._tell(stores, stores.company_id)
        return stores

    def write(self, vals):
        result = super().write(vals)
        if not SHOWN_FIELDS.isdisjoint(vals):
            self.env["o2o.order.board"]._tell(self, self.company_id)
        return result

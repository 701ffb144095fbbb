from odoo import api, models


class O2oMemberTill(models.AbstractModel):
    """The till of a store is for the staff of that store (invariant 8)."""

    _inherit = "o2o.member.till"

    @api.model
    def _enter_till(self, config_id):
        till, config = super()._enter_till(config_id)
        # raises for who is not on the staff list
        self.env["o2o.fulfillment"]._get_pos_store_sudo(config.id)
        return till, config

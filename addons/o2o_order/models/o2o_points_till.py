from odoo import models


class O2oPointsTill(models.AbstractModel):
    """Points are taken at a till by the staff of its store (invariant 8)."""

    _inherit = "o2o.points.till"

    def _check_till(self, config_id, partner_id=None):
        config, partner = super()._check_till(config_id, partner_id=partner_id)
        # raises for who is not on the staff list
        self.env["o2o.fulfillment"]._get_pos_store_sudo(config.id)
        return config, partner

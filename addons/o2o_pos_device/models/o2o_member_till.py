from odoo import api, models


class O2oMemberTill(models.AbstractModel):
    """A slip on the store's printer for points moved at a till (PTS-08)."""

    _inherit = "o2o.member.till"

    @api.model
    def _after_points(self, config, operation):
        result = super()._after_points(config, operation)
        store_sudo = config.o2o_store_id
        if store_sudo:
            self.env["o2o.print.job"]._queue("points_slip", operation, store_sudo)
        return result

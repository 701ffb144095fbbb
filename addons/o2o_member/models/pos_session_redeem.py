from odoo import api, models


class PosSession(models.Model):
    _inherit = "pos.session"

    @api.model_create_multi
    def create(self, vals_list):
        """A new session has the product for points at hand."""
        sessions = super().create(vals_list)
        for company in sessions.company_id:
            company._o2o_points_product()
        return sessions

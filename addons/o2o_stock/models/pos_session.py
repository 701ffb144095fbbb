from odoo import models


class PosSession(models.Model):
    _inherit = "pos.session"

    def _create_picking_at_end_of_session(self):
        """Sales that held their goods until now give the holds back."""
        result = super()._create_picking_at_end_of_session()
        self.env["pos.order"]._o2o_release_booked(self._get_closed_orders())
        return result

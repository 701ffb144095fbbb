from odoo import models


class PosConfig(models.Model):
    _inherit = "pos.config"

    def _o2o_get_gateway_providers(self, gateway):
        """An account of the till's own store first, then those of the company; never
        one of another store (PAY-11)."""
        providers = super()._o2o_get_gateway_providers(gateway)
        own = providers.filtered(lambda it: self.o2o_store_id in it.o2o_store_ids)
        return own + providers.filtered(lambda it: not it.o2o_store_ids)

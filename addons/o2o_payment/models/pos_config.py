from odoo import models
from odoo.fields import Domain

from ..const import GATEWAYS


class PosConfig(models.Model):
    _inherit = "pos.config"

    def _o2o_get_gateway_provider(self, gateway):
        """The account in which this till takes money of a gateway; may be empty.

        :param str gateway: ``alipay``, ``wechat`` or ``unionpay``
        """
        return self._o2o_get_gateway_providers(gateway)[:1]

    def _o2o_get_gateway_providers(self, gateway):
        """The accounts in which this till may take money, the one it takes first.

        Hook: shops with an account for each store choose theirs here.
        """
        self.ensure_one()
        codes = [code for code, name in GATEWAYS.items() if name == gateway]
        # sudo: cashiers read no providers
        providers_sudo = (
            self.env["payment.provider"]
            .sudo()
            .search(
                Domain("code", "in", codes)
                & Domain("state", "!=", "disabled")
                & Domain("company_id", "parent_of", self.company_id.id)
            )
        )
        # live before test, its own company before those above
        return providers_sudo.sorted(
            lambda it: (it.state != "enabled", it.company_id != self.company_id)
        )

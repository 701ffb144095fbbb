"""Providers of a demonstration or a test, connected with a simulator that runs."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..const import GATEWAYS

#: what a simulator hands to a merchant, and the field where it belongs
_FIELDS = {
    "o2o_alipay": {
        "app_id": "o2o_alipay_app_id",
        "seller_id": "o2o_alipay_seller_id",
        "app_private_key": "o2o_alipay_private_key",
        "alipay_public_key": "o2o_alipay_public_key",
    },
    "o2o_wechat": {
        "mchid": "o2o_wechat_mchid",
        "app_id": "o2o_wechat_app_id",
        "app_secret": "o2o_wechat_app_secret",
        "serial_no": "o2o_wechat_serial_no",
        "private_key": "o2o_wechat_private_key",
        "api_key": "o2o_wechat_api_key",
        "public_key_id": "o2o_wechat_public_key_id",
        "public_key": "o2o_wechat_public_key",
    },
    "o2o_unionpay": {
        "merchant_no": "o2o_unionpay_merchant_no",
        "pfx": "o2o_unionpay_pfx",
        "pfx_password": "o2o_unionpay_pfx_password",
        "middle_certificate": "o2o_unionpay_middle_certificate",
        "root_certificate": "o2o_unionpay_root_certificate",
    },
}


class PaymentProvider(models.Model):
    _inherit = "payment.provider"

    @api.model
    def _o2o_connect_simulator(self, company, url, kits):
        """Let the providers of a company speak with a simulator, in test mode.

        Called by the runner (``./o2o up``) at each start, for keys are made then, and
        by tests. A provider that takes real money is left alone.

        :param str url: of the simulator
        :param dict kits: by gateway, what its ``merchant`` command answers
        :return: the providers
        :raise UserError: one of them is live
        """
        providers = self.search(
            Domain("code", "in", list(GATEWAYS)) & Domain("company_id", "=", company.id)
        )
        if live := providers.filtered(lambda it: it.state == "enabled"):
            raise UserError(
                self.env._("%s takes real money.", ", ".join(live.mapped("name")))
            )
        for provider in providers:
            kit = kits[GATEWAYS[provider.code]]
            provider.write(
                {
                    "state": "test",
                    "is_published": True,
                    "o2o_environment": "simulator",
                    "o2o_simulator_url": url,
                    **{
                        field: kit[name]
                        for name, field in _FIELDS[provider.code].items()
                    },
                }
            )
        return providers

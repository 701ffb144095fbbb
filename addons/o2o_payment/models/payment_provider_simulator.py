"""Providers of a demonstration or a test, connected with a simulator that runs."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..const import GATEWAYS
from ..lib.o2o_gateway.clock import system_clock

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

    o2o_simulator_ahead = fields.Integer(
        string="Seconds the simulator is ahead",
        groups="base.group_system",
        copy=False,
        help="After its command advance: bills of tomorrow, today",
    )

    def _o2o_get_clock(self):
        """The time by which this gateway is spoken to: the real one, but for a
        simulator that was moved forward."""
        self.ensure_one()
        if self.o2o_environment != "simulator" or not self.o2o_simulator_ahead:
            return system_clock
        ahead = timedelta(seconds=self.o2o_simulator_ahead)
        return lambda: system_clock() + ahead

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
                    "o2o_simulator_ahead": 0,
                    **{
                        field: kit[name]
                        for name, field in _FIELDS[provider.code].items()
                    },
                }
            )
        return providers

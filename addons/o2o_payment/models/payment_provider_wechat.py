from odoo import api, fields, models

from ..lib.o2o_gateway.keys import (
    load_certificates,
    load_private_key,
    load_public_key,
)
from ..lib.o2o_gateway.secret import Secret
from ..lib.o2o_gateway.wechat import HOSTS, Settings, WechatGateway, platform_keys


class PaymentProvider(models.Model):
    """WeChat Pay: a merchant, its key, and WeChat Pay's key, certificates, or both."""

    _inherit = "payment.provider"

    o2o_wechat_mchid = fields.Char(
        string="Merchant number",
        required_if_provider="o2o_wechat",
        groups="base.group_system",
        copy=False,
    )
    o2o_wechat_app_id = fields.Char(
        string="App number (wx…)",
        required_if_provider="o2o_wechat",
        groups="base.group_system",
        copy=False,
    )
    o2o_wechat_serial_no = fields.Char(
        string="Number of the merchant's certificate",
        required_if_provider="o2o_wechat",
        groups="base.group_system",
        copy=False,
    )
    o2o_wechat_private_key = fields.Char(
        string="Merchant's private key",
        required_if_provider="o2o_wechat",
        groups="base.group_system",
        copy=False,
    )
    o2o_wechat_api_key = fields.Char(
        string="APIv3 key",
        required_if_provider="o2o_wechat",
        groups="base.group_system",
        copy=False,
    )
    o2o_wechat_public_key_id = fields.Char(
        string="Number of WeChat Pay's public key",
        groups="base.group_system",
        copy=False,
    )
    o2o_wechat_public_key = fields.Text(
        string="WeChat Pay's public key", groups="base.group_system", copy=False
    )
    o2o_wechat_certificates = fields.Text(
        string="WeChat Pay's certificates",
        groups="base.group_system",
        copy=False,
        help="Of a merchant without the public key, and while it is introduced",
    )

    @api.model
    def _o2o_get_credential_fields(self):
        return [
            *super()._o2o_get_credential_fields(),
            "o2o_wechat_mchid",
            "o2o_wechat_app_id",
            "o2o_wechat_serial_no",
            "o2o_wechat_private_key",
            "o2o_wechat_api_key",
            "o2o_wechat_public_key_id",
            "o2o_wechat_public_key",
            "o2o_wechat_certificates",
        ]

    def _o2o_build_wechat(self):
        public_keys = {}
        if self.o2o_wechat_public_key:
            public_keys[self.o2o_wechat_public_key_id or ""] = load_public_key(
                self.o2o_wechat_public_key
            )
        certificates = []
        if (self.o2o_wechat_certificates or "").strip():
            certificates = load_certificates(self.o2o_wechat_certificates)
        hosts = HOSTS
        if self.o2o_environment != "real":
            hosts = (self._o2o_choose_url("", ""),)
        return WechatGateway(
            Settings(
                self.o2o_wechat_mchid or "",
                self.o2o_wechat_app_id or "",
                self.o2o_wechat_serial_no or "",
                load_private_key(self.o2o_wechat_private_key or ""),
                Secret(self.o2o_wechat_api_key or ""),
                hosts,
            ),
            platform_keys(public_keys, certificates),
            on_new_certificate=self._o2o_keep("o2o_wechat_certificates"),
            clock=self._o2o_get_clock(),
        )

    @api.model
    def _cron_o2o_refresh_certificates(self):
        """Learn the certificates that WeChat Pay will use in ten days."""
        providers = self.search(
            [("code", "=", "o2o_wechat"), ("state", "!=", "disabled")]
        )
        for provider in providers.filtered("o2o_wechat_certificates"):
            provider._o2o_get_client().refresh_certificates()

from odoo import api, fields, models

from ..lib.o2o_gateway.alipay import (
    PRODUCTION,
    SANDBOX,
    AlipayGateway,
    CertificateTrust,
    KeyTrust,
    Settings,
)
from ..lib.o2o_gateway.keys import (
    load_certificates,
    load_private_key,
    load_public_key,
)


class PaymentProvider(models.Model):
    """Alipay: an application, its key, and either Alipay's key or certificates."""

    _inherit = "payment.provider"

    o2o_alipay_app_id = fields.Char(
        string="Application number",
        required_if_provider="o2o_alipay",
        groups="base.group_system",
        copy=False,
    )
    o2o_alipay_seller_id = fields.Char(
        string="Seller number (2088…)",
        required_if_provider="o2o_alipay",
        groups="base.group_system",
        copy=False,
    )
    o2o_alipay_private_key = fields.Char(
        string="Application's private key",
        required_if_provider="o2o_alipay",
        groups="base.group_system",
        copy=False,
    )
    o2o_alipay_public_key = fields.Text(
        string="Alipay's public key",
        groups="base.group_system",
        copy=False,
        help="Key mode: not the application's own public key",
    )
    o2o_alipay_app_certificate = fields.Text(
        string="Application's certificate", groups="base.group_system", copy=False
    )
    o2o_alipay_certificate = fields.Text(
        string="Alipay's certificates", groups="base.group_system", copy=False
    )
    o2o_alipay_root_certificate = fields.Text(
        string="Alipay's root certificates", groups="base.group_system", copy=False
    )

    o2o_credit = fields.Selection(
        [
            ("all", "Take them"),
            ("goods", "Not for wallets"),
            ("none", "Never"),
        ],
        string="Credit cards and Huabei",
        default="goods",
        help="A top-up of a wallet by credit costs fees twice and invites cash-outs. "
        "WeChat Pay and UnionPay are told in their merchant centers.",
    )

    @api.model
    def _o2o_get_credential_fields(self):
        return [
            *super()._o2o_get_credential_fields(),
            "o2o_alipay_app_id",
            "o2o_alipay_seller_id",
            "o2o_alipay_private_key",
            "o2o_alipay_public_key",
            "o2o_alipay_app_certificate",
            "o2o_alipay_certificate",
            "o2o_alipay_root_certificate",
        ]

    def _o2o_build_alipay(self):
        if self.o2o_alipay_app_certificate:
            trust = CertificateTrust(
                load_certificates(self.o2o_alipay_app_certificate)[0],
                load_certificates(self.o2o_alipay_root_certificate or ""),
                load_certificates(self.o2o_alipay_certificate or ""),
            )
        else:
            trust = KeyTrust(load_public_key(self.o2o_alipay_public_key or ""))
        return AlipayGateway(
            Settings(
                self.o2o_alipay_app_id,
                self.o2o_alipay_seller_id,
                load_private_key(self.o2o_alipay_private_key or ""),
                trust,
                self._o2o_choose_url(PRODUCTION, SANDBOX, "/gateway.do"),
            ),
            on_new_certificate=self._o2o_keep("o2o_alipay_certificate"),
            clock=self._o2o_get_clock(),
        )

import base64
from functools import partial

from odoo import api, fields, models

from ..lib.o2o_gateway.secret import Secret
from ..lib.o2o_gateway.unionpay import (
    PRODUCTION,
    PRODUCTION_FILES,
    TEST,
    TEST_FILES,
    Settings,
    Trust,
    UnionPayGateway,
    load_pfx,
)
from .o2o_payment_stamp import keep_stamp


class PaymentProvider(models.Model):
    """UnionPay: a merchant, its .pfx, and the authority behind UnionPay's signature."""

    _inherit = "payment.provider"

    o2o_unionpay_merchant_no = fields.Char(
        string="UnionPay merchant number",
        required_if_provider="o2o_unionpay",
        groups="base.group_system",
        copy=False,
    )
    o2o_unionpay_pfx = fields.Binary(
        string="Signing certificate (.pfx)",
        required_if_provider="o2o_unionpay",
        groups="base.group_system",
        attachment=False,
        copy=False,
    )
    o2o_unionpay_pfx_password = fields.Char(
        string="Password of the .pfx",
        required_if_provider="o2o_unionpay",
        groups="base.group_system",
        copy=False,
    )
    o2o_unionpay_middle_certificate = fields.Text(
        string="Middle certificate",
        required_if_provider="o2o_unionpay",
        groups="base.group_system",
        copy=False,
    )
    o2o_unionpay_root_certificate = fields.Text(
        string="Root certificate",
        required_if_provider="o2o_unionpay",
        groups="base.group_system",
        copy=False,
    )

    @api.model
    def _o2o_get_credential_fields(self):
        return [
            *super()._o2o_get_credential_fields(),
            "o2o_unionpay_merchant_no",
            "o2o_unionpay_pfx",
            "o2o_unionpay_pfx_password",
            "o2o_unionpay_middle_certificate",
            "o2o_unionpay_root_certificate",
        ]

    def _o2o_build_unionpay(self):
        return UnionPayGateway(
            Settings(
                self.o2o_unionpay_merchant_no or "",
                load_pfx(
                    base64.b64decode(self.o2o_unionpay_pfx or b""),
                    Secret(self.o2o_unionpay_pfx_password or ""),
                ),
                Trust.of_texts(
                    self.o2o_unionpay_middle_certificate or "",
                    self.o2o_unionpay_root_certificate or "",
                ),
                url=self._o2o_choose_url(PRODUCTION, TEST),
                files_url=self._o2o_choose_url(
                    PRODUCTION_FILES, TEST_FILES, "/unionpay/files"
                ),
            ),
            stamps=partial(keep_stamp, self.env.registry),
            clock=self._o2o_get_clock(),
        )

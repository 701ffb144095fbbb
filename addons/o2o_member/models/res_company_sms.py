from odoo import fields, models

from ..tools.sms_api import SmsApiLog


class ResCompanySms(models.Model):
    _inherit = "res.company"

    o2o_sms_provider = fields.Selection(
        [
            ("log", "Keep the messages, send nothing"),
            ("core", "Odoo's SMS settings"),
        ],
        string="Text Messages",
        required=True,
        default="log",
        help="How text messages of this company leave. Kept messages are found under "
        "Members, Privacy, Messages.",
    )
    o2o_phone_verification = fields.Boolean(
        string="Verify Mobile Numbers",
        default=True,
        help="Members prove their mobile number by a code in a text message. Without "
        "it nobody registers without a printed card, logs in by code, or sets a new "
        "password or number by code.",
    )

    o2o_purchase_message = fields.Boolean(
        string="Text Message after a Purchase",
        default=True,
        help="Members get a text message after each purchase and top-up with their "
        "card at a till.",
    )

    def _o2o_sms_api_classes(self):
        """Provider classes by value of ``o2o_sms_provider``; gateways add theirs."""
        return {"log": SmsApiLog}

    def _get_sms_api_class(self):
        self.ensure_one()
        # sudo: visitors cause messages, and do not read settings
        provider = self.sudo().o2o_sms_provider
        own = self._o2o_sms_api_classes().get(provider)
        return own or super()._get_sms_api_class()

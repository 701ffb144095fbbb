"""What the three gateways have in common as providers of Odoo."""

import logging

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..const import ENVIRONMENTS, GATEWAYS
from ..lib.o2o_gateway.outcome import UNKNOWN_KEY
from ..lib.o2o_gateway.transport import check_url
from ..lib.o2o_gateway.wechat.notification import CANNOT_OPEN
from ..words import words

_logger = logging.getLogger(__name__)

#: clients by database and provider, with the moment of their settings: to read the
#: keys takes a tenth of a second
_clients = {}
#: failures for which somebody has to look at the settings
_NEEDS_A_PERSON = (CANNOT_OPEN, UNKNOWN_KEY)


class PaymentProvider(models.Model):
    _inherit = "payment.provider"

    code = fields.Selection(
        selection_add=[
            ("o2o_alipay", "Alipay (direct)"),
            ("o2o_wechat", "WeChat Pay (direct)"),
            ("o2o_unionpay", "UnionPay (direct)"),
        ],
        ondelete={code: "set default" for code in GATEWAYS},
    )
    o2o_environment = fields.Selection(
        ENVIRONMENTS,
        string="Gateway",
        default="real",
        copy=False,
        help="Everything but the real gateway is for a provider in test mode",
    )
    o2o_simulator_url = fields.Char(
        string="Address of the simulator",
        groups="base.group_system",
        copy=False,
        help="Printed when the simulator starts",
    )
    o2o_notify_url = fields.Char(
        string="Address for notifications",
        compute="_compute_o2o_notify_url",
        help="Where the gateway tells of payments; told with each payment",
    )

    def _compute_o2o_notify_url(self):
        """The public address, never the one that a browser or a till came by:
        gateways neither reach a local address nor follow a redirect."""
        for provider in self:
            base = provider.website_id.get_base_url().rstrip("/")
            provider.o2o_notify_url = (
                f"{base}/o2o/payment/notify/{provider.id}"
                if provider.id and provider.code in GATEWAYS
                else False
            )

    @api.constrains("state", "o2o_environment", "o2o_simulator_url", "code")
    def _check_o2o_environment(self):
        for provider in self.filtered(lambda it: it.code in GATEWAYS):
            if provider.state == "enabled" and provider.o2o_environment != "real":
                raise ValidationError(
                    self.env._(
                        "%(provider)s takes real money only from the real gateway:"
                        " choose the test mode for a sandbox or the simulator.",
                        provider=provider.name,
                    )
                )
            url = provider.sudo().o2o_simulator_url
            if provider.o2o_environment == "simulator" and url:
                try:
                    check_url(url)
                except ValueError as error:
                    raise ValidationError(
                        self.env._(
                            "The address of the simulator begins with https://, or"
                            " with http://127.0.0.1 on this machine."
                        )
                    ) from error

    # === WHAT ODOO ASKS === #

    def _get_supported_currencies(self):
        currencies = super()._get_supported_currencies()
        if self.code in GATEWAYS:
            currencies = currencies.filtered(lambda currency: currency.name == "CNY")
        return currencies

    def _compute_feature_support_fields(self):
        result = super()._compute_feature_support_fields()
        self.filtered(lambda it: it.code in GATEWAYS).support_refund = "partial"
        return result

    def _get_default_payment_method_codes(self):
        if self.code not in GATEWAYS:
            return super()._get_default_payment_method_codes()
        return {
            "o2o_alipay": {"alipay"},
            "o2o_wechat": {"wechat_pay"},
            "o2o_unionpay": {"o2o_unionpay"},
        }[self.code]

    def _get_reset_values(self):
        values = super()._get_reset_values()
        if self.code in GATEWAYS:
            values.update(dict.fromkeys(self._o2o_get_credential_fields(), False))
        return values

    def _get_removal_values(self):
        values = super()._get_removal_values()
        values.update(dict.fromkeys(self._o2o_get_credential_fields(), False))
        return values

    @api.model
    def _o2o_get_credential_fields(self):
        """Names of the fields that hold numbers and keys of the gateways."""
        return ["o2o_simulator_url"]

    def write(self, vals):
        result = super().write(vals)
        for provider in self:
            _clients.pop((self.env.cr.dbname, provider.id), None)
        if vals.get("state") in ("test", "enabled"):
            self._o2o_ensure_journal_line()
        return result

    @api.model_create_multi
    def create(self, vals_list):
        providers = super().create(vals_list)
        providers._o2o_ensure_journal_line()
        return providers

    def _o2o_ensure_journal_line(self):
        """The line of the journal on which payments are booked exists from the start.

        Odoo makes it when the first payment is booked; first payments in parallel make
        two of them, and every payment after that fails (issue 6). The kind of the line
        is made by the hook of the installation, which an update does not run.
        """
        for provider in self.filtered(
            lambda it: it.code in GATEWAYS and it.state != "disabled"
        ):
            self._setup_payment_method(provider.code)
            if provider.journal_id:
                provider._ensure_payment_method_line()

    # === THE CLIENT === #

    def _o2o_get_client(self):
        """The client of this provider's gateway (``o2o_gateway.gateway.Gateway``).

        :raise UserError: something of the settings cannot be used; says what
        """
        # sudo: credentials are readable by administrators only, and stay in the client
        return self._o2o_keep_built(_clients, self.sudo()._o2o_build_client)

    def _o2o_keep_built(self, kept, build):
        """What is made of the settings, kept in this process until they change.

        :param dict kept: what was built, with the moment of the settings, by database
            and provider
        :param build: called for a new one
        :raise UserError: something of the settings cannot be used; says what
        """
        self.ensure_one()
        key = self.env.cr.dbname, self.id
        # sudo: cashiers read no providers
        changed_at = self.sudo().write_date
        made_of, built = kept.get(key, (None, None))
        if built is None or made_of != changed_at:
            try:
                built = build()
            except ValueError as error:
                # problems of keys are ValueErrors, too, and name no secret
                raise UserError(
                    self.env._(
                        "%(provider)s cannot be used: %(reason)s",
                        provider=self.name,
                        reason=words(self.env, error),
                    )
                ) from error
            kept[key] = changed_at, built
        return built

    def _o2o_build_client(self):
        """:raise ValueError: a number or a key that cannot be one"""
        self.ensure_one()
        return getattr(self, f"_o2o_build_{GATEWAYS[self.code]}")()

    def _o2o_choose_url(self, real, sandbox, path=""):
        """The address of the environment that was chosen.

        :raise ValueError: there is none
        """
        self.ensure_one()
        if self.o2o_environment == "real":
            return real
        if self.o2o_environment == "sandbox" and sandbox:
            return sandbox
        if self.o2o_environment == "simulator" and self.o2o_simulator_url:
            return self.o2o_simulator_url.rstrip("/") + path
        raise ValueError("this environment has no address")

    def _o2o_keep(self, field):
        """What a client calls with a new certificate of its gateway: keep it.

        On a connection of its own: the call that brought it may still fail.
        """
        registry, provider_id = self.env.registry, self.id

        def keep(pem):
            with registry.cursor() as cr:
                provider = api.Environment(cr, api.SUPERUSER_ID, {})[
                    "payment.provider"
                ].browse(provider_id)
                if pem not in (provider[field] or ""):
                    provider[field] = f"{provider[field] or ''}\n{pem}"

        return keep

    # === CHECKING THE SETTINGS === #

    def action_o2o_check_settings(self):
        """Ask the gateway whether the settings are right, and say so in words.

        Nothing is charged.
        """
        self.ensure_one()
        self.check_access("write")
        findings = self._o2o_find_problems()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Everything is right")
                if not findings
                else self.env._("Not yet right"),
                "message": "\n".join(findings)
                or self.env._("The gateway knows this shop and its keys."),
                "type": "warning" if findings else "success",
                "sticky": bool(findings),
            },
        }

    def _o2o_find_problems(self):
        """:return: list of texts; empty when the settings are right"""
        try:
            client = self._o2o_get_client()
        except UserError as error:
            return [str(error)]
        if self.code == "o2o_wechat":
            found = client.self_test(self.o2o_notify_url)
        else:
            found = client.self_test()
        return [words(self.env, finding.text) for finding in found]

    def _o2o_note_refusal(self, outcome):
        """A notification was not believed: who has to know gets to know, once a day."""
        self.ensure_one()
        _logger.warning(
            "notification for provider %s refused: %s", self.id, outcome.code
        )
        if outcome.code in _NEEDS_A_PERSON:
            self.env["o2o.payment.quarantine"]._report(
                "key",
                f"{self.id}/{outcome.code}/{fields.Date.today()}",
                self,
                note=words(self.env, outcome.reason),
            )

    # === GIVING BACK === #

    def _o2o_promises_refunds(self):
        """A refund is a row that a job sends after the commit."""
        return self.code in GATEWAYS or super()._o2o_promises_refunds()

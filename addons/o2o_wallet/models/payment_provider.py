from odoo import fields, models

from ..const import PROVIDER


class PaymentProvider(models.Model):
    """The wallet pays on the website: for the member's own orders (PAY-05)."""

    _inherit = "payment.provider"

    code = fields.Selection(
        selection_add=[(PROVIDER, "Member wallet")], ondelete={PROVIDER: "set default"}
    )

    def _compute_feature_support_fields(self):
        result = super()._compute_feature_support_fields()
        self.filtered(lambda provider: provider.code == PROVIDER).update(
            {"support_refund": "partial"}
        )
        return result

    def _get_default_payment_method_codes(self):
        self.ensure_one()
        if self.code != PROVIDER:
            return super()._get_default_payment_method_codes()
        return {PROVIDER}

    def _get_compatible_providers(
        self, *args, currency_id=None, is_validation=False, **kwargs
    ):
        """Only who is logged in and has a wallet pays from it, in the currency of the
        company; cards are not kept."""
        providers = super()._get_compatible_providers(
            *args, currency_id=currency_id, is_validation=is_validation, **kwargs
        )
        return providers.filtered(
            lambda provider: (
                provider.code != PROVIDER
                or (
                    not is_validation
                    and currency_id in (None, provider.company_id.currency_id.id)
                    and provider._o2o_own_wallet()
                )
            )
        )

    def _o2o_own_wallet(self):
        """The wallet of who is logged in, in the company of the provider, in sudo."""
        self.ensure_one()
        user = self.env.user
        wallets = self.env["o2o.wallet"].with_company(self.company_id)
        if user._is_public():
            return wallets.browse()
        wallet_sudo = wallets._of(user.partner_id)
        return wallet_sudo.filtered(lambda wallet: wallet.state != "closed")

    def _o2o_wallet_form_values(self, amount):
        """What the payment page tells about the own wallet.

        :return: dict ``available``, ``currency``, ``is_frozen``, ``is_enough``,
            ``needs_pin``, ``has_pin``
        """
        wallet_sudo = self._o2o_own_wallet()
        return {
            "available": wallet_sudo.available,
            "currency": wallet_sudo.currency_id,
            "is_frozen": wallet_sudo.state == "frozen",
            "is_enough": wallet_sudo._minor(wallet_sudo.available)
            >= wallet_sudo._minor(amount or 0.0),
            "needs_pin": wallet_sudo._needs_pin(amount or 0.0),
            "has_pin": wallet_sudo.has_pin,
        }

    def _get_payment_method_outstanding_account_id(self, payment_method_id):
        """What is paid from a wallet is taken off what we owe the members."""
        if self.code == PROVIDER and self.company_id.o2o_wallet_account_id:
            return self.company_id.o2o_wallet_account_id.id
        return super()._get_payment_method_outstanding_account_id(payment_method_id)

from odoo.exceptions import UserError
from odoo.http import request, route

from odoo.addons.o2o_member.controllers.member import MemberController
from odoo.addons.payment.controllers.portal import PaymentPortal

from ..const import PROVIDER

#: amounts to tap; others may be typed
AMOUNTS = (100, 200, 500, 1000)
_MAX_DIGITS = 10


class WalletTopupController(MemberController):
    @route(
        "/o2o/member/wallet/topup",
        type="http",
        auth="user",
        methods=["GET", "POST"],
        website=True,
        sitemap=False,
    )
    def wallet_topup(self, amount="", **_kwargs):
        """PAY-05: choose an amount; the campaigns of the day are shown."""
        partner = self._partner()
        if not partner._o2o_active_card():
            return request.redirect("/o2o/member")
        error = ""
        if request.httprequest.method == "POST":
            topups = request.env["o2o.wallet.topup"].with_company(self._company())
            try:
                topup = topups._begin(partner, self._read_amount(amount))
                return request.redirect(f"/o2o/member/wallet/topup/{topup.id}")
            except UserError as refused:
                error = str(refused)
        wallets = request.env["o2o.wallet"].with_company(self._company())
        campaigns = request.env["o2o.wallet.campaign"].with_company(self._company())
        return request.render(
            "o2o_wallet.member_wallet_topup",
            {
                "partner": partner,
                "wallet": wallets._of(partner),
                "amounts": AMOUNTS,
                "campaigns": campaigns._offers(partner),
                "amount": str(amount)[:_MAX_DIGITS],
                "error": error,
            },
        )

    @route(
        "/o2o/member/wallet/topup/<int:topup_id>",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
    )
    def wallet_topup_pay(self, topup_id, **_kwargs):
        """PAY-05: pay the top-up, or see that it has come."""
        topup_sudo = self._own_topup(topup_id)
        values = {"topup": topup_sudo, "partner": self._partner()}
        if topup_sudo.state == "draft":
            values |= self._payment_values(topup_sudo)
        return request.render("o2o_wallet.member_wallet_topup_pay", values)

    def _read_amount(self, text):
        text = str(text).strip().replace(",", "")[:_MAX_DIGITS]
        whole, _dot, cents = text.partition(".")
        is_number = f"{whole}{cents}".isascii() and f"{whole}{cents}".isdigit()
        return float(text) if is_number else 0.0

    def _own_topup(self, topup_id):
        # sudo: members read no top-ups; one's own by the domain
        topup_sudo = (
            request.env["o2o.wallet.topup"]
            .sudo()
            .search(
                [
                    ("id", "=", topup_id),
                    ("partner_id", "=", self._partner().id),
                    ("company_id", "=", self._company().id),
                ]
            )
        )
        if not topup_sudo:
            raise request.not_found()
        return topup_sudo

    def _payment_values(self, topup):
        """What Odoo's payment form needs."""
        # sudo: as Odoo's own payment page reads them
        providers_sudo = (
            request.env["payment.provider"]
            .sudo()
            ._get_compatible_providers(
                topup.company_id.id,
                topup.partner_id.id,
                topup.amount,
                currency_id=topup.currency_id.id,
            )
            # who captures by hand may capture less than the wallet got
            .filtered(
                lambda provider: (
                    provider.code != PROVIDER and not provider.capture_manually
                )
            )
        )
        methods_sudo = (
            request.env["payment.method"]
            .sudo()
            ._get_compatible_payment_methods(
                providers_sudo.ids,
                topup.partner_id.id,
                currency_id=topup.currency_id.id,
            )
        )
        return {
            "reference_prefix": topup.name,
            "amount": topup.amount,
            "currency": topup.currency_id,
            "partner_id": topup.partner_id.id,
            "providers_sudo": providers_sudo,
            "payment_methods_sudo": methods_sudo,
            "tokens_sudo": request.env["payment.token"].sudo(),
            "transaction_route": f"/o2o/wallet/topup/{topup.id}/transaction",
            "landing_route": f"/o2o/member/wallet/topup/{topup.id}",
            "access_token": "",
            "show_tokenize_input_mapping": dict.fromkeys(providers_sudo.ids, False),
        }


class WalletTopupPaymentController(PaymentPortal):
    @route(
        "/o2o/wallet/topup/<int:topup_id>/transaction",
        type="jsonrpc",
        auth="user",
        website=True,
    )
    def wallet_topup_transaction(
        self, topup_id, provider_id, payment_method_id, flow, **_kwargs
    ):
        """PAY-05: a transaction for the whole top-up; amount and member are the
        document's, whatever the page says."""
        controller = WalletTopupController()
        topup_sudo = controller._own_topup(topup_id)
        values = controller._payment_values(topup_sudo)
        if (
            topup_sudo.state != "draft"
            or provider_id not in values["providers_sudo"].ids
            or payment_method_id not in values["payment_methods_sudo"].ids
            or flow not in ("redirect", "direct")
        ):
            raise UserError(
                request.env._("This top-up cannot be paid like that. Reload the page.")
            )
        transaction_sudo = self._create_transaction(
            provider_id=provider_id,
            payment_method_id=payment_method_id,
            token_id=None,
            amount=topup_sudo.amount,
            currency_id=topup_sudo.currency_id.id,
            partner_id=topup_sudo.partner_id.id,
            flow=flow,
            tokenization_requested=False,
            landing_route=values["landing_route"],
            reference_prefix=topup_sudo.name,
            custom_create_values={"o2o_wallet_topup_id": topup_sudo.id},
        )
        return transaction_sudo._get_processing_values()

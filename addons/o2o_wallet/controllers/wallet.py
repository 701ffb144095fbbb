from odoo.http import content_disposition, request, route

from odoo.addons.o2o_member.controllers.account import MemberAccountController
from odoo.addons.o2o_member.lib.data_export import write_csv

from ..models.o2o_wallet_website import LOG_GROUPS

# ids of the ledger are 32-bit integers
_MAX_ID = 2**31 - 1


class WalletController(MemberAccountController):
    @route("/o2o/member/wallet", type="http", auth="user", website=True, sitemap=False)
    def member_wallet(self, kind="", month="", before="", done="", **_kwargs):
        """PAY-05: what is in the wallet, what can be done with it, the statement."""
        partner = self._partner()
        group = kind if kind in LOG_GROUPS else ""
        month = month if partner._o2o_parse_month(month) else ""
        is_number = before.isascii() and before.isdigit() and len(before) <= 10
        before = min(int(before), _MAX_ID) if is_number else 0
        wallets = self._wallets()
        entries, next_before = wallets._statement(partner, group, month, before)
        return self._render_account(
            "o2o_wallet.member_wallet",
            {},
            {},
            partner=partner,
            wallet=wallets._of(partner),
            rows=wallets._statement_rows(entries),
            group=group,
            groups=LOG_GROUPS,
            month=month,
            months=partner._o2o_log_months(month),
            before=before,
            next_before=next_before,
            done=done if done in ("pin", "freeze", "unfreeze") else "",
        )

    @route(
        "/o2o/member/wallet/statement",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        readonly=True,
    )
    def member_wallet_statement(self, kind="", month="", **_kwargs):
        """PAY-05: the statement as a file for a spreadsheet."""
        rows = self._wallets()._statement_table(self._partner(), kind, month)
        return request.make_response(
            write_csv(rows),
            headers=[
                ("Content-Type", "text/csv; charset=utf-8"),
                ("Content-Disposition", content_disposition("wallet.csv")),
                ("Cache-Control", "no-store"),
            ],
        )

    @route(
        "/o2o/member/wallet/pin",
        type="http",
        auth="user",
        methods=["GET", "POST"],
        website=True,
        sitemap=False,
    )
    def member_wallet_pin(self, **post):
        """PAY-05: set or change the payment PIN with a code by text message."""
        wallet_sudo = self._own_wallet()
        errors = {}
        if request.httprequest.method == "POST":
            values = self._read_form(post, ("pin", "pin_again", "code"))
            errors = wallet_sudo._member_set_pin(values, self._address())
            if not errors:
                return request.redirect("/o2o/member/wallet?done=pin")
        return self._render_account(
            "o2o_wallet.member_wallet_pin",
            {},  # never sent back
            errors,
            wallet=wallet_sudo,
            mobile=self._wallets()._own_mobile_masked(),
        )

    @route(
        "/o2o/member/wallet/code",
        type="jsonrpc",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def member_wallet_code(self, **_kwargs):
        """PAY-05: send a code to the own number, whatever the page says.

        :return: what the button needs: sent, message, wait (seconds)
        """
        return self._wallets()._request_code(self._address())

    @route(
        "/o2o/member/wallet/freeze",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    def member_wallet_freeze(self, **_kwargs):
        """PAY-05: nobody pays with this wallet any more."""
        self._own_wallet()._member_freeze(self._address())
        return request.redirect("/o2o/member/wallet?done=freeze")

    @route(
        "/o2o/member/wallet/unfreeze",
        type="http",
        auth="user",
        methods=["GET", "POST"],
        website=True,
        sitemap=False,
    )
    def member_wallet_unfreeze(self, **post):
        """PAY-05: put the wallet to use again, with a code by text message."""
        wallet_sudo = self._own_wallet()
        errors = {}
        if request.httprequest.method == "POST":
            code = self._read_form(post, ("code",))["code"]
            errors = wallet_sudo._member_unfreeze(code, self._address())
            if not errors:
                return request.redirect("/o2o/member/wallet?done=unfreeze")
        return self._render_account(
            "o2o_wallet.member_wallet_unfreeze",
            {},
            errors,
            wallet=wallet_sudo,
            mobile=self._wallets()._own_mobile_masked(),
        )

    # === helpers === #

    def _wallets(self):
        return request.env["o2o.wallet"].with_company(self._company())

    def _own_wallet(self):
        """The member's own wallet, opened when there is none yet, in sudo."""
        return self._wallets()._open(self._partner())

from odoo.exceptions import AccessDenied
from odoo.http import request, route

from odoo.addons.web.controllers.utils import _get_login_redirect_url

from ..models.res_users_login import CODE_PROOF
from .member import MemberController

_LOGIN_FIELDS = ("phone", "sms_code", "redirect")
_RESET_FIELDS = ("phone", "sms_code", "password")
_HOME = "/o2o/member"


class MemberLoginController(MemberController):
    @route("/o2o/member/code", type="jsonrpc", auth="public", website=True)
    def member_code(self, purpose="", phone=""):
        """MEM-01: "Send code" of a visitor. JSON, so no other site can press it."""
        return self._service()._send_visitor_code(
            str(purpose), str(phone)[:32], self._address()
        )

    @route(
        "/o2o/member/login",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        website=True,
        sitemap=False,
    )
    def member_login(self, **post):
        """MEM-01: log in by a code sent to the phone."""
        if response := self._refuse_codes():
            return response
        values = self._read_form(post, _LOGIN_FIELDS)
        errors = {}
        if request.httprequest.method == "POST":
            user_sudo, errors = self._service()._log_in_by_code(values)
            if not errors:
                credential = {"type": "o2o_code", "proof": CODE_PROOF}
                response, errors = self._log_in(
                    user_sudo, credential, values["redirect"]
                )
                if not errors:
                    user_sudo._o2o_security_event("login_code", self._address())
                    return response
        values.pop("sms_code")
        return self._render_form("o2o_member.member_login", values, errors)

    @route(
        "/o2o/member/reset",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        website=True,
        sitemap=False,
    )
    def member_reset(self, **post):
        """MEM-03: a new password for who has the phone."""
        if response := self._refuse_codes():
            return response
        values = self._read_form(post, _RESET_FIELDS)
        errors = {}
        if request.httprequest.method == "POST":
            user_sudo, errors = self._service()._reset_password(values)
            if not errors:
                user_sudo._o2o_security_event("password_reset", self._address())
                credential = {"type": "password", "password": values["password"]}
                response, errors = self._log_in(user_sudo, credential)
                if not errors:
                    return response
        values.pop("sms_code")
        values.pop("password")  # never sent back
        return self._render_form("o2o_member.member_reset", values, errors)

    # === helpers ===

    def _refuse_codes(self):
        """Where no codes are sent, or nobody needs them, there is no such page."""
        if not request.env.user._is_public():
            return request.redirect(_HOME)
        if not self._service()._verifies_phones():
            return request.redirect(f"/web/login?redirect={_HOME}")
        return None

    def _log_in(self, user_sudo, credential, redirect=""):
        """Open the session, or ask for the second factor.

        :return: (response or None, errors)
        """
        credential = {"login": user_sudo.login, **credential}
        try:
            info = request.session.authenticate(request.env, credential)
        except AccessDenied as error:  # too many failures from this address
            return None, {"form": str(error)}
        # a page of ours only; request.redirect drops foreign hosts
        url = _get_login_redirect_url(info["uid"], redirect or _HOME)
        return request.redirect(url), {}

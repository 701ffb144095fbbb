"""Pages within WeChat: the payer is named by WeChat, and pays without leaving."""

import logging
import secrets

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools import consteq

from ..lib.o2o_gateway.wechat.login import CODE_SPENT
from .pay import PaymentPay

_logger = logging.getLogger(__name__)

#: what WeChat's own browser calls itself
_WECHAT = "micromessenger"
#: session keys: who reads, by app; and what was sent to WeChat last
_OPENIDS = "o2o_wechat_openids"
_STATE = "o2o_wechat_state"
#: session key: the app whose login names nobody
_REFUSED = "o2o_wechat_refused"


class PaymentPayInWechat(PaymentPay):
    @http.route()
    def go(self, token, **kwargs):
        """Within WeChat the page itself calls WeChat to pay (JSAPI)."""
        intent_sudo = self._find(token)
        if not self._pays_in_wechat(intent_sudo):
            return super().go(token, **kwargs)
        openid = self._get_openid(intent_sudo)
        if not openid:
            return self._send_to_wechat(intent_sudo)
        return self._show_call(intent_sudo, openid)

    @http.route(
        "/o2o/payment/wechat/<string:token>",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
        readonly=False,
    )
    def come_back_named(self, token, code="", state="", **_kwargs):
        """WeChat sends the reader back. The state is this session's, and good once; so
        is the code, which WeChat exchanges for the reader's number."""
        intent_sudo = self._find(token)
        kept = request.session.pop(_STATE, None) or {}
        is_ours = kept.get("token") == token and consteq(
            kept["state"].encode(), state.encode()
        )
        if not is_ours or not self._pays_in_wechat(intent_sudo):
            return self._show_error(
                intent_sudo,
                request.env._("This page is too old. Please open it again."),
            )
        outcome = intent_sudo.provider_id._o2o_get_wechat_login().openid(code)
        if not outcome.is_ok:
            _logger.warning(
                "intent %s: WeChat names no payer: %s", intent_sudo.id, outcome.code
            )
            if not outcome.is_rejected or outcome.code == CODE_SPENT:
                return self._show_waiting(intent_sudo)
            # asked again it says the same: the page for phones
            request.session[_REFUSED] = intent_sudo.provider_id.o2o_wechat_app_id
            return request.redirect(f"/o2o/payment/go/{token}")
        app_id = intent_sudo.provider_id.o2o_wechat_app_id
        openids = request.session.get(_OPENIDS) or {}
        request.session[_OPENIDS] = {**openids, app_id: outcome.value}
        return request.redirect(f"/o2o/payment/go/{token}")

    def _pays_in_wechat(self, intent_sudo):
        """Whether to pay by a call of the page; what was begun otherwise goes on so."""
        return (
            self._is_in_wechat()
            and intent_sudo.state != "paid"
            and not intent_sudo.page_url
            and not intent_sudo.qr_text
            and intent_sudo.provider_id._o2o_pays_in_wechat()
            and (intent_sudo.way == "wechat" or not self._is_login_refused(intent_sudo))
        )

    def _is_in_wechat(self):
        return _WECHAT in (request.httprequest.user_agent.string or "").lower()

    def _is_login_refused(self, intent_sudo):
        """Whether WeChat has said to this session that it will not name the reader."""
        app_id = intent_sudo.provider_id.o2o_wechat_app_id
        return request.session.get(_REFUSED) == app_id

    def _get_openid(self, intent_sudo):
        """The reader, as WeChat has named them to this session; "" for nobody yet."""
        openids = request.session.get(_OPENIDS) or {}
        return openids.get(intent_sudo.provider_id.o2o_wechat_app_id, "")

    def _send_to_wechat(self, intent_sudo):
        token, state = intent_sudo.token, secrets.token_hex(16)
        request.session[_STATE] = {"token": token, "state": state}
        base = intent_sudo.provider_id.get_base_url()
        page = intent_sudo.provider_id._o2o_get_wechat_login().page(
            f"{base}/o2o/payment/wechat/{token}", state
        )
        return self._keep_private(request.redirect(page, local=False))

    def _show_call(self, intent_sudo, openid):
        try:
            call = intent_sudo._open_in_wechat(
                openid, request.httprequest.remote_addr or ""
            )
        except UserError as error:
            return self._show_error(intent_sudo, str(error))
        if not call:
            return self._show_waiting(intent_sudo)
        response = request.render(
            "o2o_payment.in_wechat_page",
            {
                "intent": intent_sudo,
                "token": intent_sudo.token,
                "call": call.fields(),
                "bridge": intent_sudo.provider_id._o2o_get_bridge_url(),
            },
        )
        return self._keep_private(response)

    def _show_error(self, intent_sudo, error):
        return self._show_waiting(intent_sudo, error)

    def _show_waiting(self, intent_sudo, error=""):
        response = request.render(
            "o2o_payment.waiting_page",
            {
                "intent": intent_sudo,
                "token": intent_sudo.token,
                "error": error,
                "qr": "",
            },
        )
        return self._keep_private(response)

    def _keep_private(self, response):
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

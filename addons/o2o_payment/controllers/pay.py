"""The payer's way: to the gateway, waiting for a code to be scanned, and back."""

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.o2o_member.lib.barcode_image import qr_image

_PHONES = ("android", "iphone", "mobile", "harmony")


class PaymentPay(http.Controller):
    @http.route(
        "/o2o/payment/go/<string:token>",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
        readonly=False,
    )
    def go(self, token, **_kwargs):
        """Lead the payer to the gateway's page, or show the code to be scanned.

        May be reloaded: it is the same payment.
        """
        intent_sudo = self._find(token)
        values = {"intent": intent_sudo, "token": token, "error": ""}
        page = None
        if intent_sudo.state == "paid":
            return request.redirect("/payment/status")
        try:
            page = intent_sudo._open(
                self._is_phone(), request.httprequest.remote_addr or ""
            )
        except UserError as error:
            values["error"] = str(error)
        if page and page.method == "GET":
            return request.redirect(page.url, local=False)
        if page:
            response = request.render(
                "o2o_payment.to_gateway", {"url": page.url, "fields": page.fields}
            )
        else:
            text = not values["error"] and intent_sudo.qr_text
            values["qr"] = qr_image(text) if text else ""
            response = request.render("o2o_payment.waiting_page", values)
        # what is on it is good once, and names a payment
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    @http.route(
        "/o2o/payment/return/<string:token>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        csrf=False,
        save_session=False,
        sitemap=False,
        readonly=False,
    )
    def come_back(self, token, **_kwargs):
        """The payer's browser is back. It is not asked what happened."""
        self._find(token)._note_return()
        return request.redirect("/payment/status", code=303)

    @http.route(
        "/o2o/payment/state/<string:token>",
        type="jsonrpc",
        auth="public",
        readonly=True,
    )
    def state(self, token):
        """What the waiting page shows; one look at one row."""
        return self._find(token)._get_progress()

    def _find(self, token):
        # sudo: who has the address may pay; the address is a secret of its own
        intent_sudo = (
            request.env["o2o.payment.intent"]
            .sudo()
            .search([("token", "=", token)], limit=1)
        )
        if not token or not intent_sudo:
            raise NotFound()
        return intent_sudo

    def _is_phone(self):
        agent = (request.httprequest.user_agent.string or "").lower()
        return any(word in agent for word in _PHONES)

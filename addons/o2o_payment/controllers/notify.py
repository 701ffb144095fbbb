"""The door for notifications: verify, keep, acknowledge; nothing else."""

from http import HTTPStatus

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from odoo.addons.o2o_member.lib.limiter import Limiter

from ..const import GATEWAYS

#: bytes; the longest notification of a gateway has less than a tenth of it
MAX_BODY = 64 * 1024
#: notifications from one address that were not believed, per minute
MAX_REFUSED = 30


#: of this process. A gateway is never refused; who tries out signatures is, and waits
_refusals = Limiter(MAX_REFUSED)


class PaymentNotify(http.Controller):
    @http.route(
        "/o2o/payment/notify/<int:provider_id>",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
        max_content_length=MAX_BODY,
        # see models/ir_http.py
        o2o_raw_body=True,
    )
    def notify(self, provider_id, **_fields):
        """Take a notification of a gateway.

        The body counts as the bytes that came. Whatever is wrong with it, the answer
        does not say what.
        """
        httprequest = request.httprequest
        address = httprequest.remote_addr
        if _refusals.is_over(address):
            return self._answer(HTTPStatus.TOO_MANY_REQUESTS)
        # sudo: the gateway has no user; what it says is verified by its signature
        provider_sudo = (
            request.env["payment.provider"]
            .sudo()
            .search_fetch(
                [
                    ("id", "=", provider_id),
                    ("code", "in", list(GATEWAYS)),
                    ("state", "!=", "disabled"),
                ],
                # what is needed for each notification; without the rest, and its order
                ["company_id", "write_date"],
                order="id",
            )
        )
        if not provider_sudo:
            return self._answer(HTTPStatus.NOT_FOUND)
        events_sudo = request.env["o2o.payment.event"].sudo()
        try:
            answer, is_believed = events_sudo._receive(
                provider_sudo,
                dict(httprequest.headers),
                httprequest.get_data(),
            )
        except UserError:
            # the keys here are broken; the gateway comes again
            return self._answer(HTTPStatus.SERVICE_UNAVAILABLE)
        if not is_believed:
            _refusals.count(address)
        return request.make_response(
            answer.body,
            headers=[("Content-Type", answer.content_type)],
            status=answer.status,
        )

    def _answer(self, status):
        return request.make_response("", status=status)

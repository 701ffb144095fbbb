"""The courier's page, made for a phone (POS-15)."""

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import request


class Door(http.Controller):
    @http.route(
        "/o2o/door",
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    def door_list(self, **_kwargs):
        """What the caller has to deliver, and what money the caller has."""
        collections = request.env["o2o.collection"]
        stores_sudo = self._get_stores_sudo()
        return self._render(
            "o2o_collection.door_list",
            {
                "stores": stores_sudo,
                "held": [
                    held
                    for store_sudo in stores_sudo
                    if (held := collections._prepare_door_held(store_sudo))
                ],
                **collections._get_door_list(),
            },
        )

    @http.route(
        "/o2o/door/<int:collection_id>",
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    def door_delivery(self, collection_id, **_kwargs):
        """One delivery: goods, amount, and the buttons to take it."""
        self._get_stores_sudo()
        row_sudo = request.env["o2o.collection"]._find_door_sudo(collection_id)
        if not row_sudo:
            raise NotFound()
        return self._render(
            "o2o_collection.door_delivery",
            {
                "row": row_sudo,
                "address": row_sudo._get_door_address(),
                "gateways": {}
                if row_sudo._get_undecided_codes()
                else row_sudo._get_gateways(),
                "code": row_sudo._get_blocking_codes()[:1],
            },
        )

    @http.route("/o2o/door/act", type="jsonrpc", auth="user", methods=["POST"])
    def door_act(self, collection_id=None, action=None, values=None, key=None):
        """One button of the page; see ``o2o.collection._door_act``."""
        return request.env["o2o.collection"]._door_act(
            collection_id, action, values, key
        )

    @http.route("/o2o/door/code", type="jsonrpc", auth="user", methods=["POST"])
    def door_code(self, collection_id=None):
        """The picture of a code that was planned by an earlier request."""
        return request.env["o2o.collection"]._open_code(
            collection_id, request.httprequest.remote_addr or ""
        )

    @http.route("/o2o/door/handover", type="jsonrpc", auth="user", methods=["POST"])
    def door_handover(self, store_id=None, declared_fen=None):
        """The courier has counted: a code to tell the cashier."""
        stores_sudo = request.env["o2o.collection"]._get_door_stores_sudo()
        store_sudo = stores_sudo.filtered(lambda store: store.id == store_id)
        if not store_sudo:
            return {"code": "", "message": request.env._("You do not work there.")}
        try:
            handover_sudo = (
                request.env["o2o.collection.handover"]
                .sudo()
                ._begin(store_sudo, declared_fen)
            )
        except UserError as error:
            return {"code": "", "message": str(error)}
        return {"code": handover_sudo.code, "message": ""}

    def _get_stores_sudo(self):
        try:
            return request.env["o2o.collection"]._get_door_stores_sudo()
        except AccessError as error:
            raise NotFound() from error

    def _render(self, template, values):
        response = request.render(template, values)
        # addresses and phone numbers of members
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

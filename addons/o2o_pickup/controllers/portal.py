from odoo.exceptions import UserError
from odoo.http import request, route

from odoo.addons.o2o_order.controllers.portal import O2oPortal


class O2oPickupPortal(O2oPortal):
    """The member comes, sends a friend, or comes at another time (idea 24)."""

    @route(
        "/o2o/order/arrived/<int:order_id>",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
        sitemap=False,
    )
    def o2o_order_arrived(self, order_id, access_token=None, note=""):
        """The member is outside: the tills are told, at most every few minutes."""
        return self._o2o_act(
            order_id,
            access_token,
            lambda order: order.o2o_fulfillment_ids._arrive(note),
        )

    @route(
        "/o2o/order/proxy/<int:order_id>",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
        sitemap=False,
    )
    def o2o_order_proxy(self, order_id, access_token=None, name="", phone="", off=""):
        """A friend collects, or the member after all."""

        def send(order):
            for part in order.o2o_fulfillment_ids:
                if not part._can_send_proxy():
                    continue
                if off:
                    part._clear_proxy()
                else:
                    part._set_proxy(name, phone)

        return self._o2o_act(order_id, access_token, send)

    @route(
        "/o2o/order/slot/<int:order_id>",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
        sitemap=False,
    )
    def o2o_order_slot(self, order_id, access_token=None, pickup_at=""):
        """Another time to collect, as long as nothing is packed."""
        return self._o2o_act(
            order_id,
            access_token,
            lambda order: order._o2o_move_slot(str(pickup_at)[:32]),
        )

    def _o2o_act(self, order_id, access_token, act):
        """One thing to the member's own order; anything else is "not found"."""
        order_sudo = self._o2o_get_order_sudo(order_id, access_token)
        if not order_sudo:
            return request.not_found()
        try:
            with request.env.cr.savepoint():
                act(order_sudo)
        except UserError as error:
            order_sudo.invalidate_recordset()
            request.session["o2o_order_error"] = str(error)
        return request.redirect(order_sudo.get_portal_url())

    @route(
        "/o2o/pickup/<string:token>",
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
        sitemap=False,
    )
    def o2o_pickup_proxy(self, token):
        """What a friend shows at the counter: code, store, goods; no prices."""
        pickup_sudo = request.env["o2o.fulfillment"]._find_by_proxy_token(token)
        if not pickup_sudo:
            return request.not_found()
        response = request.render("o2o_pickup.proxy_page", {"pickup": pickup_sudo})
        # the link is a key: it must not travel to other sites
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        return response

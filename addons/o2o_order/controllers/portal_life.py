from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request, route

from .portal import O2oPortal


class O2oPortalLife(O2oPortal):
    """The member cancels an order, or tidies the list (ORD-04, ORD-05)."""

    @route(
        "/o2o/order/cancel/<int:order_id>",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
        sitemap=False,
    )
    def o2o_order_cancel(self, order_id, access_token=None, reason="", note=""):
        """Cancel with a reason, as long as the store allows it; twice is harmless."""
        order_sudo = self._o2o_get_order_sudo(order_id, access_token)
        if not order_sudo:
            return request.not_found()
        try:
            with request.env.cr.savepoint():
                order_sudo._o2o_member_cancel(reason, note)
        except UserError as error:
            request.session["o2o_order_error"] = str(error)
        return request.redirect(order_sudo.get_portal_url())

    @route(
        "/o2o/order/hide/<int:order_id>",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
        sitemap=False,
    )
    def o2o_order_hide(self, order_id):
        """Take a finished order off the own list; the house keeps it."""
        order_sudo = self._o2o_get_order_sudo(order_id, None)
        if not order_sudo:
            return request.not_found()
        try:
            order_sudo._o2o_hide()
        except UserError as error:
            request.session["o2o_order_error"] = str(error)
            return request.redirect(order_sudo.get_portal_url())
        return request.redirect("/my/orders")

    def _prepare_orders_domain(self, partner):
        domain = super()._prepare_orders_domain(partner)
        return list(Domain(domain) & Domain("o2o_is_hidden", "=", False))

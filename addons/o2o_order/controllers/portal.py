from odoo.exceptions import AccessError, MissingError, UserError
from odoo.http import request, route
from odoo.tools import consteq

from odoo.addons.sale.controllers.portal import CustomerPortal


class O2oPortal(CustomerPortal):
    """The member watches the order happen (SHOP-06, SHOP-07)."""

    @route(
        "/o2o/order/progress/<int:order_id>",
        type="http",
        auth="public",
        website=True,
        methods=["GET"],
        sitemap=False,
    )
    def o2o_order_progress(self, order_id, access_token=None):
        """The progress block alone, for a page that is already open."""
        order_sudo = self._o2o_get_order_sudo(order_id, access_token)
        if not order_sudo:
            return request.not_found()
        return request.render("o2o_order.order_progress", {"order": order_sudo})

    @route(
        "/o2o/order/received/<int:order_id>",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
        sitemap=False,
    )
    def o2o_order_received(self, order_id, part_id="", access_token=None, **_post):
        """The member confirms having the goods of one parcel; pressing twice is
        harmless."""
        order_sudo = self._o2o_get_order_sudo(order_id, access_token)
        if not order_sudo:
            return request.not_found()
        part_sudo = order_sudo.o2o_fulfillment_ids.filtered(
            lambda part: part.state == "shipped" and str(part.id) == part_id
        )
        try:
            with request.env.cr.savepoint():
                part_sudo._mark_received()
        except UserError as error:
            request.session["o2o_order_error"] = str(error)
        return request.redirect(order_sudo.get_portal_url())

    def _o2o_get_order_sudo(self, order_id, access_token):
        """The order of this member, or of who has its token; elevated, or ``None``.

        Staff who may read an order do not act in the member's name.
        """
        try:
            order_sudo = self._document_check_access(
                "sale.order", order_id, access_token
            )
        except (AccessError, MissingError):
            return None
        token = order_sudo.access_token
        given = access_token or ""
        # other texts cannot be compared
        if token and given.isascii() and consteq(token, given):
            return order_sudo
        member = request.env.user.partner_id.commercial_partner_id
        is_own = order_sudo.partner_id.commercial_partner_id == member
        return order_sudo if is_own else None

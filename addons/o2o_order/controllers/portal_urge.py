from odoo.http import request, route

from .portal import O2oPortal


class O2oPortalUrge(O2oPortal):
    @route(
        "/o2o/order/urge/<int:order_id>",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
        sitemap=False,
    )
    def o2o_order_urge(self, order_id, access_token=None):
        """The member urges the store; pressing often sounds once (rate limited).

        The order is the member's own, or its token is known; anything else is "not
        found", whether the order exists or not.
        """
        order_sudo = self._o2o_get_order_sudo(order_id, access_token)
        if not order_sudo:
            return request.not_found()
        order_sudo.o2o_fulfillment_ids._urge()
        return request.redirect(order_sudo.get_portal_url())

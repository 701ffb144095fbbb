from odoo.exceptions import UserError
from odoo.http import request, route

from .portal import O2oPortal


class O2oPortalRegion(O2oPortal):
    @route(
        "/o2o/order/region/<int:order_id>",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
        sitemap=False,
    )
    def o2o_order_region(self, order_id, access_token=None, region_id="", **_post):
        """ROUT-04: an order nobody of its region can serve looks in another one.

        Only the member, or who has the order's token; only a region that has the goods.
        """
        order_sudo = self._o2o_get_order_sudo(order_id, access_token)
        if not order_sudo:
            return request.not_found()
        choice = order_sudo._o2o_get_region_choice() or {}
        regions = choice.get("cities") or request.env["o2o.region"]
        region = regions.filtered(lambda region: str(region.id) == region_id)
        try:
            if not region:
                raise UserError(
                    request.env._("This region does not have the goods any more.")
                )
            with request.env.cr.savepoint():
                order_sudo._o2o_choose_region(region)
        except UserError as error:
            request.session["o2o_order_error"] = str(error)
        return request.redirect(order_sudo.get_portal_url())

    @route(
        "/o2o/order/unfillable/<int:order_id>",
        type="http",
        auth="public",
        website=True,
        methods=["POST"],
        sitemap=False,
    )
    def o2o_order_unfillable(
        self, order_id, access_token=None, choice="", partner_id="", **_post
    ):
        """ROUT-04: another address, wait, or give up what nobody can serve.

        :param str choice: ``address`` (with ``partner_id``), ``wait`` or ``give_up``
        """
        order_sudo = self._o2o_get_order_sudo(order_id, access_token)
        if not order_sudo:
            return request.not_found()
        try:
            with request.env.cr.savepoint():
                if choice == "address":
                    order_sudo._o2o_choose_address(
                        order_sudo._o2o_get_other_addresses().filtered(
                            lambda address: str(address.id) == partner_id
                        )
                    )
                elif choice == "wait":
                    order_sudo._o2o_wait_for_goods()
                elif choice == "give_up":
                    order_sudo._o2o_give_up_unfillable()
        except UserError as error:
            request.session["o2o_order_error"] = str(error)
        return request.redirect(order_sudo.get_portal_url())

"""Where a visitor wants to be served: a region, or a store to collect at (ROUT-04)."""

from odoo import models
from odoo.http import request

#: session key of the visitor's choice
PLACE_KEY = "o2o_place"


class Website(models.Model):
    _inherit = "website"

    def _o2o_get_place(self):
        """The visitor's choice: of this session, else what the member chose before.

        :return: dict ``region`` (o2o.region) and ``store`` (o2o.store, elevated), of
            which at most one is set
        """
        self.ensure_one()
        regions = self.env["o2o.region"]
        stores_sudo = self.env["o2o.store"].sudo()  # names of stores are public
        place = request.session.get(PLACE_KEY) if request else None
        if place is None:
            partner_sudo = self.env.user.partner_id.sudo()  # the visitor's own
            store = partner_sudo.o2o_place_store_id
            region = partner_sudo.o2o_place_region_id or partner_sudo.o2o_region_id
            if self.env.user._is_public():
                store, region = stores_sudo, regions
            place = {
                "region_id": False if store else region.id,
                "store_id": store.id,
            }
            if request and not self.env.user._is_public():
                request.session[PLACE_KEY] = place
        return {
            "region": regions.browse(place.get("region_id") or ()),
            "store": stores_sudo.browse(place.get("store_id") or ()),
        }

    def _o2o_set_place(self, region=None, store=None):
        """Remember a choice, in the session and on the member."""
        self.ensure_one()
        values = {
            "region_id": region.id if region else False,
            "store_id": store.id if store else False,
        }
        request.session[PLACE_KEY] = values
        user = self.env.user
        if not user._is_public():
            # sudo: the member's own choice
            user.partner_id.sudo().write(
                {
                    "o2o_place_region_id": values["region_id"],
                    "o2o_place_store_id": values["store_id"],
                }
            )
        cart = request.cart
        is_open = cart and (
            cart._is_anonymous_cart() or not cart.partner_shipping_id.o2o_region_id
        )
        if is_open and region:
            cart.o2o_region_id = region

    def _o2o_get_place_label(self):
        """What the chip says; empty while nothing was chosen."""
        place = self._o2o_get_place()
        if place["store"].exists():
            return self.env._("Pick up at %s", place["store"].name)
        if place["region"].exists():
            return self.env._("Deliver to %s", place["region"].name)
        return ""

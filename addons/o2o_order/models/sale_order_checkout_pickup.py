"""Collecting in a store, as the one page offers it (SHOP-11)."""

import json

from odoo import fields, models
from odoo.fields import Domain

from ..utils import has_coordinates


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _o2o_get_pickup_stores(self, method):
        """Where an order may be collected: open for orders, elevated."""
        # sudo: names, addresses and hours of stores are public
        return (
            self.env["o2o.store"]
            .sudo()
            .search(
                Domain("warehouse_id", "in", method.sudo().warehouse_ids.ids)
                & Domain("is_paused", "=", False)
            )
        )

    def _o2o_set_pickup(self, method, store):
        """Collect in a store; what Odoo keeps for it is made here, not sent."""
        self.ensure_one()
        if self.carrier_id != method:
            self._o2o_set_delivery(method)
        self._set_pickup_location(json.dumps(store._prepare_pickup_data()))

    def _o2o_get_pickup_choices(self):
        """Where this order can be collected: who has it comes first, then who is near.

        :return: list of dict ``store`` (elevated), ``has_all``, ``is_open``,
            ``is_chosen``, ``distance`` (text with its unit, or nothing)
        """
        self.ensure_one()
        stores = self._o2o_get_pickup_stores(self.carrier_id)
        wanted = self._o2o_get_wanted_quantities()
        products = self.order_line.product_id.sudo()
        free = stores._get_free_quantities(products)
        chosen = self._o2o_get_pickup_store() if self.pickup_location_data else None
        now = fields.Datetime.now()
        position = self._o2o_get_home_position()
        distances = {store: store._get_distance_km(*position) for store in stores}
        choices = [
            {
                "store": store,
                "has_all": all(
                    product.uom_id.compare(free[store].get(product, 0.0), quantity) >= 0
                    for product, quantity in wanted.items()
                ),
                "is_open": store._is_open_at(now),
                "is_chosen": store == chosen,
                "distance": self._o2o_say_distance(distances[store]),
            }
            for store in stores
        ]
        choices.sort(
            key=lambda row: (
                not row["is_chosen"],
                not row["has_all"],
                distances[row["store"]] is None,
                distances[row["store"]] or 0.0,
            )
        )
        return choices

    def _o2o_get_home_position(self):
        """Where the member sets out to collect: the own address, or its region.

        :return: tuple latitude, longitude; zeros when neither is known
        """
        self.ensure_one()
        # sudo: the member's own address; the address of this order is the store
        partner_sudo = self.partner_id.sudo()
        region = partner_sudo.o2o_region_id or self.o2o_region_id
        for position in (
            (partner_sudo.partner_latitude, partner_sudo.partner_longitude),
            (region.latitude, region.longitude),
        ):
            if has_coordinates(*position):
                return position
        return 0.0, 0.0

    def _o2o_say_distance(self, distance):
        """A distance in kilometres as a person would say it; nothing for ``None``."""
        if distance is None:
            return ""
        if distance < 1:
            # to the nearest 100 m: the position is that of an address at best
            return self.env._("%s m", max(100, round(distance * 10) * 100))
        return self.env._(
            "%s km", round(distance, 1) if distance < 10 else round(distance)
        )

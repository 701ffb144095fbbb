"""Which stores may see an order of the grab pool, and when (ROUT-03, idea 11)."""

from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain

#: grabbed and still to be prepared
UNFINISHED_STATES = ("accepted", "picking", "ready")


class O2oSourcing(models.AbstractModel):
    _inherit = "o2o.sourcing"

    @api.model
    def _get_pool_stores(self, fulfillment, at):
        """Stores that may see a pooled order at a moment; more of them as time passes.

        :param o2o.fulfillment fulfillment: a pooled one
        :param datetime at: naive UTC
        :return: ``o2o.store`` records, the nearest first
        """
        stores = self._get_pool_candidates(fulfillment)
        order = fulfillment.order_id
        latitude, longitude = self._get_destination(order)
        reach = self._get_pool_reach_km(fulfillment, at)
        near = []
        for store in stores:
            distance = store._get_distance_km(latitude, longitude)
            if distance is None or distance <= reach:
                near.append((distance or 0.0, store.id))
        found = self.env["o2o.store"].browse(store_id for _km, store_id in sorted(near))
        return found.filtered(
            lambda store: store._is_open_at(at) and not store._get_pool_refusal(at)
        )

    @api.model
    def _get_pool_candidates(self, fulfillment):
        """Stores that could serve it, however far: same city, all goods, not paused."""
        company = fulfillment.company_id
        stores = self.env["o2o.store"].search(
            Domain("company_id", "=", company.id)
            & Domain("is_head_office", "=", False)
            & Domain("is_paused", "=", False)
        )
        stores -= fulfillment._get_refusing_stores()
        order = fulfillment.order_id
        if order.o2o_region_id:
            city = order.o2o_region_id._get_city()
            stores = stores.filtered(
                lambda store: store.region_id and store.region_id._get_city() == city
            )
        wanted = order._o2o_get_wanted_quantities(fulfillment._get_wanted())
        free = stores._get_free_quantities(order.order_line.product_id)
        return stores.filtered(lambda store: not self._get_missing(wanted, free[store]))

    @api.model
    def _get_pool_reach_km(self, fulfillment, at):
        company = fulfillment.company_id
        started_at = fulfillment.pooled_at or at
        waited = max(at - started_at, timedelta()).total_seconds()
        steps = int(waited // company.o2o_pool_step_seconds) + 1
        return steps * company.o2o_pool_step_km

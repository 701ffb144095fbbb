from odoo import api, fields, models

from ..utils import has_coordinates


class O2oSourcing(models.AbstractModel):
    """Chooses the store that serves an order (ROUT-01, ROUT-04, ROUT-06).

    First version of the rules: in the city the member chose, the nearest open
    store that has every line; otherwise the head-office warehouse.
    """

    _name = "o2o.sourcing"
    _description = "Order sourcing"

    @api.model
    def _decide(self, order, wanted=None, rejected_by=None):
        """Choose the store, or stores, and record why.

        :param sale.order order: the order to serve
        :param dict wanted: ``{sale.order.line: quantity}``, default all goods of it
        :param o2o.store rejected_by: stores that turned this order down
        :return: ``o2o.routing.decision`` record
        """
        stores = self.env["o2o.store"]
        rejected_by = rejected_by or stores
        wanted = wanted or order._o2o_get_wanted()
        latitude, longitude = self._get_destination(order)
        picked_store = order._o2o_get_pickup_store()
        if picked_store and picked_store not in rejected_by:
            store, rule = picked_store, "pickup"
            facts = [
                self._prepare_fact(store, store._get_distance_km(latitude, longitude))
            ]
        else:
            facts = self._assess_stores(order, wanted, latitude, longitude, rejected_by)
            chosen = next((f for f in facts if not f["excluded_by"]), None)
            rule = "nearest" if chosen else "head_office"
            store = (
                stores.browse(chosen["store_id"])
                if chosen
                else order.company_id._o2o_ensure_head_office()
            )
        return self.env["o2o.routing.decision"].create(
            {
                "order_id": order.id,
                "region_id": order.o2o_region_id.id,
                "store_id": store.id,
                "rule": rule,
                "latitude": latitude,
                "longitude": longitude,
                "facts": facts,
                "parts": [self._prepare_part(store, wanted)] if store else [],
            }
        )

    @api.model
    def _prepare_part(self, store, wanted, via="offer"):
        """What one store is asked for; see ``o2o.routing.decision.parts``."""
        return {
            "store_id": store.id,
            "via": via,
            "lines": [[line.id, quantity] for line, quantity in wanted.items()],
        }

    @api.model
    def _get_regions_that_can_serve(self, order):
        """Where all goods of a cart are at hand now, head office included.

        :return: tuple ``(here, cities)``: whether the chosen region (or head
            office) can serve, and the ``o2o.region`` cities whose stores can
        """
        wanted = order._o2o_get_wanted_quantities()
        stores = self.env["o2o.store"].search(
            [("company_id", "=", order.company_id.id), ("is_paused", "=", False)]
        )
        if not wanted or not stores:
            return True, self.env["o2o.region"]
        free = stores._get_free_quantities(order.order_line.product_id)
        able = stores.filtered(lambda store: not self._get_missing(wanted, free[store]))
        cities = self.env["o2o.region"]
        for store in able.filtered("region_id"):
            cities |= store.region_id._get_city()
        if any(able.mapped("is_head_office")):
            return True, cities
        city = order.o2o_region_id and order.o2o_region_id._get_city()
        return (city in cities if city else bool(able)), cities

    @api.model
    def _assess_stores(self, order, wanted, latitude, longitude, rejected_by):
        """Facts about every store, the one to choose first.

        The order of the filters is the order in which a person would explain:
        wrong city, paused, closed, has refused, goods missing.
        """
        stores = self.env["o2o.store"].search(
            [
                ("company_id", "=", order.company_id.id),
                ("is_head_office", "=", False),
            ]
        )
        quantities = order._o2o_get_wanted_quantities(wanted)
        free = stores._get_free_quantities(order.order_line.product_id)
        city = order.o2o_region_id and order.o2o_region_id._get_city()
        now = fields.Datetime.now()
        facts = []
        for store in stores:
            missing = self._get_missing(quantities, free[store])
            reason = None
            if city and (not store.region_id or store.region_id._get_city() != city):
                reason = "region"
            elif store._is_paused_at(now):
                reason = "paused"
            elif not store._is_open_at(now):
                reason = "closed"
            elif store in rejected_by:
                reason = "rejected"
            elif missing:
                reason = "stock"
            facts.append(
                self._prepare_fact(
                    store,
                    store._get_distance_km(latitude, longitude),
                    excluded_by=reason,
                    missing=missing,
                )
            )
        facts.sort(key=self._fact_rank)
        for fact in [f for f in facts if not f["excluded_by"]][1:]:
            fact["excluded_by"] = "farther"
        return facts

    @api.model
    def _fact_rank(self, fact):
        """Sort key: able before unable, near before far, unknown distance last."""
        distance = fact["distance_km"]
        return (
            bool(fact["excluded_by"]),
            distance is None,
            distance or 0.0,
            fact["store_id"],
        )

    @api.model
    def _prepare_fact(self, store, distance, excluded_by=None, missing=()):
        return {
            "store_id": store.id,
            "store": store.name,
            "distance_km": None if distance is None else round(distance, 3),
            "excluded_by": excluded_by,
            "missing": list(missing),
        }

    @api.model
    def _get_missing(self, wanted, free):
        """:return: list of ``{"product", "wanted", "free"}`` for what is short"""
        return [
            {
                "product": product.display_name,
                "wanted": quantity,
                "free": max(free.get(product, 0.0), 0.0),
            }
            for product, quantity in wanted.items()
            if product.uom_id.compare(free.get(product, 0.0), quantity) < 0
        ]

    @api.model
    def _get_destination(self, order):
        """Where the goods go: the address itself, or the centre of its region."""
        partner = order.partner_shipping_id
        for latitude, longitude in (
            (partner.partner_latitude, partner.partner_longitude),
            (order.o2o_region_id.latitude, order.o2o_region_id.longitude),
        ):
            if has_coordinates(latitude, longitude):
                return latitude, longitude
        return 0.0, 0.0

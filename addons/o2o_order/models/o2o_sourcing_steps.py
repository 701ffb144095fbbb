from datetime import timedelta

from odoo import api, models

from ..lib.ranking import rank
from ..lib.rules import find_filter
from ..lib.splitting import can_serve, split
from ..utils import distance_km, has_coordinates

#: stores that could send goods to a transit store: the nearest so many are looked at
SOURCE_LIMIT = 200


class O2oSourcing(models.AbstractModel):
    """One store, several, or what comes after (ROUT-02 to 06, 09, 10)."""

    _inherit = "o2o.sourcing"

    # === ONE STORE, OR SEVERAL === #

    @api.model
    def _rank(self, rules, stores):
        return rank(stores, rules["weights"], rules["scales"])

    @api.model
    def _choose_store(self, request, rules, state, via="offer"):
        """The best store that has everything and passes every filter."""
        able = [row for row in state["candidates"] if not row["reason"]]
        for row in self._rank(rules, able):
            # a dozen is not put together from two halves
            if can_serve(request["lines"], row):
                return {
                    "rule": self._get_rule_name(rules),
                    "parts": [self._prepare_store_part(request, row["id"], via=via)],
                }
        return None

    @api.model
    def _get_rule_name(self, rules):
        weighty = [name for name, weight in rules["weights"].items() if weight]
        return "nearest" if weighty in ([], ["distance"]) else "best"

    @api.model
    def _choose_several(self, request, rules, state, via="offer"):
        """Few parcels that are each worth their way (HotWax: both parts)."""
        setting = rules["split"]
        if setting["max_parcels"] < 2:
            return None
        partial = [
            row
            for row in state["candidates"]
            if not row["reason"] or row["reason"] == "stock" and row["has_some"]
        ]
        self._rank(rules, partial)
        head_office = state.get("head_office")
        if (
            setting["with_head_office"]
            and head_office
            and head_office["has_some"]
            # what it can serve alone need not come in parcels
            and not can_serve(request["lines"], head_office)
        ):
            # the last choice among equal numbers of parcels
            head_office["total"], head_office["points"] = -1000.0, {}
            partial.append(head_office)
        parts = split(
            request["lines"], partial, setting["max_parcels"], setting["min_value"]
        )
        if not parts:
            return None
        return {
            "rule": "split",
            "parts": [
                self._prepare_store_part(request, store_id, quantities, via=via)
                for store_id, quantities in parts
            ],
        }

    @api.model
    def _prepare_store_part(self, request, store_id, quantities=None, via="offer"):
        """:param dict quantities: ``{sale line id: quantity}``, default all"""
        if quantities is None:
            quantities = {line.id: qty for line, qty in request["wanted"].items()}
        return {
            "store_id": store_id,
            "via": via,
            "lines": [[line_id, qty] for line_id, qty in quantities.items()],
        }

    @api.model
    def _plan_pickup(self, request, rules, state):
        """The store the member chose, which may have to be brought the goods."""
        store = request["pickup_store"]
        if not store or store.id in request["rejected_ids"]:
            return None
        rows = self._find_candidates(request, rules, store_ids=store.ids)
        state["candidates"] = [row for row in rows if row["id"] == store.id]
        found = {
            "rule": "pickup",
            "parts": [self._prepare_part(store, request["wanted"])],
        }
        for row in state["candidates"]:
            # the member's own choice beats every filter
            row["reason"] = None
            if can_serve(request["lines"], row) or "transit" not in rules["steps"]:
                continue
            part = self._bring_to(request, row, self._find_sources(request))
            if part:
                found["parts"] = [part]
            state["steps"].append({"step": "transit", "found": bool(part)})
        return found

    # === WHAT COMES AFTER === #

    @api.model
    def _try_step(self, kind, request, rules, state):
        """One step of the fallback chain, noted in ``state``."""
        found = getattr(self, f"_try_{kind}")(request, rules, state)
        state["steps"].append({"step": kind, "found": bool(found)})
        return found

    @api.model
    def _try_pool(self, request, rules, state):
        """Stores near enough may grab the order (ROUT-03)."""
        rows = self._find_pool_rows(request, rules)
        if not any(can_serve(request["lines"], row) for row in rows):
            return None
        part = self._prepare_part(self.env["o2o.store"], request["wanted"], via="pool")
        return {"rule": "pool", "parts": [part]}

    @api.model
    def _try_neighbours(self, request, rules, state):
        """The stores of the regions next door, and parcels from both (ROUT-04)."""
        region = request["region"]
        neighbours = region and region._get_neighbours()
        if not neighbours or not find_filter(rules, "region"):
            return None
        self._look_for_candidates(
            {**request, "is_elsewhere": True},
            rules,
            state,
            region_ids=(region | neighbours)._get_served_region_ids(),
        )
        found = self._choose_store(request, rules, state) or self._choose_several(
            request, rules, state
        )
        if found and found["rule"] != "split":
            found["rule"] = "neighbour"
        return found

    @api.model
    def _try_transit(self, request, rules, state):
        """Goods come to a transit store, and from there to the member (ROUT-09)."""
        hubs = [
            row
            for row in state["candidates"]
            if row["is_transit"] and row["reason"] == "stock" and row["is_known"]
        ]
        if not hubs:
            return None
        sources = self._find_sources(request)
        for row in hubs:
            row["share"] = self._get_share_at_hand(request, row)
        for row in self._rank(rules, hubs):
            part = self._bring_to(request, row, sources)
            if part:
                return {"rule": "transit", "parts": [part]}
        return None

    @api.model
    def _try_head_office(self, request, rules, state):
        """The operator serves what no store can (ROUT-06)."""
        head_office = state.get("head_office")
        if not head_office:
            return None
        has_goods = can_serve(request["lines"], head_office)
        if rules["head_office_needs_goods"] and not has_goods:
            return None
        return {
            "rule": "head_office",
            "parts": [self._prepare_store_part(request, head_office["id"])],
        }

    @api.model
    def _try_choice(self, request, rules, state):
        """The member chooses another region (ROUT-04)."""
        return self._plan_nobody(request)

    # === TRANSIT === #

    @api.model
    def _get_share_at_hand(self, request, row):
        """How much of the goods, by value, is on the store's own shelf (0 to 1)."""
        lacking = self._get_lacking_products(request, row)
        total = sum(line["quantity"] * line["value"] for line in request["lines"])
        here = sum(
            line["quantity"] * line["value"]
            for line in request["lines"]
            if line["product"] not in lacking
        )
        return here / total if total else 0.0

    @api.model
    def _get_lacking_products(self, request, row):
        """Products that have to be brought, all of them: ids."""
        return {
            product_id
            for product_id, need in request["needs"].items()
            if row["free"][product_id] < need - 1e-6
        }

    @api.model
    def _find_sources(self, request):
        """Head office and stores with goods that may be sent elsewhere.

        Whether a store is open does not matter: a transfer waits.
        """
        rules = {
            "filters": [{"kind": "paused", "value": 0.0, "by_promise": False}],
            "weights": {},
        }
        rows = self._find_candidates({**request, "is_elsewhere": True}, rules)
        sources = [
            row
            for row in rows
            if row["is_head_office"]
            or row["has_some"]
            and row["reason"] in (None, "stock")
        ]
        return sources[:SOURCE_LIMIT]

    @api.model
    def _bring_to(self, request, hub, sources):
        """A part for a transit store with what another one sends it, or None.

        One store sends everything that is missing: head office before stores, then
        the nearest to the transit store.
        """
        if not hub["is_transit"]:
            return None
        lacking = self._get_lacking_products(request, hub)
        able = [
            source
            for source in sources
            if source["id"] != hub["id"]
            and all(
                source["free"][product_id] >= request["needs"][product_id] - 1e-6
                for product_id in lacking
            )
        ]
        if not able or not lacking:
            return None
        source = min(able, key=lambda it: self._get_source_key(hub, it))
        part = self._prepare_store_part(request, hub["id"], via="transit")
        part["transit"] = {
            "store_id": source["id"],
            "lines": [
                [line["key"], line["quantity"]]
                for line in request["lines"]
                if line["product"] in lacking
            ],
        }
        return part

    @api.model
    def _get_source_key(self, hub, source):
        places = [(it["latitude"], it["longitude"]) for it in (hub, source)]
        if all(has_coordinates(*place) for place in places):
            distance = distance_km(*places[0], *places[1])
        else:
            distance = float("inf")
        return not source["is_head_office"], distance, source["id"]

    # === BEFORE THE PAYMENT === #

    @api.model
    def _get_regions_that_can_serve(self, order):
        """Where the goods of a cart are at hand now, head office included.

        Hours and capacity do not count here: they change until the goods are sent.

        :return: tuple ``(here, cities)``: whether the chosen region (or head
            office) can serve, and when not, the ``o2o.region`` cities whose stores can
        """
        cities = self.env["o2o.region"]
        request = self._prepare_request(order)
        stores = self.env["o2o.store"].search_count(
            [("company_id", "=", order.company_id.id)], limit=1
        )
        if not request["needs"] or not stores:
            return True, cities
        rules = self._get_shelf_rules(order)
        if self._plan(request, rules)["rule"] != "nobody":
            return True, cities
        places = ("region", "distance")
        everywhere = [it for it in rules["filters"] if it["kind"] not in places]
        rows = self._find_candidates(request, {**rules, "filters": everywhere})
        for region in cities.browse(
            {row["region_id"] for row in rows if row["region_id"] and not row["reason"]}
        ):
            cities |= region._get_city()
        return False, cities

    @api.model
    def _get_shelf_rules(self, order):
        """The company's rules without what depends on the time of the day."""
        rule_set = self.env["o2o.sourcing.rule.set"]._get_published(order.company_id)
        rules = rule_set._get_rules()
        timely = ("open", "capacity")
        return {
            **rules,
            "method": "offer",
            "head_office_needs_goods": True,
            "filters": [it for it in rules["filters"] if it["kind"] not in timely],
            "steps": [it for it in rules["steps"] if it not in ("pool", "choice")],
        }

    @api.model
    def _add_minutes(self, moment, minutes):
        return moment + timedelta(minutes=minutes)

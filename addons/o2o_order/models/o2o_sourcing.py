from odoo import api, fields, models

from ..utils import has_coordinates


class O2oSourcing(models.AbstractModel):
    """Chooses the store, or stores, that serve an order (ROUT-01 to 06, 09, 10).

    ``_plan`` answers without writing anything, ``_decide`` keeps the answer. What is
    known about stores comes from one statement (``o2o_sourcing_candidates``); the rules
    are data (``lib/rules.py``); ranking and splitting are plain functions in ``lib``.
    """

    _name = "o2o.sourcing"
    _description = "Order sourcing"

    # === THE DECISION === #

    @api.model
    def _decide(self, order, wanted=None, rejected_by=None):
        """Choose the store, or stores, and record why.

        Steps named in the context key ``o2o_skip_steps`` are left out, for example
        ``("pool",)`` when nobody has grabbed the order.

        :param sale.order order: the order to serve
        :param dict wanted: ``{sale.order.line: quantity}``, default all goods of it
        :param o2o.store rejected_by: stores that turned this order down
        :return: ``o2o.routing.decision`` record
        """
        request = self._prepare_request(order, wanted, rejected_by)
        rule_set = self.env["o2o.sourcing.rule.set"]._get_published(order.company_id)
        order.company_id._o2o_ensure_head_office()
        plan = self._plan(request, rule_set._get_rules())
        return self.env["o2o.routing.decision"].create(
            {
                "order_id": order.id,
                "region_id": request["region"].id,
                "rule_set_id": rule_set.id,
                "store_id": next((part["store_id"] for part in plan["parts"]), False),
                "rule": plan["rule"],
                "latitude": request["latitude"],
                "longitude": request["longitude"],
                "facts": plan["facts"],
                "counts": plan["counts"],
                "steps": plan["steps"],
                "parts": plan["parts"],
            }
        )

    @api.model
    def _decide_by_hand(self, order, store, wanted, rule):
        """A person chose the store: a decision like any other, with what was known.

        :param o2o.store store: the store to ask
        :param dict wanted: ``{sale.order.line: quantity}``
        :param str rule: who chose, a value of ``o2o.routing.decision.rule``
        :return: ``o2o.routing.decision`` record
        """
        latitude, longitude = self._get_destination(order)
        distance = store._get_distance_km(latitude, longitude)
        return self.env["o2o.routing.decision"].create(
            {
                "order_id": order.id,
                "region_id": order.o2o_region_id.id,
                "store_id": store.id,
                "rule": rule,
                "latitude": latitude,
                "longitude": longitude,
                "facts": [
                    {
                        "store_id": store.id,
                        "store": store.name,
                        "distance_km": None if distance is None else round(distance, 3),
                        "excluded_by": None,
                        "missing": [],
                    }
                ],
                "parts": [self._prepare_part(store, wanted)],
            }
        )

    @api.model
    def _plan(self, request, rules):
        """What the rules make of a request; nothing is written.

        :param dict request: see ``_prepare_request``
        :param dict rules: see ``lib/rules.py``
        :return: dict ``rule``, ``parts``, ``facts``, ``counts``, ``steps``
        """
        state = {"candidates": [], "counts": {}, "steps": []}
        found = self._plan_pickup(request, rules, state)
        if not found:
            self._look_for_candidates(request, rules, state)
            found = self._plan_first(request, rules, state)
        for kind in rules["steps"]:
            if found:
                break
            if kind not in request["skip"]:
                found = self._try_step(kind, request, rules, state)
        if not found:
            found = self._plan_nobody(request)
        return {
            **found,
            "facts": self._prepare_facts(request, rules, state, found),
            "counts": state["counts"],
            "steps": state["steps"],
        }

    @api.model
    def _plan_first(self, request, rules, state):
        """The best store with all goods, several when none has, or the pool first."""
        if rules["method"] == "pool" and "pool" not in request["skip"]:
            found = self._try_step("pool", request, rules, state)
            if found:
                return found
        return self._choose_store(request, rules, state) or self._choose_several(
            request, rules, state
        )

    @api.model
    def _plan_nobody(self, request):
        """Nobody can: the order waits for the member, or a person at head office."""
        part = self._prepare_part(
            self.env["o2o.store"], request["wanted"], via="choice"
        )
        return {"rule": "nobody", "parts": [part]}

    # === WHAT IS ASKED === #

    @api.model
    def _prepare_request(self, order, wanted=None, rejected_by=None, at=None):
        """What has to be known about an order to find its stores.

        :param datetime at: as if it were then, naive UTC; default now
        """
        wanted = wanted or order._o2o_get_wanted()
        latitude, longitude = self._get_destination(order)
        needs, lines, names = {}, [], {}
        for line, quantity in wanted.items():
            product = line.product_id
            factor = line.product_uom_id._compute_quantity(
                1.0, product.uom_id, round=False
            )
            # what Odoo does not count is always there
            is_counted = product.is_storable
            if is_counted:
                needs[product.id] = needs.get(product.id, 0.0) + quantity * factor
                names[product.id] = product.display_name
            ordered = line.product_uom_qty
            lines.append(
                {
                    "key": line.id,
                    "product": product.id if is_counted else None,
                    "quantity": quantity,
                    "factor": factor,
                    "value": line.price_total / ordered if ordered else 0.0,
                }
            )
        categories = {
            int(it)
            for line in wanted
            for it in (line.product_id.categ_id.parent_path or "").split("/")
            if it
        }
        return {
            "order": order,
            "company": order.company_id,
            "wanted": wanted,
            "lines": lines,
            "needs": needs,
            "names": names,
            "category_ids": sorted(categories),
            "region": order.o2o_region_id,
            "latitude": latitude,
            "longitude": longitude,
            "has_position": has_coordinates(latitude, longitude),
            "channel": self._get_channel(order),
            "at": at or fields.Datetime.now(),
            "promised_at": order.commitment_date or None,
            "rejected_ids": (rejected_by or self.env["o2o.store"]).ids,
            "pickup_store": order._o2o_get_pickup_store(),
            # what is worked out once for all statements of this request
            "cache": {},
            "skip": tuple(self.env.context.get("o2o_skip_steps", ())),
        }

    @api.model
    def _get_channel(self, order):
        """Where an order comes from: ``web`` or ``manual``."""
        return "web" if order.website_id else "manual"

    @api.model
    def _prepare_part(self, store, wanted, via="offer"):
        """What one store is asked for; see ``o2o.routing.decision.parts``."""
        return {
            "store_id": store.id,
            "via": via,
            "lines": [[line.id, quantity] for line, quantity in wanted.items()],
        }

    @api.model
    def _get_missing(self, wanted, free):
        """What a stock lacks.

        :param dict wanted: ``{product: quantity}``
        :param dict free: ``{product: quantity}`` that may be taken
        :return: list of ``{"product", "wanted", "free"}`` for what is short
        """
        return [
            {
                "product": product.display_name,
                "wanted": quantity,
                "free": max(free.get(product, 0.0), 0.0),
            }
            for product, quantity in wanted.items()
            if product.is_storable
            and product.uom_id.compare(free.get(product, 0.0), quantity) < 0
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

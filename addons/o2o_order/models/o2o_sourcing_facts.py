from odoo import api, models

from .o2o_sourcing_candidates import FACT_LIMIT


class O2oSourcing(models.AbstractModel):
    """What is kept of a decision, so that "why" can be answered (idea 7)."""

    _inherit = "o2o.sourcing"

    @api.model
    def _prepare_facts(self, request, rules, state, found):
        """The first stores by rank, with score or the filter that removed each.

        :return: list of dicts, see ``o2o.routing.decision``
        """
        chosen = {part["store_id"] for part in found["parts"]}
        rows = list(state["candidates"])
        # head office is named where it takes something
        head_office = state.get("head_office")
        if found["rule"] == "split" and head_office and head_office["id"] in chosen:
            rows.append(head_office)
        rows.sort(key=lambda row: self._fact_rank(row, chosen))
        rows = rows[:FACT_LIMIT]
        names = {
            store.id: store.name
            for store in self.env["o2o.store"].browse([row["id"] for row in rows])
        }
        beaten = "farther" if self._get_rule_name(rules) == "nearest" else "lower"
        return [
            self._prepare_fact(request, row, names[row["id"]], chosen, beaten)
            for row in rows
        ]

    @api.model
    def _fact_rank(self, row, chosen):
        """Chosen first, then by rank, then what was left out, the nearer before."""
        distance = row["distance"]
        return (
            row["id"] not in chosen,
            bool(row["reason"]),
            -round(row.get("total") or 0.0, 6) if not row["reason"] else 0.0,
            distance is None,
            distance or 0.0,
            row["id"],
        )

    @api.model
    def _prepare_fact(self, request, row, name, chosen, beaten):
        distance = row["distance"]
        is_chosen = row["id"] in chosen
        fact = {
            "store_id": row["id"],
            "store": name,
            "distance_km": None if distance is None else round(distance, 3),
            "excluded_by": None if is_chosen else row["reason"] or beaten,
            "missing": self._get_row_missing(request, row),
        }
        if row["is_known"]:
            fact["free"] = {str(key): qty for key, qty in row["free"].items()}
            fact["load"] = row["load"]
        if row.get("points") and (is_chosen or not row["reason"]):
            fact["score"] = round(row["total"], 2)
            fact["points"] = {
                name: round(points, 2) for name, points in row["points"].items()
            }
        return fact

    @api.model
    def _get_row_missing(self, request, row):
        """:return: list of ``{"product", "wanted", "free"}`` for what is short"""
        if not row["is_known"]:
            return []
        return [
            {
                "product": request["names"][product_id],
                "wanted": need,
                "free": max(row["free"][product_id], 0.0),
            }
            for product_id, need in request["needs"].items()
            if row["free"][product_id] < need - 1e-6
        ]

    @api.model
    def _assess_stores(self, order, wanted, latitude, longitude, rejected_by):
        """Facts about the stores for an order, the one to choose first.

        What the rules in use say of the first step, without anything being chosen.
        """
        request = self._prepare_request(order, wanted, rejected_by)
        request.update(latitude=latitude, longitude=longitude)
        rules = self.env["o2o.sourcing.rule.set"]._get_published(order.company_id)
        rules = rules._get_rules()
        state = {"candidates": [], "counts": {}, "steps": []}
        self._look_for_candidates(request, rules, state)
        found = self._choose_store(request, rules, state) or {"parts": [], "rule": ""}
        return self._prepare_facts(request, rules, state, found)

from odoo import api, fields, models
from odoo.exceptions import UserError


class O2oRoutingDecision(models.Model):
    """The facts one routing decision was made on, kept as they were (invariant 10).

    ``facts`` is a list, in rank order, of dicts: ``store_id``, ``store`` (name at
    that time), ``distance_km`` (float or null), ``excluded_by`` (code or null) and
    ``missing`` (list of ``{"product", "wanted", "free"}``).

    ``parts`` is the outcome, a dict for each fulfillment: ``store_id`` (false while
    no store is chosen), ``via`` (how it is put before stores, see
    ``o2o.fulfillment._present``) and ``lines`` (list of ``[sale line id, quantity]``).
    """

    _name = "o2o.routing.decision"
    _description = "Routing decision"
    _order = "id desc"

    order_id = fields.Many2one(
        "sale.order", required=True, index=True, ondelete="cascade"
    )
    fulfillment_id = fields.Many2one(
        "o2o.fulfillment", index="btree_not_null", ondelete="cascade"
    )
    company_id = fields.Many2one(related="order_id.company_id", store=True, index=True)
    region_id = fields.Many2one("o2o.region", ondelete="restrict")
    store_id = fields.Many2one("o2o.store", index=True, ondelete="restrict")
    rule = fields.Selection(
        [
            ("nearest", "Nearest open store with all goods"),
            ("head_office", "Head office: no store can take it"),
            ("pickup", "Store chosen by the member"),
        ],
        required=True,
    )
    latitude = fields.Float(digits=(10, 7))
    longitude = fields.Float(digits=(10, 7))
    # not required: Odoo stores an empty list (no store yet) as NULL
    facts = fields.Json()
    parts = fields.Json()
    explanation = fields.Text(compute="_compute_explanation")

    @api.depends("facts", "rule", "store_id", "region_id")
    def _compute_explanation(self):
        for decision in self:
            decision.explanation = "\n".join(decision._get_explanation_lines())

    def _get_explanation_lines(self):
        """The decision in plain words, in the language of the reader."""
        self.ensure_one()
        rules = dict(self._fields["rule"]._description_selection(self.env))
        lines = [
            self.env._(
                "%(store)s: %(rule)s",
                store=self.store_id.name,
                rule=rules[self.rule],
            )
        ]
        lines.extend(self._explain_candidate(fact) for fact in self.facts or [])
        return lines

    def _explain_candidate(self, fact):
        reason = fact.get("excluded_by")
        if reason == "stock":
            missing = ", ".join(
                self.env._(
                    "%(product)s (%(free)g of %(wanted)g)",
                    product=item["product"],
                    free=item["free"],
                    wanted=item["wanted"],
                )
                for item in fact["missing"]
            )
            text = self.env._("left out, goods missing: %s", missing)
        elif reason:
            text = {
                "region": self.env._("left out, other city"),
                "closed": self.env._("left out, closed at that time"),
                "paused": self.env._("left out, paused"),
                "rejected": self.env._("left out, has rejected this order"),
                "farther": self.env._("could serve, but is farther away"),
            }.get(reason, reason)
        else:
            text = self.env._("chosen")
        if fact.get("distance_km") is None:
            return f"- {fact['store']}: {text}"
        return self.env._(
            "- %(store)s (%(distance).1f km): %(result)s",
            store=fact["store"],
            distance=fact["distance_km"],
            result=text,
        )

    def write(self, vals):
        if set(vals) - {"fulfillment_id"}:
            raise UserError(
                self.env._("A routing decision is a record of facts: it cannot change.")
            )
        return super().write(vals)

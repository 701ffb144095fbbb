from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

#: how long a store may ask why it did not get an order
MISSED_HOURS = 24
MISSED_LIMIT = 20


class O2oRoutingDecision(models.Model):
    """The facts one routing decision was made on, kept as they were (invariant 10).

    ``facts`` is a list, in rank order, of dicts: ``store_id``, ``store`` (name at
    that time), ``distance_km`` (float or null), ``excluded_by`` (code or null),
    ``missing`` (list of ``{"product", "wanted", "free"}``), and where known ``free``
    (``{product id: quantity}``), ``load`` (open orders), ``score`` (of 100) and
    ``points`` (``{criterion: share of the score}``). Only the first stores are named;
    ``counts`` says how many there were in all, by ``able`` or the code of the filter.
    ``steps`` lists what was tried after: ``{"step", "found"}``.

    ``parts`` is the outcome, a dict for each fulfillment: ``store_id`` (false while
    no store is chosen), ``via`` (how it is put before stores, see
    ``o2o.fulfillment._present``), ``lines`` (list of ``[sale line id, quantity]``) and,
    for ``via`` transit, ``transit`` (``{"store_id", "lines"}``: who sends what).
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
    rule_set_id = fields.Many2one(
        "o2o.sourcing.rule.set",
        string="Rules",
        ondelete="restrict",
        index="btree_not_null",
        help="Empty: the built-in rules",
    )
    rule = fields.Selection(
        [
            ("nearest", "Nearest open store with all goods"),
            ("head_office", "Head office: no store can take it"),
            ("pickup", "Store chosen by the member"),
            ("best", "Best store with all goods"),
            ("split", "Several stores together"),
            ("pool", "Stores near enough may grab it"),
            ("neighbour", "Store of a neighbouring region"),
            ("transit", "Transit store, the goods are brought there"),
            ("nobody", "No store can: the member chooses another region"),
        ],
        required=True,
    )
    latitude = fields.Float(digits=(10, 7))
    longitude = fields.Float(digits=(10, 7))
    # not required: Odoo stores an empty list (no store yet) as NULL
    facts = fields.Json()
    counts = fields.Json()
    steps = fields.Json()
    parts = fields.Json()
    explanation = fields.Text(compute="_compute_explanation")
    table_html = fields.Html(
        string="Stores considered", compute="_compute_table_html", sanitize=False
    )

    _created_idx = models.Index("(company_id, create_date)")

    # === IN PLAIN WORDS, TO HEAD OFFICE === #

    @api.depends("facts", "rule", "store_id", "region_id")
    def _compute_explanation(self):
        for decision in self:
            decision.explanation = "\n".join(decision._get_explanation_lines())

    def _get_explanation_lines(self):
        """The decision in plain words, in the language of the reader."""
        self.ensure_one()
        lines = [self._get_outcome_text()]
        lines.extend(self._explain_candidate(fact) for fact in self.facts or [])
        lines.extend(self._get_count_lines())
        lines.extend(self._get_step_lines())
        return lines

    def _get_outcome_text(self):
        rules = dict(self._fields["rule"]._description_selection(self.env))
        stores = self.env["o2o.store"].browse(
            [part["store_id"] for part in self.parts or [] if part["store_id"]]
        )
        names = ", ".join(stores.mapped("name")) or self.store_id.name
        if not names:
            return rules[self.rule]
        return self.env._(
            "%(store)s: %(rule)s",
            store=names,
            rule=rules[self.rule],
        )

    def _explain_candidate(self, fact):
        text = self._explain_fact(fact)
        if fact.get("score") is not None:
            text = self.env._(
                "%(result)s; %(score).0f points (%(points)s)",
                result=text,
                score=fact["score"],
                points=self._explain_points(fact),
            )
        if fact.get("distance_km") is None:
            return f"- {fact['store']}: {text}"
        return self.env._(
            "- %(store)s (%(distance).1f km): %(result)s",
            store=fact["store"],
            distance=fact["distance_km"],
            result=text,
        )

    def _explain_fact(self, fact):
        """What became of one store."""
        reason = fact.get("excluded_by")
        if reason == "stock":
            return self.env._(
                "left out, goods missing: %s", self._explain_missing(fact)
            )
        if reason:
            return self._get_reason_texts().get(reason, reason)
        part = self._get_part_of_store(fact["store_id"])
        transit = part.get("transit")
        if transit:
            source = self.env["o2o.store"].browse(transit["store_id"])
            return self.env._("chosen; goods are brought from %s", source.name)
        if len(self.parts or []) > 1 and part:
            goods = self._explain_lines(part["lines"])
            return self.env._("chosen for a part: %s", goods)
        return self.env._("chosen")

    def _get_reason_texts(self):
        return {
            "region": self.env._("left out, other city"),
            "distance": self.env._("left out, too far away"),
            "area": self.env._("left out, address outside its service area"),
            "channel": self.env._("left out, does not serve such orders"),
            "closed": self.env._("left out, closed at that time"),
            "paused": self.env._("left out, paused"),
            "capacity": self.env._("left out, no capacity left"),
            "goods": self.env._("left out, may not sell some of the goods"),
            "rejected": self.env._("left out, has rejected this order"),
            "farther": self.env._("could serve, but is farther away"),
            "lower": self.env._("could serve, but has fewer points"),
        }

    def _explain_missing(self, fact):
        return ", ".join(
            self.env._(
                "%(product)s (%(free)g of %(wanted)g)",
                product=item["product"],
                free=item["free"],
                wanted=item["wanted"],
            )
            for item in fact["missing"]
        )

    def _explain_points(self, fact):
        labels = self.env["o2o.sourcing.rule.set"]._get_criterion_labels()
        return ", ".join(
            f"{labels[name]} {points:.0f}" for name, points in fact["points"].items()
        )

    def _explain_lines(self, lines):
        quantities = dict(map(tuple, lines))
        records = self.env["sale.order.line"].browse(quantities).exists()
        return ", ".join(
            f"{line.product_id.display_name} × {quantities[line.id]:g}"
            for line in records
        )

    def _get_part_of_store(self, store_id):
        return next(
            (part for part in self.parts or [] if part["store_id"] == store_id), {}
        )

    def _get_count_lines(self):
        """How many stores are not named, for each reason."""
        named = {}
        for fact in self.facts or []:
            reason = fact.get("excluded_by")
            key = "able" if reason in (None, "farther", "lower") else reason
            named[key] = named.get(key, 0) + 1
        texts = {
            **self._get_reason_texts(),
            "stock": self.env._("left out, goods missing"),
            "able": self.env._(
                "could serve, but are farther away or have fewer points"
            ),
        }
        return [
            self.env._(
                "- %(count)s more stores: %(reason)s",
                count=count - named.get(reason, 0),
                reason=texts.get(reason, reason),
            )
            for reason, count in (self.counts or {}).items()
            if count > named.get(reason, 0)
        ]

    def _get_step_lines(self):
        labels = dict(
            self.env["o2o.sourcing.step"]
            ._fields["kind"]
            ._description_selection(self.env)
        )
        return [
            self.env._(
                "Tried: %(step)s – %(result)s",
                step=labels[it["step"]],
                result=self.env._("yes") if it["found"] else self.env._("no"),
            )
            for it in self.steps or []
        ]

    @api.depends("facts", "counts", "steps", "parts")
    def _compute_table_html(self):
        """The table of stores for people; the texts are escaped by the template."""
        labels = self.env["o2o.sourcing.rule.set"]._get_criterion_labels()
        for decision in self:
            facts = decision.facts or []
            criteria = list(
                dict.fromkeys(
                    name for fact in facts for name in fact.get("points") or {}
                )
            )
            decision.table_html = self.env["ir.qweb"]._render(
                "o2o_order.o2o_routing_decision_table",
                {
                    "outcome": decision._get_outcome_text(),
                    "criteria": [labels[name] for name in criteria],
                    "rows": [
                        {
                            "store": fact["store"],
                            "distance": fact.get("distance_km"),
                            "score": fact.get("score"),
                            "points": [
                                (fact.get("points") or {}).get(name)
                                for name in criteria
                            ],
                            "result": decision._explain_fact(fact),
                            "is_chosen": not fact.get("excluded_by"),
                        }
                        for fact in facts
                    ],
                    "rest": decision._get_count_lines(),
                    "steps": decision._get_step_lines(),
                },
            )

    # === TO THE STORE === #

    def _explain_to_store(self, store):
        """Why a store got an order or did not, without a word about other stores.

        :return: text, empty when the store was not looked at
        """
        self.ensure_one()
        fact = next((it for it in self.facts or [] if it["store_id"] == store.id), None)
        if fact is None:
            return ""
        reason = fact["excluded_by"]
        if not reason:
            part = self._get_part_of_store(store.id)
            if len(self.parts or []) > 1 and part:
                return self.env._(
                    "You got a part of it: %s.", self._explain_lines(part["lines"])
                )
            return self.env._("You got it.")
        if reason == "stock":
            missing = ", ".join(
                self.env._(
                    "%(short)g of %(wanted)g %(product)s missing",
                    short=item["wanted"] - item["free"],
                    wanted=item["wanted"],
                    product=item["product"],
                )
                for item in fact["missing"]
            )
            return self.env._("You did not get it: %s.", missing)
        texts = {
            "region": self.env._("the member chose another city"),
            "distance": self.env._("the address is too far away"),
            "area": self.env._("the address is outside your service area"),
            "channel": self.env._("you do not serve such orders"),
            "closed": self.env._("you were closed"),
            "paused": self.env._("you were paused"),
            "capacity": self.env._("you had no capacity left"),
            "goods": self.env._("you may not sell some of the goods"),
            "rejected": self.env._("you rejected it before"),
            "farther": self.env._("another store was nearer"),
            "lower": self.env._("another store had more points"),
        }
        return self.env._("You did not get it: %s.", texts.get(reason, reason))

    @api.model
    def pos_missed_orders(self, config_id):
        """Which orders of the last day the till's store did not get, and why (idea 7).

        Neither the member nor the store that got the order is named.

        :return: list of dict ``at``, ``text``, ``distance_km``
        :raise AccessError: when the caller is not staff of the till's store
        """
        store_sudo = self.env["o2o.fulfillment"]._get_pos_store_sudo(config_id)
        if not store_sudo:
            return []
        since = fields.Datetime.now() - timedelta(hours=MISSED_HOURS)
        self.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT d.id
                  FROM o2o_routing_decision d
                 WHERE d.company_id = %s AND d.create_date > %s
                   AND d.facts @> jsonb_build_array(
                           jsonb_build_object('store_id', %s))
              ORDER BY d.id DESC
                 LIMIT %s
                """,
                store_sudo.company_id.id,
                since,
                store_sudo.id,
                10 * MISSED_LIMIT,
            )
        )
        missed = []
        # sudo: the store was checked above; only what concerns it is told
        for decision in self.sudo().browse([row[0] for row in rows]):
            fact = next(f for f in decision.facts if f["store_id"] == store_sudo.id)
            # where it is somebody else's city, there was nothing to miss
            if fact["excluded_by"] in (None, "region", "rejected"):
                continue
            missed.append(
                {
                    "at": fields.Datetime.to_string(decision.create_date),
                    "text": decision._explain_to_store(store_sudo),
                    "distance_km": fact["distance_km"],
                }
            )
        return missed[:MISSED_LIMIT]

    # === CRUD === #

    def write(self, vals):
        if set(vals) - {"fulfillment_id"}:
            raise UserError(
                self.env._("A routing decision is a record of facts: it cannot change.")
            )
        return super().write(vals)

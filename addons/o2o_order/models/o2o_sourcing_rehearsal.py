import hashlib
import json
from collections import Counter
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ..lib.rules import find_filter

BATCH = 50
#: how long an order keeps a store busy, where nobody knows better
OPEN_MINUTES = 60
#: what is not a matter of the rules, and is taken from the record of that time
RECORDED_REASONS = ("paused", "capacity", "rejected")


class O2oSourcingRehearsal(models.Model):
    """Past orders, routed again by a draft: what would be different (idea 8).

    Nothing of an order is touched. Orders are taken one after the other as they came,
    and load the stores of the rehearsal; the same data give the same result.
    """

    _name = "o2o.sourcing.rehearsal"
    _description = "Rehearsal of sourcing rules"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name")
    rule_set_id = fields.Many2one(
        "o2o.sourcing.rule.set",
        string="Rules",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        related="rule_set_id.company_id", store=True, index=True
    )
    date_from = fields.Datetime(
        string="From",
        required=True,
        default=lambda self: fields.Datetime.now() - timedelta(days=30),
    )
    date_to = fields.Datetime(
        string="To", required=True, default=lambda self: fields.Datetime.now()
    )
    basis = fields.Selection(
        [
            ("then", "Stock as it was then, as far as it was written down"),
            ("now", "Stock as it is now"),
        ],
        required=True,
        default="then",
    )
    basis_note = fields.Text(compute="_compute_basis_note")
    state = fields.Selection(
        [
            ("draft", "Not started"),
            ("running", "Running"),
            ("done", "Finished"),
            ("stopped", "Stopped"),
        ],
        required=True,
        readonly=True,
        default="draft",
        index=True,
        copy=False,
    )
    total_count = fields.Integer(string="Orders", readonly=True, copy=False)
    done_count = fields.Integer(string="Rehearsed", readonly=True, copy=False)
    progress = fields.Integer(compute="_compute_progress")
    last_decision_id = fields.Integer(readonly=True, copy=False)
    started_at = fields.Datetime(readonly=True, copy=False)
    finished_at = fields.Datetime(readonly=True, copy=False)
    digest = fields.Char(
        string="Fingerprint",
        readonly=True,
        copy=False,
        help="Two rehearsals with the same fingerprint had the same result",
    )
    order_ids = fields.One2many(
        "o2o.sourcing.rehearsal.order", "rehearsal_id", readonly=True
    )
    changed_ids = fields.One2many(
        "o2o.sourcing.rehearsal.order",
        "rehearsal_id",
        string="Orders that would go elsewhere",
        domain=[("is_changed", "=", True)],
        readonly=True,
    )
    store_ids = fields.One2many(
        "o2o.sourcing.rehearsal.store", "rehearsal_id", readonly=True
    )
    changed_count = fields.Integer(readonly=True, copy=False, string="Go elsewhere")
    one_parcel_before = fields.Float(readonly=True, copy=False)
    one_parcel_after = fields.Float(readonly=True, copy=False)
    split_before = fields.Float(readonly=True, copy=False)
    split_after = fields.Float(readonly=True, copy=False)
    head_office_before = fields.Float(readonly=True, copy=False)
    head_office_after = fields.Float(readonly=True, copy=False)
    nobody_before = fields.Float(readonly=True, copy=False)
    nobody_after = fields.Float(readonly=True, copy=False)
    distance_before = fields.Float(readonly=True, copy=False)
    distance_after = fields.Float(readonly=True, copy=False)
    winner_count = fields.Integer(
        string="Stores with more orders", readonly=True, copy=False
    )
    loser_count = fields.Integer(
        string="Stores with fewer orders", readonly=True, copy=False
    )
    summary = fields.Text(compute="_compute_summary")
    can_publish = fields.Boolean(compute="_compute_can_publish")

    _dates_order = models.Constraint(
        "CHECK (date_from < date_to)", "A rehearsal begins before it ends."
    )

    # === COMPUTES === #

    @api.depends("rule_set_id.display_name", "date_from", "date_to")
    def _compute_name(self):
        for it in self:
            it.name = self.env._(
                "%(rules)s: %(start)s to %(end)s",
                rules=it.rule_set_id.display_name,
                start=fields.Date.to_string(it.date_from),
                end=fields.Date.to_string(it.date_to),
            )

    @api.depends("basis")
    def _compute_basis_note(self):
        then = self.env._(
            "Each order meets the stores named in its decision of that time (up to 30),"
            " with the stock written down there. Head office, neighbouring regions,"
            " transit and the grab pool meet the stock of now. Hours and settings of"
            " the stores are those of now, at the time of the order."
        )
        now = self.env._(
            "Every order meets the stock as it is now, whole: what one order takes is"
            " not missing for the next. Hours and settings of the stores are those of"
            " now, at the time of the order."
        )
        load = self.env._(
            "The load of a store is what the rehearsal gave it in the hour before. What"
            " happened is the first decision for each order, before any rejection."
        )
        for it in self:
            it.basis_note = f"{then if it.basis == 'then' else now} {load}"

    @api.depends("total_count", "done_count")
    def _compute_progress(self):
        for it in self:
            it.progress = 100 * it.done_count // it.total_count if it.total_count else 0

    @api.depends("state", "rule_set_id.state")
    @api.depends_context("uid")
    def _compute_can_publish(self):
        is_manager = self.env.user.has_group("o2o_order.o2o_order_group_manager")
        for it in self:
            it.can_publish = (
                is_manager and it.state == "done" and it.rule_set_id.state == "draft"
            )

    @api.depends("state", "changed_count", "one_parcel_after", "distance_after")
    def _compute_summary(self):
        for it in self:
            it.summary = it._get_summary() if it.state == "done" else ""

    def _get_summary(self):
        self.ensure_one()
        if not self.done_count:
            return self.env._("There were no orders in this time.")
        return "\n".join(
            [
                self.env._(
                    "%(changed)s of %(total)s orders would go elsewhere.",
                    changed=self.changed_count,
                    total=self.done_count,
                ),
                self.env._(
                    "In one parcel from one store: %(before).1f %% before,"
                    " %(after).1f %% with these rules.",
                    before=self.one_parcel_before,
                    after=self.one_parcel_after,
                ),
                self.env._(
                    "Average distance: %(before).2f km before, %(after).2f km with"
                    " these rules.",
                    before=self.distance_before,
                    after=self.distance_after,
                ),
                self.env._(
                    "%(winners)s stores would get more orders, %(losers)s fewer.",
                    winners=self.winner_count,
                    losers=self.loser_count,
                ),
            ]
        )

    # === ACTIONS === #

    def action_start(self):
        """Begin, or begin anew; the work is done in the background."""
        for it in self:
            it.check_access("write")
            if it.state == "running":
                continue
            it.order_ids.unlink()
            it.store_ids.unlink()
            it.write(
                {
                    "state": "running",
                    "total_count": it._count_decisions(),
                    "done_count": 0,
                    "last_decision_id": 0,
                    "started_at": fields.Datetime.now(),
                    "finished_at": False,
                    "digest": False,
                }
            )
        # sudo: a manager of online orders may start a job, which is system's otherwise
        self.env.ref("o2o_order.o2o_sourcing_rehearsal_cron").sudo()._trigger()

    def action_stop(self):
        self.filtered(lambda it: it.state == "running").write({"state": "stopped"})

    def action_publish(self):
        """The rules of this rehearsal from now on."""
        self.ensure_one()
        if self.state != "done":
            raise UserError(self.env._("The rehearsal has not finished yet."))
        self.rule_set_id.action_publish()

    def action_refresh(self):
        """Only shows the progress of now."""

    # === THE WORK === #

    @api.model
    def _cron_run(self):
        """Rehearse in batches; each is kept, so a restart goes on where it was."""
        cron = self.env["ir.cron"]
        running = self.search([("state", "=", "running")], order="id")
        cron._commit_progress(
            remaining=sum(it.total_count - it.done_count for it in running)
        )
        for rehearsal in running:
            while rehearsal.state == "running":
                done = rehearsal._run_batch()
                if not cron._commit_progress(done):
                    return

    def _run_batch(self, limit=BATCH):
        """Rehearse the next orders.

        :return: how many
        """
        self.ensure_one()
        decisions = self._get_next_decisions(limit)
        if not decisions:
            self._finish()
            return 0
        rules = self.rule_set_id._get_rules()
        given = self._get_given(decisions[0].create_date)
        lines = []
        for decision in decisions:
            vals = self._rehearse(decision, rules, given)
            if vals:
                lines.append(vals)
        self.env["o2o.sourcing.rehearsal.order"].create(lines)
        self.last_decision_id = decisions[-1].id
        self.done_count += len(decisions)
        return len(decisions)

    def _get_decision_domain(self):
        return (
            Domain("company_id", "=", self.company_id.id)
            & Domain("create_date", ">=", self.date_from)
            & Domain("create_date", "<", self.date_to)
        )

    def _count_decisions(self):
        return len(
            self.env["o2o.routing.decision"]._read_group(
                self._get_decision_domain(), ["order_id"]
            )
        )

    def _get_next_decisions(self, limit):
        """The first decision of each order, as the orders came."""
        self.env["o2o.routing.decision"].flush_model()
        self.env.cr.execute(
            """
            SELECT d.id
              FROM o2o_routing_decision d
             WHERE d.company_id = %s AND d.create_date >= %s AND d.create_date < %s
               AND d.id > %s
               AND NOT EXISTS (SELECT FROM o2o_routing_decision e
                                WHERE e.order_id = d.order_id AND e.id < d.id
                                  AND e.create_date >= %s)
          ORDER BY d.id
             LIMIT %s
            """,
            [
                self.company_id.id,
                self.date_from,
                self.date_to,
                self.last_decision_id,
                self.date_from,
                limit,
            ],
        )
        return self.env["o2o.routing.decision"].browse(
            [row[0] for row in self.env.cr.fetchall()]
        )

    def _get_given(self, moment):
        """What the rehearsal gave to stores in the time before.

        :return: list of pairs ``(moment, store id)``
        """
        recent = self.env["o2o.sourcing.rehearsal.order"].search(
            Domain("rehearsal_id", "=", self.id)
            & Domain("ordered_at", ">", moment - timedelta(days=1))
        )
        return [
            (line.ordered_at, part["store_id"])
            for line in recent
            for part in line.parts_after or []
            if part["store_id"]
        ]

    def _rehearse(self, decision, rules, given):
        """One order again.

        :return: values of a line, None when nothing is left of the order
        """
        # sudo: managers of online orders need not see quotations; nothing is written
        order = decision.order_id.sudo()
        wanted = self._get_wanted(decision, order)
        if not wanted:
            return None
        at = decision.create_date
        request = self.env["o2o.sourcing"].sudo()._prepare_request(order, wanted, at=at)
        request["region"] = decision.region_id.sudo() or request["region"]
        request["adjust"] = self._get_adjust(decision, given)
        plan = self.env["o2o.sourcing"].sudo()._plan(request, rules)
        for part in plan["parts"]:
            if part["store_id"]:
                given.append((at, part["store_id"]))
        return self._prepare_line(decision, order, plan)

    def _get_wanted(self, decision, order):
        """What was wanted then, as far as the lines are still there."""
        quantities = {}
        for part in decision.parts or []:
            for line_id, quantity in part["lines"]:
                quantities[line_id] = quantities.get(line_id, 0.0) + quantity
        return {
            line: quantities[line.id]
            for line in order.order_line
            if quantities.get(line.id)
        }

    def _get_adjust(self, decision, given):
        """What the rehearsal knows better than the tables; see ``_find_candidates``."""
        facts = {fact["store_id"]: fact for fact in decision.facts or []}
        at = decision.create_date
        load = Counter(
            store_id
            for moment, store_id in given
            if moment > at - timedelta(minutes=OPEN_MINUTES)
        )

        def adjust(request, rules, rows):
            stores = self.env["o2o.store"].sudo()
            if self.basis == "then" and not request.get("is_elsewhere"):
                rows = [
                    self._as_recorded(request, row, facts.get(row["id"]))
                    for row in rows
                    if row["id"] in facts or row["is_head_office"]
                ]
            for row in rows:
                row["load"] = load[row["id"]]
                if row["reason"] in (None, "stock") and find_filter(rules, "capacity"):
                    store = stores.browse(row["id"])
                    slot = at - timedelta(minutes=store.capacity_minutes)
                    in_slot = sum(
                        store_id == store.id and moment > slot
                        for moment, store_id in given
                    )
                    if (
                        store.capacity_orders
                        and in_slot >= store.capacity_orders
                        or store.max_open_orders
                        and row["load"] >= store.max_open_orders
                    ):
                        row["reason"] = "capacity"
            return rows

        return adjust

    def _as_recorded(self, request, row, fact):
        """A store with the stock it had then."""
        if fact is None:
            return row
        if "free" not in fact and fact["excluded_by"] not in (
            None,
            "farther",
            "lower",
            "stock",
        ):
            return row
        missing = {item["product"]: item["free"] for item in fact["missing"]}
        for product_id, need in request["needs"].items():
            recorded = fact.get("free", {}).get(str(product_id))
            if recorded is None:
                recorded = missing.get(request["names"][product_id], need)
            row["free"][product_id] = recorded
        needs = request["needs"]
        row["has_some"] = any(free > 0 for free in row["free"].values())
        row["depth"] = min(
            (row["free"][it] / need for it, need in needs.items() if need > 0),
            default=1.0,
        )
        if row["reason"] == "stock":
            row["reason"] = None
        if fact["excluded_by"] in RECORDED_REASONS:
            row["reason"] = fact["excluded_by"]
        if not row["reason"] and any(
            row["free"][it] < need - 1e-6 for it, need in needs.items()
        ):
            row["reason"] = "stock"
        return row

    def _prepare_line(self, decision, order, plan):
        before = self._describe(decision.rule, decision.parts or [], decision.facts)
        after = self._describe(plan["rule"], plan["parts"], plan["facts"])
        return {
            "rehearsal_id": self.id,
            "order_id": order.id,
            "decision_id": decision.id,
            "ordered_at": decision.create_date,
            "rule_before": decision.rule,
            "rule_after": plan["rule"],
            "store_before_ids": [Command.set(before["store_ids"])],
            "store_after_ids": [Command.set(after["store_ids"])],
            "parcels_before": before["parcels"],
            "parcels_after": after["parcels"],
            "distance_before": before["distance"],
            "distance_after": after["distance"],
            "has_distance": before["distance"] is not None
            and after["distance"] is not None,
            "parts_after": plan["parts"],
            "is_changed": sorted(before["store_ids"]) != sorted(after["store_ids"])
            or before["parcels"] != after["parcels"],
        }

    def _describe(self, rule, parts, facts):
        store_ids = [part["store_id"] for part in parts if part["store_id"]]
        known = {
            fact["store_id"]: fact["distance_km"]
            for fact in facts or []
            if fact.get("distance_km") is not None
        }
        distances = [known[it] for it in store_ids if it in known]
        is_complete = store_ids and len(distances) == len(store_ids)
        return {
            "store_ids": store_ids,
            "parcels": len(store_ids),
            "distance": sum(distances) / len(distances) if is_complete else None,
        }

    def _finish(self):
        """Add up what the report shows."""
        self.ensure_one()
        lines = self.env["o2o.sourcing.rehearsal.order"].search(
            [("rehearsal_id", "=", self.id)], order="decision_id"
        )
        self._count_stores(lines)
        vals = {
            "state": "done",
            "finished_at": fields.Datetime.now(),
            "done_count": len(lines),
            "changed_count": sum(lines.mapped("is_changed")),
            "winner_count": sum(it.difference > 0 for it in self.store_ids),
            "loser_count": sum(it.difference < 0 for it in self.store_ids),
            "digest": self._get_digest(lines),
        }
        compared = lines.filtered("has_distance")
        for when in ("before", "after"):
            kinds = Counter(line._get_kind(when) for line in lines)
            for kind in ("one_parcel", "split", "head_office", "nobody"):
                vals[f"{kind}_{when}"] = (
                    100 * kinds[kind] / len(lines) if lines else 0.0
                )
            vals[f"distance_{when}"] = (
                sum(compared.mapped(f"distance_{when}")) / len(compared)
                if compared
                else 0.0
            )
        self.write(vals)

    def _count_stores(self, lines):
        before, after = Counter(), Counter()
        for line in lines:
            before.update(line.store_before_ids.ids)
            after.update(line.store_after_ids.ids)
        self.store_ids.unlink()
        self.env["o2o.sourcing.rehearsal.store"].create(
            [
                {
                    "rehearsal_id": self.id,
                    "store_id": store_id,
                    "orders_before": before[store_id],
                    "orders_after": after[store_id],
                }
                for store_id in sorted({*before, *after})
            ]
        )

    def _get_digest(self, lines):
        content = [
            [line.decision_id.id, line.rule_after, line.parts_after] for line in lines
        ]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[
            :16
        ]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_running(self):
        if any(it.state == "running" for it in self):
            raise UserError(self.env._("Stop the rehearsal before deleting it."))

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Domain

from ..lib.rules import ALWAYS_ON, CRITERIA, FILTERS, STEPS, default_rules

#: filters a new rule set starts with; the others are there, switched off
START_FILTERS = (*(it for it in FILTERS if it != "distance"), "distance")
START_STEPS = ("neighbours", "transit", "head_office", "choice")
PUBLISHED_FIELDS = frozenset(
    ["state", "version", "published_at", "published_by_id", "replaces_id"]
)


class O2oSourcingRuleSet(models.Model):
    """How stores are chosen: filters in order, weights, splitting, what comes after.

    A draft can be changed and rehearsed; what was published never changes again, so
    that each decision can be explained by the rules it was made with (invariant 10).
    """

    _name = "o2o.sourcing.rule.set"
    _description = "Sourcing rules"
    _inherit = ["mail.thread"]
    _order = "company_id, version desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True, default=lambda self: self.env._("Sourcing rules"))
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    version = fields.Integer(readonly=True, copy=False, default=0)
    state = fields.Selection(
        [("draft", "Draft"), ("published", "In use"), ("archived", "Used before")],
        required=True,
        readonly=True,
        default="draft",
        copy=False,
        index=True,
        tracking=True,
    )
    published_at = fields.Datetime(readonly=True, copy=False)
    published_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    replaces_id = fields.Many2one(
        "o2o.sourcing.rule.set",
        string="Version before",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="What was in use when this version was published first",
    )
    method = fields.Selection(
        [
            ("offer", "Offer each order to the best store"),
            ("pool", "Let near stores grab, then offer to the best"),
        ],
        required=True,
        default="offer",
    )
    filter_ids = fields.One2many(
        "o2o.sourcing.filter",
        "rule_set_id",
        copy=True,
        default=lambda self: self._default_filter_ids(),
    )
    step_ids = fields.One2many(
        "o2o.sourcing.step",
        "rule_set_id",
        copy=True,
        default=lambda self: self._default_step_ids(),
    )
    # --- weights
    weight_distance = fields.Integer(string="Near the member", default=60)
    weight_depth = fields.Integer(string="Much stock", default=10)
    weight_load = fields.Integer(string="Few open orders", default=20)
    weight_score = fields.Integer(string="Good score", default=10)
    weight_cost = fields.Integer(string="Cheap to ship from", default=0)
    weight_transfer = fields.Integer(string="No transfer needed", default=0)
    scale_distance = fields.Float(
        string="Half the points at (km)",
        default=5.0,
        help="A store at this distance gets half of the points for being near",
    )
    scale_load = fields.Float(
        string="Half the points at (orders)",
        default=10.0,
        help="For stores without a limit of open orders",
    )
    scale_cost = fields.Monetary(string="Half the points at (cost)", default=10.0)
    # --- splitting
    max_parcels = fields.Integer(
        string="At most so many parcels",
        default=1,
        help="1: an order is never split",
    )
    split_min_value = fields.Monetary(
        string="Each part is worth at least",
        help="An order is split only when every part is worth this much",
    )
    split_with_head_office = fields.Boolean(
        string="Head office may bring a part", default=True
    )
    head_office_needs_goods = fields.Boolean(
        string="Head office only with the goods",
        default=True,
        help="Without the goods the next step is tried; else head office takes the"
        " order and gets the goods later",
    )
    # --- the grab pool
    pool_radius_km = fields.Float(string="First radius (km)", default=3.0)
    pool_step_km = fields.Float(string="Wider by (km)", default=2.0)
    pool_step_minutes = fields.Float(string="every (min)", default=1.0)
    pool_max_km = fields.Float(string="Widest radius (km)", default=15.0)
    pool_max_unfinished = fields.Integer(
        string="Unfinished grabs per store",
        default=3,
        help="A store that has so many grabbed orders open sees no new one",
    )
    pool_cooldown_minutes = fields.Float(
        string="Pause after a drop (min)", default=30.0
    )
    pool_head_start_seconds = fields.Float(
        string="Head start (s)",
        default=10.0,
        help="Stores that got few orders this week see an order this much earlier",
    )
    summary = fields.Text(compute="_compute_summary")
    publication_ids = fields.One2many(
        "o2o.sourcing.publication", "rule_set_id", readonly=True, string="Log"
    )
    rehearsal_ids = fields.One2many("o2o.sourcing.rehearsal", "rule_set_id")
    rehearsal_count = fields.Integer(compute="_compute_rehearsal_count")
    can_edit = fields.Boolean(compute="_compute_can")
    can_roll_back = fields.Boolean(compute="_compute_can")

    _one_published = models.UniqueIndex(
        "(company_id) WHERE state = 'published'",
        "A company uses one set of sourcing rules at a time.",
    )
    _weights_positive = models.Constraint(
        "CHECK (LEAST(weight_distance, weight_depth, weight_load, weight_score,"
        " weight_cost, weight_transfer) >= 0)",
        "A weight cannot be negative.",
    )
    _scales_positive = models.Constraint(
        "CHECK (LEAST(scale_distance, scale_load, scale_cost) > 0)",
        "The distance, orders and cost for half the points must be above zero.",
    )
    _parcels_range = models.Constraint(
        "CHECK (max_parcels BETWEEN 1 AND 5)", "An order makes 1 to 5 parcels."
    )
    _split_value_positive = models.Constraint(
        "CHECK (split_min_value >= 0)", "The value of a part cannot be negative."
    )
    _pool_positive = models.Constraint(
        "CHECK (LEAST(pool_radius_km, pool_step_km, pool_step_minutes, pool_max_km,"
        " pool_cooldown_minutes, pool_head_start_seconds) >= 0"
        " AND pool_max_unfinished > 0)",
        "The settings of the grab pool cannot be negative.",
    )

    # === DEFAULTS AND COMPUTES === #

    @api.model
    def _default_filter_ids(self):
        return [
            Command.create(
                {
                    "kind": kind,
                    "sequence": sequence,
                    "is_on": kind != "distance",
                    "value": 20.0 if kind == "distance" else 0.0,
                }
            )
            for sequence, kind in enumerate(START_FILTERS, 1)
        ]

    @api.model
    def _default_step_ids(self):
        return [
            Command.create(
                {"kind": kind, "sequence": number, "is_on": kind in START_STEPS}
            )
            for number, kind in enumerate(STEPS, 1)
        ]

    @api.depends("rehearsal_ids")
    def _compute_rehearsal_count(self):
        for rules in self:
            rules.rehearsal_count = len(rules.rehearsal_ids)

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_can(self):
        is_manager = self.env.user.has_group("o2o_order.o2o_order_group_manager")
        for rules in self:
            rules.can_edit = is_manager and rules.state == "draft"
            rules.can_roll_back = is_manager and rules.state == "published"

    @api.depends(
        "method",
        "filter_ids.is_on",
        "filter_ids.sequence",
        "filter_ids.value",
        "filter_ids.by_promise",
        "step_ids.is_on",
        "step_ids.sequence",
        "weight_distance",
        "weight_depth",
        "weight_load",
        "weight_score",
        "weight_cost",
        "weight_transfer",
        "max_parcels",
        "split_min_value",
        "split_with_head_office",
        "head_office_needs_goods",
    )
    def _compute_summary(self):
        for rules in self:
            rules.summary = "\n".join(rules._get_summary_lines())

    def _get_summary_lines(self):
        """The rules as one would tell them to a colleague."""
        self.ensure_one()
        filters = [
            it._get_summary()
            for it in self.filter_ids.sorted("sequence").filtered("is_on")
        ]
        lines = [
            self.env._("1. A store is asked when %s.", "; ".join(filters)),
            self.env._(
                "2. The best of them is chosen by %s.", self._get_weights_text()
            ),
        ]
        if self.method == "pool":
            lines.insert(
                1,
                self.env._("   Near stores may grab the order first; else it goes on."),
            )
        if self.max_parcels > 1:
            text = self.env._(
                "3. When no store has everything: up to %s parcels from several stores",
                self.max_parcels,
            )
            if self.split_min_value:
                text += self.env._(
                    ", each worth at least %s",
                    self.currency_id.format(self.split_min_value),
                )
            if self.split_with_head_office:
                text += self.env._(", head office included")
            lines.append(text + self.env._("."))
        else:
            lines.append(self.env._("3. An order is never split."))
        steps = [
            it._get_summary()
            for it in self.step_ids.sorted("sequence").filtered("is_on")
        ]
        if steps:
            lines.append(self.env._("4. Then, in this order: %s.", "; ".join(steps)))
        else:
            lines.append(self.env._("4. Then head office looks for a way."))
        return lines

    def _get_weights_text(self):
        weights = {
            name: self[f"weight_{name}"]
            for name in CRITERIA
            if self[f"weight_{name}"] > 0
        }
        whole = sum(weights.values())
        if not whole:
            return self.env._("distance alone")
        labels = self._get_criterion_labels()
        return ", ".join(
            f"{labels[name]} {round(100 * weight / whole)} %"
            for name, weight in sorted(weights.items(), key=lambda it: -it[1])
        )

    @api.model
    def _get_criterion_labels(self):
        return {
            "distance": self.env._("distance"),
            "depth": self.env._("stock"),
            "load": self.env._("open orders"),
            "score": self.env._("score"),
            "cost": self.env._("shipping cost"),
            "transfer": self.env._("goods on the own shelf"),
        }

    # === CONSTRAINTS === #

    @api.constrains("filter_ids", "step_ids")
    def _check_lines(self):
        for rules in self:
            for lines in (rules.filter_ids, rules.step_ids):
                kinds = lines.mapped("kind")
                if len(set(kinds)) < len(kinds):
                    raise ValidationError(
                        self.env._("A filter or step stands in the rules once.")
                    )
            on = set(rules.filter_ids.filtered("is_on").mapped("kind"))
            if missing := ALWAYS_ON - on:
                labels = dict(
                    rules.filter_ids._fields["kind"]._description_selection(self.env)
                )
                raise ValidationError(
                    self.env._(
                        "These filters cannot be left out: %s.",
                        ", ".join(labels[it] for it in sorted(missing)),
                    )
                )

    # === CRUD === #

    def write(self, vals):
        """What was published stays as it was; its state changes by methods only."""
        guarded = {it for it in vals if not it.startswith(("message_", "activity_"))}
        if guarded:
            for rules in self:
                if rules.state != "draft":
                    raise UserError(
                        self.env._(
                            "“%s” has been in use: make a new version to change it.",
                            rules.display_name,
                        )
                    )
            if guarded & PUBLISHED_FIELDS:
                raise UserError(self.env._("Use the button to publish the rules."))
        return super().write(vals)

    def _set_published_fields(self, vals):
        """The only way into the fields that say what is in use."""
        return super().write(vals)  # pylint: disable=super-method-mismatch

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            for name in PUBLISHED_FIELDS:
                vals.pop(name, None)
        return super().create(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        if any(rules.state != "draft" for rules in self):
            raise UserError(self.env._("Rules that have been in use stay on record."))

    @api.depends("name", "version")
    def _compute_display_name(self):
        for rules in self:
            rules.display_name = (
                self.env._(
                    "%(name)s, version %(version)s",
                    name=rules.name,
                    version=rules.version,
                )
                if rules.version
                else self.env._("%s (draft)", rules.name)
            )

    # === ACTIONS === #

    def action_new_version(self):
        """A draft that starts with these rules."""
        self.ensure_one()
        draft = self.copy({"name": self.name})
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": draft.id,
            "view_mode": "form",
        }

    def action_rehearse(self):
        """Try the rules on past orders before using them (idea 8)."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Rehearsal"),
            "res_model": "o2o.sourcing.rehearsal",
            "view_mode": "form",
            "context": {"default_rule_set_id": self.id},
        }

    def action_view_rehearsals(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Rehearsals"),
            "res_model": "o2o.sourcing.rehearsal",
            "view_mode": "list,form",
            "domain": [("rule_set_id", "=", self.id)],
            "context": {"default_rule_set_id": self.id},
        }

    def action_publish(self):
        """Use these rules from the next order on."""
        self.ensure_one()
        self._ensure_can_publish()
        if self.state == "published":
            return
        if self.state != "draft":
            raise UserError(
                self.env._("Only a draft can be published: make a new version.")
            )
        self._put_in_use("publish")

    def action_roll_back(self):
        """Back to what was in use before this version, or to the built-in rules."""
        self.ensure_one()
        self._ensure_can_publish()
        if self.state != "published":
            raise UserError(self.env._("Only the rules in use can be rolled back."))
        before = self.replaces_id
        if before:
            before._put_in_use("rollback")
        else:
            self._set_published_fields({"state": "archived"})
            self._log_publication("rollback", self)

    def _ensure_can_publish(self):
        """:raise AccessError: for anybody but managers of this company"""
        self.check_access("write")
        if not self.env.user.has_group("o2o_order.o2o_order_group_manager"):
            raise AccessError(self.env._("Only a manager may publish sourcing rules."))

    def _put_in_use(self, kind):
        """Replace what is in use; the old rules stay on record.

        :param str kind: publish or rollback
        """
        self.ensure_one()
        # two managers at once: the second one waits, then meets the unique index
        self.env.cr.execute(
            "SELECT id FROM o2o_sourcing_rule_set WHERE company_id = %s FOR UPDATE",
            [self.company_id.id],
        )
        self.invalidate_model(["state", "version"])
        company = Domain("company_id", "=", self.company_id.id)
        current = self.search(company & Domain("state", "=", "published"))
        current._set_published_fields({"state": "archived"})
        # the index wants the old one gone before the new one comes
        current.flush_recordset(["state"])
        vals = {"state": "published"}
        if kind == "publish":
            last = self.search(company, order="version desc", limit=1)
            vals.update(
                version=last.version + 1,
                replaces_id=current.id,
                published_at=fields.Datetime.now(),
                published_by_id=self.env.uid,
            )
        self._set_published_fields(vals)
        self._log_publication(kind, current)

    def _log_publication(self, kind, before):
        # sudo: the log is written by this service alone; the caller was checked
        self.env["o2o.sourcing.publication"].sudo().create(
            {
                "kind": kind,
                "company_id": self.company_id.id,
                "rule_set_id": self.id if self != before else False,
                "previous_id": before.id,
                "user_id": self.env.uid,
            }
        )

    # === RULES AS DATA === #

    @api.model
    def _get_published(self, company):
        """The rules a company uses; empty: the built-in ones."""
        # sudo: an order is routed for a member, who sees no rules
        return self.sudo().search(
            [("company_id", "=", company.id), ("state", "=", "published")], limit=1
        )

    def _get_rules(self):
        """The rules as plain data, see ``lib/rules.py``; built-in when empty."""
        rules = default_rules()
        if not self:
            return rules
        self.ensure_one()
        return {
            "id": self.id,
            "method": self.method,
            "filters": [
                {"kind": it.kind, "value": it.value, "by_promise": it.by_promise}
                for it in self.filter_ids.sorted(lambda it: (it.sequence, it.id))
                if it.is_on
            ],
            "weights": {name: float(self[f"weight_{name}"]) for name in CRITERIA},
            "scales": {
                "distance": self.scale_distance,
                "load": self.scale_load,
                "cost": self.scale_cost,
            },
            "split": {
                "max_parcels": self.max_parcels,
                "min_value": self.split_min_value,
                "with_head_office": self.split_with_head_office,
            },
            "steps": [
                it.kind
                for it in self.step_ids.sorted(lambda it: (it.sequence, it.id))
                if it.is_on
            ],
            "head_office_needs_goods": self.head_office_needs_goods,
            "pool": {
                "radius_km": self.pool_radius_km,
                "step_km": self.pool_step_km,
                "step_minutes": self.pool_step_minutes,
                "max_km": self.pool_max_km,
                "max_unfinished": self.pool_max_unfinished,
                "cooldown_minutes": self.pool_cooldown_minutes,
                "head_start_seconds": self.pool_head_start_seconds,
            },
        }

"""How often is too often; head office decides it."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import ACTIONS, COUNTED, KEYS

#: a rule that fires is told of once in this time
WARN_AGAIN = timedelta(hours=1)


class O2oRiskRule(models.Model):
    """So many of something by the same key within a time, and what follows (PAY-09)."""

    _name = "o2o.risk.rule"
    _description = "Risk Rule"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True, tracking=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", help="Empty: each company, by itself")
    counted = fields.Selection(
        COUNTED, string="Count", required=True, default="order", tracking=True
    )
    key_kind = fields.Selection(
        KEYS, string="By the Same", required=True, default="member", tracking=True
    )
    window_minutes = fields.Integer(
        string="Within Minutes", required=True, default=60, tracking=True
    )
    limit_count = fields.Integer(
        string="More than",
        default=3,
        tracking=True,
        help="So many are allowed. 0: the number does not matter",
    )
    limit_amount = fields.Float(
        string="Together More than",
        tracking=True,
        help="In the currency of the company. 0: the amount does not matter",
    )
    action = fields.Selection(ACTIONS, required=True, default="note", tracking=True)
    message = fields.Char(
        translate=True,
        help="What a member reads who is refused; without it a neutral text",
    )
    warn_count = fields.Integer(
        string="Warn above",
        default=10,
        help="The people in charge get an activity when the rule fires more often"
        " than this within an hour. 0: never",
    )
    warned_at = fields.Datetime(readonly=True, copy=False)
    hit_ids = fields.One2many("o2o.risk.hit", "rule_id", readonly=True)
    hit_count = fields.Integer(string="Fired", compute="_compute_hit_count")

    _limits = models.Constraint(
        "CHECK (window_minutes > 0 AND limit_count >= 0 AND limit_amount >= 0"
        " AND warn_count >= 0 AND (limit_count > 0 OR COALESCE(limit_amount, 0) > 0))",
        "A rule needs a time, and a number or an amount above zero.",
    )

    def _compute_hit_count(self):
        found = self.env["o2o.risk.hit"]._read_group(
            [("rule_id", "in", self.ids)], ["rule_id"], ["__count"]
        )
        counts = {rule.id: count for rule, count in found}
        for rule in self:
            rule.hit_count = counts.get(rule.id, 0)

    @api.constrains("window_minutes")
    def _check_window(self):
        keep_days = self.env["o2o.risk.fact"]._get_keep_days()
        for rule in self:
            if rule.window_minutes > keep_days * 24 * 60:
                raise ValidationError(
                    self.env._(
                        "Facts are kept for %s days: a rule cannot look back further.",
                        keep_days,
                    )
                )

    def action_view_hits(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_risk.o2o_risk_hit_action"
        )
        return {**action, "domain": [("rule_id", "=", self.id)], "context": {}}

    # === EARLY WARNING === #

    @api.model
    def _cron_warn(self):
        """Tell the people in charge of rules that fire unusually often."""
        now = fields.Datetime.now()
        found = self.env["o2o.risk.hit"]._read_group(
            [("happened_at", ">", now - WARN_AGAIN), ("rule_id", "!=", False)],
            ["rule_id"],
            ["__count"],
        )
        for rule, count in found:
            is_told = rule.warned_at and rule.warned_at > now - WARN_AGAIN
            if rule.warn_count and count > rule.warn_count and not is_told:
                rule._warn(count)

    def _warn(self, count):
        self.ensure_one()
        self.warned_at = fields.Datetime.now()
        for user in self._get_people_in_charge():
            rule = self.with_context(lang=user.lang)
            rule.activity_schedule(
                "mail.mail_activity_data_warning",
                user_id=user.id,
                summary=rule.env._(
                    "“%(rule)s” fired %(count)s times within an hour",
                    rule=rule.name,
                    count=count,
                ),
            )

    def _get_people_in_charge(self):
        """Hook: who hears of a rule that fires often."""
        self.ensure_one()
        users = self.env.ref("o2o_risk.o2o_risk_group_manager").all_user_ids
        return users.filtered(
            lambda user: (
                user.active
                and not user.share
                and user.id != self.env.ref("base.user_root").id
                and (not self.company_id or self.company_id in user.company_ids)
            )
        )

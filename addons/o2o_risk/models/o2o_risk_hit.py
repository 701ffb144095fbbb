"""Rules that fired, and what people decided."""

from odoo import api, fields, models
from odoo.fields import Domain

from ..const import ACTIONS, KEYS


class O2oRiskHit(models.Model):
    """A rule, or the list, had something to say about an order or a top-up."""

    _name = "o2o.risk.hit"
    _description = "Risk Rule Fired"
    _order = "id desc"

    name = fields.Char(compute="_compute_name")
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    ref = fields.Char(string="What", required=True, readonly=True)
    rule_id = fields.Many2one(
        "o2o.risk.rule", readonly=True, index="btree_not_null", ondelete="set null"
    )
    listing_id = fields.Many2one(
        "o2o.risk.listing", readonly=True, index="btree_not_null", ondelete="set null"
    )
    order_id = fields.Many2one(
        "sale.order", readonly=True, index="btree_not_null", ondelete="set null"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Member",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    key_kind = fields.Selection(KEYS, string="By", required=True, readonly=True)
    key_hash = fields.Char(readonly=True, groups="o2o_risk.o2o_risk_group_manager")
    count = fields.Integer(readonly=True, help="How many there were, this one included")
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(string="Together", readonly=True)
    action = fields.Selection(
        ACTIONS, required=True, readonly=True, help="What followed"
    )
    happened_at = fields.Datetime(string="Time", required=True, readonly=True)
    decision = fields.Selection(
        [("approved", "Released"), ("refused", "Cancelled")], readonly=True
    )
    decided_by_id = fields.Many2one(
        "res.users", string="Decided by", readonly=True, ondelete="restrict"
    )
    decided_at = fields.Datetime(string="Decided", readonly=True)
    reason = fields.Char(readonly=True)

    _rule_time_idx = models.Index("(rule_id, happened_at)")
    _ref_idx = models.Index("(ref)")

    @api.depends("rule_id", "listing_id", "count", "amount", "key_kind")
    def _compute_name(self):
        labels = dict(self._fields["key_kind"]._description_selection(self.env))
        for hit in self:
            if hit.listing_id:
                hit.name = self.env._("On the list: %s", hit.listing_id.name)
                continue
            hit.name = self.env._(
                "%(rule)s: %(count)s by the same %(key)s, together %(amount)s",
                rule=hit.rule_id.name or "",
                count=hit.count,
                key=labels.get(hit.key_kind, ""),
                amount=hit.currency_id.format(hit.amount),
            )

    @api.model
    def _note(self, vals_list):
        """Write down what fired; once for each rule and thing."""
        refs = [vals["ref"] for vals in vals_list]
        known = {
            (hit.ref, hit.rule_id.id, hit.listing_id.id, hit.key_kind)
            for hit in self.search(Domain("ref", "in", refs))
        }
        new = [
            vals
            for vals in vals_list
            if (
                vals["ref"],
                vals["rule_id"] or False,
                vals["listing_id"] or False,
                vals["key_kind"],
            )
            not in known
        ]
        if new:
            self.env.ref("o2o_risk.o2o_risk_rule_cron_warn")._trigger()
        return self.create(new)

    def _note_decision(self, decision, reason):
        """Head office has decided about the order of these."""
        self.filtered(lambda hit: not hit.decision).write(
            {
                "decision": decision,
                "decided_by_id": self.env.uid,
                "decided_at": fields.Datetime.now(),
                "reason": reason,
            }
        )

    def action_list(self):
        """Put this key on the list of those who are let through or not."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Allow or deny"),
            "res_model": "o2o.risk.listing",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_company_id": self.company_id.id,
                "default_key_kind": self.key_kind,
                "default_key_hash": self.key_hash,
                "default_partner_id": (
                    self.partner_id.id if self.key_kind == "member" else False
                ),
                "default_hint": self.ref,
                "default_verdict": "refuse",
            },
        }

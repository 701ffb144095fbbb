"""What a store may grab, and how it fared (ROUT-03, idea 11)."""

from datetime import timedelta

from odoo import fields, models
from odoo.fields import Domain

from .o2o_sourcing_pool import UNFINISHED_STATES

FAIRNESS_DAYS = 7


class O2oStore(models.Model):
    _inherit = "o2o.store"

    pool_win_count = fields.Integer(
        string="Grabbed this week", compute="_compute_pool_counts"
    )
    pool_loss_count = fields.Integer(
        string="Too slow this week", compute="_compute_pool_counts"
    )
    pool_drop_count = fields.Integer(
        string="Handed back this week", compute="_compute_pool_counts"
    )

    def _compute_pool_counts(self):
        limit = fields.Datetime.now() - timedelta(days=FAIRNESS_DAYS)
        # sudo: numbers of the store, shown to whoever sees the store
        counts = {
            (store, state): count
            for store, state, count in self.env["o2o.pool.announcement"]
            .sudo()
            ._read_group(
                Domain("store_id", "in", self.ids)
                & Domain("state", "in", ["won", "lost", "dropped"])
                & Domain("ended_at", ">=", limit),
                groupby=["store_id", "state"],
                aggregates=["__count"],
            )
        }
        for store in self:
            dropped = counts.get((store, "dropped"), 0)
            # what was handed back had been grabbed before
            store.pool_win_count = counts.get((store, "won"), 0) + dropped
            store.pool_loss_count = counts.get((store, "lost"), 0)
            store.pool_drop_count = dropped

    def _get_pool_refusal(self, at):
        """Why the store may not grab at a moment, or ``False``.

        :param datetime at: naive UTC
        :return: ``"paused"``, ``"cap"``, ``"rest"`` or False
        """
        self.ensure_one()
        if self._is_paused_at(at):
            return "paused"
        # sudo: rules about the store, whoever asks
        unfinished = (
            self.env["o2o.fulfillment"]
            .sudo()
            .search_count(
                Domain("store_id", "=", self.id)
                & Domain("state", "in", UNFINISHED_STATES)
                & Domain("grabbed_at", "!=", False)
            )
        )
        if unfinished >= self._get_pool_settings()["max_unfinished"]:
            return "cap"
        is_resting = self.pool_blocked_until and self.pool_blocked_until > at
        return "rest" if is_resting else False

    def _get_pool_settings(self):
        """The published rules of the pool; see ``o2o.sourcing.rule.set``."""
        rule_sets_sudo = self.env["o2o.sourcing.rule.set"].sudo()
        return rule_sets_sudo._get_published(self.company_id)._get_rules()["pool"]

    def _get_pool_refusal_text(self, refusal):
        """In words a cashier can act on."""
        self.ensure_one()
        settings = self._get_pool_settings()
        return {
            "paused": self.env._("Your store is paused: it takes no online orders."),
            "cap": self.env._(
                "Finish one of your %s grabbed orders first, then take the next one.",
                settings["max_unfinished"],
            ),
            "rest": self.env._(
                "Your store has handed an order back: it may grab again %s minutes"
                " later.",
                settings["cooldown_minutes"],
            ),
        }[refusal]

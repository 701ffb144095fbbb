from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..lib import pool
from ..lib.splitting import can_serve

#: grabbed and still to be prepared
UNFINISHED_STATES = ("accepted", "picking", "ready")
#: a starved store is one that got little in so many days
FAIRNESS_DAYS = 7


class O2oSourcing(models.AbstractModel):
    """Which stores may grab an order now (ROUT-03, idea 11)."""

    _inherit = "o2o.sourcing"

    @api.model
    def _get_pool_stores(self, fulfillment, at=None):
        """The stores that may see and grab a pooled order at a moment.

        Near enough by then, with all goods, open, not paused, below their number of
        unfinished grabs, not resting after a drop; stores that got little this week
        see it a little earlier.

        :param datetime at: naive UTC, default now
        :return: ``o2o.store`` records, the nearest first
        """
        stores, settings, elapsed = self._get_pool_facts(fulfillment, at)
        return self.env["o2o.store"].browse(pool.choose(stores, settings, elapsed))

    @api.model
    def _get_pool_next_change(self, fulfillment, at=None):
        """When more stores will see the order, naive UTC; None: all do already."""
        stores, settings, elapsed = self._get_pool_facts(fulfillment, at)
        seconds = pool.next_change(stores, settings, elapsed)
        if seconds is None:
            return None
        return self._get_pool_start(fulfillment) + timedelta(seconds=seconds)

    @api.model
    def _get_pool_radius_km(self, fulfillment, at=None):
        """How far the pool reaches at a moment."""
        at = at or fields.Datetime.now()
        elapsed = (at - self._get_pool_start(fulfillment)).total_seconds()
        return pool.radius_at(self._get_pool_rules(fulfillment)["pool"], elapsed)

    @api.model
    def _get_pool_start(self, fulfillment):
        """When the order came into the pool it is in now, or would come into it."""
        return fulfillment.pooled_at or fields.Datetime.now()

    @api.model
    def _get_pool_rules(self, fulfillment):
        """The rules the order came into the pool by; they may have changed since."""
        rule_set = fulfillment.routing_id.rule_set_id
        return rule_set.sudo()._get_rules()

    @api.model
    def _note_drop(self, store, rules=None):
        """A store gave back an order it had grabbed: it rests for a while."""
        if rules is None:
            rule_set = self.env["o2o.sourcing.rule.set"]._get_published(
                store.company_id
            )
            rules = rule_set._get_rules()
        # sudo: the till that drops an order has no rights on stores
        store.sudo().pool_blocked_until = fields.Datetime.now() + timedelta(
            minutes=rules["pool"]["cooldown_minutes"]
        )

    @api.model
    def _get_pool_facts(self, fulfillment, at):
        """:return: tuple of stores, settings and seconds, for ``lib/pool.py``"""
        at = at or fields.Datetime.now()
        rules = self._get_pool_rules(fulfillment)
        request = self._prepare_request(
            fulfillment.order_id,
            fulfillment._get_wanted(),
            fulfillment._get_refusing_stores(),
            at=at,
        )
        rows = [
            row
            for row in self._find_pool_rows(request, rules)
            if can_serve(request["lines"], row)
        ]
        stores = self._add_pool_history(rows, at)
        elapsed = (at - self._get_pool_start(fulfillment)).total_seconds()
        return stores, rules["pool"], elapsed

    @api.model
    def _find_pool_rows(self, request, rules):
        """Stores within the widest radius that could take the order.

        Neither city nor service area nor capacity: a store may take what it was not
        asked for, as long as it does so by itself.
        """
        settings = rules["pool"]
        widest = max(settings["max_km"], settings["radius_km"])
        kinds = ("channel", "paused", "open", "goods", "refused", "stock")
        own = {it["kind"]: it for it in rules["filters"]}
        blank = {"value": 0.0, "by_promise": False}
        filters = [{"kind": "distance", "value": widest, "by_promise": False}]
        filters += [own.get(kind) or {"kind": kind, **blank} for kind in kinds]
        rows = self._find_candidates(
            {**request, "is_elsewhere": True}, {"filters": filters, "weights": {}}
        )
        return [
            row
            for row in rows
            if not row["reason"]
            and not row["is_head_office"]
            and row["distance"] is not None
        ]

    @api.model
    def _add_pool_history(self, rows, at):
        """What the stores grabbed, dropped and got lately, in one statement."""
        if not rows:
            return []
        history = {
            row["id"]: row
            for row in self.env.execute_query_dict(
                SQL(
                    """
                    SELECT s.id,
                           COALESCE(s.pool_blocked_until > %(at)s, FALSE) AS is_cooling,
                           (SELECT count(*)
                              FROM o2o_fulfillment f
                             WHERE f.store_id = s.id AND f.grabbed_at IS NOT NULL
                               AND f.state IN %(unfinished)s
                           ) AS unfinished,
                           (SELECT count(*)
                              FROM o2o_fulfillment f
                             WHERE f.store_id = s.id
                               AND f.accepted_at > %(since)s
                           ) AS recent
                      FROM o2o_store s
                     WHERE s.id = ANY(%(ids)s)
                    """,
                    at=at,
                    unfinished=UNFINISHED_STATES,
                    since=at - timedelta(days=FAIRNESS_DAYS),
                    ids=[row["id"] for row in rows],
                )
            )
        }
        return [{**history[row["id"]], "distance": row["distance"]} for row in rows]

"""The grab pool: several stores are asked, the first to tap serves (ROUT-03)."""

from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from .o2o_sourcing_pool import UNFINISHED_STATES


class O2oFulfillment(models.Model):
    _inherit = "o2o.fulfillment"

    pooled_at = fields.Datetime(string="To grab since", readonly=True, copy=False)
    pool_until = fields.Datetime(
        string="To grab until",
        readonly=True,
        copy=False,
        help="Then a store is chosen by the rules",
    )
    grabbed_at = fields.Datetime(readonly=True, copy=False)
    announcement_ids = fields.One2many(
        "o2o.pool.announcement", "fulfillment_id", string="Announced to"
    )

    # === INTO THE POOL === #

    def _present_by_pool(self):
        """No store yet: announce it to those that may grab it, step by step."""
        self.ensure_one()
        self._get_open_offers()._answer("withdrawn")
        self._get_open_announcements()._end("ended")
        now = fields.Datetime.now()
        values = {
            "pooled_at": now,
            "pool_until": now + timedelta(minutes=self.company_id.o2o_pool_minutes),
        }
        if self.state == "pooled":
            self.write(values)
            self._log_event("pooled")
        else:
            self._enter("pooled", values)
        self._announce(now)
        self._set_pool_timer(now)

    def _announce(self, at):
        """Tell the stores that may see it since the last look.

        :return: the new announcements
        """
        self.ensure_one()
        sourcing = self.env["o2o.sourcing"]
        stores = sourcing._get_pool_stores(self, at)
        new = stores - self._get_open_announcements().store_id
        latitude, longitude = sourcing._get_destination(self.order_id)
        announcements = self.env["o2o.pool.announcement"].create(
            [
                {
                    "fulfillment_id": self.id,
                    "store_id": store.id,
                    "company_id": self.company_id.id,
                    "announced_at": at,
                    "distance_km": store._get_distance_km(latitude, longitude) or 0.0,
                }
                for store in new
            ]
        )
        self._notify_pool("new", new)
        return announcements

    def _set_pool_timer(self, now):
        """Look again when more stores may see it, or at the end of the waiting."""
        wider_at = self.env["o2o.sourcing"]._get_pool_next_change(self, now)
        due_at = min(filter(None, [wider_at, self.pool_until]))
        # not now: the timer that runs at this moment would count as done
        due_at = max(due_at, now + timedelta(seconds=1))
        self.env["o2o.timer"]._set_soon("pool", self, due_at)

    def _get_open_announcements(self):
        return self.announcement_ids.filtered(lambda row: row.state == "open")

    def _notify_pool(self, event, stores, winner=None):
        """Tell the tills of these stores, and no others; names no member."""
        self.ensure_one()
        stores._notify_tills(
            "O2O_POOL_CHANGED",
            {
                "fulfillment_id": self.id,
                "event": event,
                "store": winner.name if winner else "",
            },
        )

    def _after_transition(self, old_state):
        """What leaves the pool, whatever way, leaves the screens of the stores."""
        result = super()._after_transition(old_state)
        if self.state == "pooled":
            # whoever takes it next has not grabbed it yet
            self.grabbed_at = False
        if old_state == "pooled":
            ended = self._get_open_announcements()._end("ended")
            self._notify_pool("ended", ended.store_id)
        return result

    def _get_refusing_stores(self):
        """A store that grabbed and handed back does not get it again."""
        dropped = self.announcement_ids.filtered(lambda row: row.state == "dropped")
        return super()._get_refusing_stores() | dropped.store_id

    # === OUT OF THE POOL === #

    def _grab(self, store):
        """This store was first: its goods are reserved, the order is accepted.

        :raise UserError: when the order is no longer to grab, or goods are missing
        """
        self.ensure_one()
        self._lock_rows()
        if self.state != "pooled":
            raise UserError(self.env._("This order is no longer to be grabbed."))
        now = fields.Datetime.now()
        rows = self._get_open_announcements()
        own = rows.filtered(lambda row: row.store_id == store)
        self._move_to_store(store)
        if self._has_missing_goods():
            raise UserError(
                self.env._("The goods are no longer all free in your store.")
            )
        own._end("won", user_id=self.env.uid)
        others = (rows - own)._end("lost")
        self._enter(
            "accepted",
            {
                "grabbed_at": now,
                "offered_at": self.pooled_at,
                "accepted_at": now,
                "accepted_by_id": self.env.uid,
            },
            note=self.env._(
                "Grabbed by %(store)s; %(count)s stores were asked",
                store=store.name,
                count=len(rows),
            ),
        )
        self.env["o2o.offer"].create(
            {
                "fulfillment_id": self.id,
                "store_id": store.id,
                "state": "accepted",
                "offered_at": own.announced_at or self.pooled_at,
                "answered_at": now,
                "user_id": self.env.uid,
            }
        )
        self._notify_pool("taken", others.store_id, winner=store)

    def _has_missing_goods(self):
        """Whether the store lacks something of what it has to bring."""
        self.ensure_one()
        self.invalidate_recordset(["picking_ids"])
        moves = self.picking_ids.move_ids.filtered(
            lambda move: move.state not in ("done", "cancel")
        )
        return any(move.state != "assigned" for move in moves) or (
            not moves and any(line.product_id.is_storable for line in self.line_ids)
        )

    def _drop(self, note):
        """The store hands a grabbed order back: it looks for another store.

        :param str note: why, in the words of the store
        :raise UserError: when it was not grabbed, or is too far already
        """
        self.ensure_one()
        note = (note or "").strip()
        if not note:
            raise UserError(self.env._("Say in a word why you hand the order back."))
        self._lock_rows()
        if not self.grabbed_at or self.state not in UNFINISHED_STATES:
            raise UserError(self.env._("Only an order that was grabbed goes back."))
        store = self.store_id
        self.announcement_ids.filtered(
            lambda row: row.state == "won" and row.store_id == store
        ).write({"state": "dropped", "ended_at": fields.Datetime.now(), "note": note})
        self._log_event("dropped", from_state=self.state, note=note)
        self._notify_change("rejected", stores=store)
        self.env["o2o.sourcing"]._note_drop(store)
        self._move_to_store(self.env["o2o.store"])
        self.write({"grabbed_at": False, "accepted_at": False, "accepted_by_id": False})
        self.env["o2o.pool.claim"]._release(self)
        self._present_by_pool()

    def _on_timer_pool(self):
        """Nobody has taken it yet: ask farther stores, in the end choose one."""
        self.ensure_one()
        if not self._try_lock_rows():
            self.env["o2o.timer"]._come_back("pool", self)
            return
        if self.state != "pooled":
            return
        now = fields.Datetime.now()
        if now < self.pool_until:
            self._announce(now)
            self._set_pool_timer(now)
            return
        self._assign_from_pool()

    def _assign_from_pool(self):
        """Nobody grabs: the rules choose, without the pool; head office at last."""
        asked = self._get_open_announcements()._end("ended")
        self._log_event(
            "ungrabbed",
            from_state="pooled",
            note=self.env._("Nobody took it; %s stores were asked", len(asked)),
        )
        self._notify_pool("ended", asked.store_id)
        sourcing = self.env["o2o.sourcing"].with_context(o2o_skip_steps=("pool",))
        decision = sourcing._decide(
            self.order_id,
            wanted=self._get_wanted(),
            rejected_by=self._get_refusing_stores(),
        )
        if decision.parts and all(part["via"] != "pool" for part in decision.parts):
            self._follow(decision)
            return
        # the rules know nothing better than the pool
        self._move_to_store(self.company_id._o2o_ensure_head_office())
        self._present(decision, "offer")

"""From the acceptance to the end of the after-sales period (ORD-01, ORD-07)."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import DEAD_STATES

#: timers that belong to a state; leaving it stops them
STATE_TIMERS = {
    "pooled": ("pool",),
    "offered": ("offer",),
    "accepted": ("ready",),
    "picking": ("ready",),
    "shipped": ("receive",),
    "delivered": ("after_sales",),
}


class O2oFulfillment(models.Model):
    _inherit = "o2o.fulfillment"

    courier_name = fields.Char(string="Courier", copy=False)
    can_pick = fields.Boolean(compute="_compute_can_pick")

    @api.depends("state", "store_id.has_picking_step")
    def _compute_can_pick(self):
        for record in self:
            record.can_pick = (
                record.state == "accepted" and record.store_id.has_picking_step
            )

    # === ACTIONS (head office) === #

    def action_pick(self):
        self._as_staff()._mark_picking()

    # === STATE CHANGES === #

    def _mark_pooled(self, note=None):
        """The store has the order no more; it looks for another one.

        The goods stay reserved where they are until :meth:`_follow` moves them.
        """
        pooled = self._enter(
            "pooled", {"accepted_at": False, "accepted_by_id": False}, note=note
        )
        pooled._get_open_offers()._answer("withdrawn")
        return pooled

    def _mark_picking(self):
        """The store starts to collect the goods; only stores that say so."""
        if any(not record.store_id.has_picking_step for record in self):
            raise UserError(
                self.env._("This store prepares orders without saying when it starts.")
            )
        return self._enter("picking")

    def _mark_rejected(self, note=None):
        """Nobody can serve it: the end. The money is the order's business."""
        rejected = self._enter("rejected", note=note)
        rejected._end_without_goods("rejected")
        return rejected

    def _mark_expired(self, note=None):
        """The member has not come: the goods go back to the shelf."""
        expired = self._enter("expired", note=note)
        expired._end_without_goods("expired")
        return expired

    def _mark_cancelled(self, note=None):
        """Parts that ended before stay as they are."""
        return super(
            O2oFulfillment,
            self.filtered(lambda record: record.state not in ("rejected", "expired")),
        )._mark_cancelled(note=note)

    def _end_without_goods(self, reason):
        """An order whose last part has ended is cancelled; the money goes back."""
        self._get_open_offers()._answer("withdrawn")
        for order in self.order_id:
            parts = self.filtered(lambda part, order=order: part.order_id == order)
            order._o2o_note_dead_parts(parts, reason)

    def _after_transition(self, old_state):
        result = super()._after_transition(old_state)
        if self.state in DEAD_STATES:
            self._cancel_transfers()
        timers = self.env["o2o.timer"]
        ended = set(STATE_TIMERS.get(old_state, ()))
        ended -= set(STATE_TIMERS.get(self.state, ()))
        if not self.pooled_at:
            # it has never waited in the pool: every order begins like that
            ended.discard("pool")
        if ended:
            timers._clear(self, *sorted(ended))
        if due_at := self._get_due_time():
            timers._set(*due_at)
        return result

    def _get_due_time(self):
        """:return: arguments of ``o2o.timer._set`` for the present state, or None"""
        self.ensure_one()
        company = self.company_id
        now = fields.Datetime.now()
        if self.state == "accepted" and company.o2o_ready_minutes:
            due_at = now + timedelta(minutes=company.o2o_ready_minutes)
            return "ready", self, due_at
        if self.state == "shipped" and company.o2o_receive_days:
            return "receive", self, now + timedelta(days=company.o2o_receive_days)
        if self.state == "delivered" and company.o2o_after_sales_days:
            due_at = now + timedelta(days=company.o2o_after_sales_days)
            return "after_sales", self, due_at
        return None

    def _await_after_sales(self):
        """Complete at once when the company has no after-sales period."""
        self.filtered(
            lambda record: not record.company_id.o2o_after_sales_days
        )._mark_completed()

    # === TIMERS === #

    def _on_timer_ready(self):
        """Preparing takes too long: tell the till and head office, once."""
        if self.state not in ("accepted", "picking"):
            return
        self._log_event("late")
        self._notify_change("late")
        self.order_id._o2o_raise_problem(
            "delay",
            self.env._(
                "%(store)s has not finished preparing %(minutes)s minutes after"
                " accepting.",
                store=self.store_id.name,
                minutes=self.company_id.o2o_ready_minutes,
            ),
            fulfillment=self,
        )
        self._tell_member("late")

    def _on_timer_receive(self):
        """The member said nothing for long: the goods count as received."""
        if self.state == "shipped":
            self._mark_received()

    def _on_timer_after_sales(self):
        if self.state == "delivered":
            self._mark_completed()

    # === THE MEMBER === #

    def _get_progress_steps(self):
        """An order that ended without goods says so, and why."""
        if self.state not in ("rejected", "expired"):
            return super()._get_progress_steps()
        labels = dict(self._fields["state"]._description_selection(self.env))
        return [
            self._step(self.env._("Order placed"), self.order_id.date_order),
            self._step(labels[self.state], self._get_event_time(self.state)),
        ]

    # === THE TILL === #

    def _prepare_pos_dict(self):
        """Stores that prepare without a word have one button less."""
        values = super()._prepare_pos_dict()
        if not self.store_id.has_picking_step:
            values["actions"] = [a for a in values["actions"] if a != "pick"]
        return values

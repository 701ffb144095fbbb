"""Kept so long, then the order ends by itself (idea 24)."""

from datetime import timedelta

from odoo import fields, models


class O2oFulfillment(models.Model):
    _inherit = "o2o.fulfillment"

    def _keep_pickup_facts(self, old_state):
        result = super()._keep_pickup_facts(old_state)
        if self.state == "ready":
            self._start_keeping()
        elif old_state == "ready":
            self.env["o2o.timer"]._clear(self, "remind", "no_show")
        return result

    def _start_keeping(self):
        """From now, or from the time the member chose if that is later."""
        self.ensure_one()
        company, timers = self.company_id, self.env["o2o.timer"]
        if not company.o2o_no_show_hours:
            return
        begin = max(fields.Datetime.now(), self.pickup_until or fields.Datetime.now())
        until = begin + timedelta(hours=company.o2o_no_show_hours)
        self.sudo().collect_until = until
        timers._set("no_show", self, until)
        remind_at = until - timedelta(hours=company.o2o_remind_hours)
        if company.o2o_remind_hours and remind_at > fields.Datetime.now():
            timers._set("remind", self, remind_at)

    def _on_timer_remind(self):
        if self.state == "ready" and self.delivery_kind == "pickup":
            self._log_event("reminded", from_state=self.state)
            self._tell_member("remind")

    def _on_timer_no_show(self):
        """Nobody came: goods to the shelf, money and points back, everybody told.

        Who is handing the goods over in this very moment holds the row lock: then there
        is nothing left to end.
        """
        self._lock_rows()
        if self.state != "ready" or self.delivery_kind != "pickup":
            return
        now = fields.Datetime.now()
        if self.collect_until and self.collect_until > now:
            self.env["o2o.timer"]._set("no_show", self, self.collect_until)
            return
        self._mark_expired(
            self.env._("Back to the shelf: %s", self.pickup_place)
            if self.pickup_place
            else None
        )
        self._tell_member("no_show")

    def _tell_member(self, kind):
        """A pick-up order is told of with place, code and time."""
        if self.delivery_kind != "pickup" or kind not in ("ready", "remind", "no_show"):
            return super()._tell_member(kind)
        return self.order_id._o2o_tell_member(
            f"pickup_{kind}", store=self.store_id, pickup=self
        )

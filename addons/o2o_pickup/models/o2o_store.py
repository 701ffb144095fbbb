"""When goods can be collected in a store, and how many people at a time (SHOP-11)."""

from datetime import datetime, time, timedelta

from pytz import timezone, utc

from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.o2o_order.lib.opening_hours import open_periods

from ..lib.slots import cut_into_slots

#: between choosing a time and submitting the order
GRACE_MINUTES = 15


class O2oStore(models.Model):
    _inherit = "o2o.store"

    has_pickup_slots = fields.Boolean(
        string="Times to collect",
        default=True,
        help="Members choose a time at the checkout. Off: they come when it is ready.",
    )
    pickup_slot_minutes = fields.Integer(string="Length of a time (min)", default=30)
    pickup_slot_capacity = fields.Integer(string="Orders per time", default=5)
    pickup_lead_minutes = fields.Integer(
        string="Earliest after (min)",
        default=30,
        help="How long the store needs before the first order can be collected",
    )
    pickup_days_ahead = fields.Integer(
        string="Days ahead", default=3, help="0: only today"
    )

    _pickup_slot_range = models.Constraint(
        "CHECK (pickup_slot_minutes BETWEEN 5 AND 1440)",
        "A time to collect lasts from 5 minutes to a day.",
    )
    _pickup_capacity_range = models.Constraint(
        "CHECK (pickup_slot_capacity BETWEEN 1 AND 1000)",
        "At least one order can be collected at a time, at most 1000.",
    )
    _pickup_lead_positive = models.Constraint(
        "CHECK (pickup_lead_minutes >= 0)",
        "The time a store needs cannot be negative.",
    )
    _pickup_days_range = models.Constraint(
        "CHECK (pickup_days_ahead BETWEEN 0 AND 30)",
        "Times are offered for 0 to 30 days ahead.",
    )

    def _get_pickup_slots(self, order=None):
        """The times that can still be chosen: open, not past, not full.

        :param sale.order order: whose own place does not stand in its way
        :return: list of dict ``start``, ``end`` (naive UTC), ``free``; soonest first
        """
        self.ensure_one()
        if not self.has_pickup_slots:
            return []
        now = fields.Datetime.now()
        midnight = self._get_local_midnight(now)
        end = self._get_local_midnight(now, days=self.pickup_days_ahead + 1)
        earliest = now + timedelta(minutes=self.pickup_lead_minutes)
        chosen = order.o2o_pickup_at if order else False
        slots = [
            (start, stop)
            for start, stop in cut_into_slots(
                self._get_pickup_periods(midnight, end),
                self.pickup_slot_minutes,
                earliest - timedelta(minutes=GRACE_MINUTES),
                end,
            )
            # who has chosen it while it was offered has a moment to submit
            if start >= earliest or start == chosen > now
        ]
        if not slots:
            return []
        # sudo: how many come at a time is shown as free or full only
        taken = (
            self.env["o2o.pickup.booking"]
            .sudo()
            ._get_taken(self, slots[0][0], slots[-1][1], order)
        )
        free = []
        for start, stop in slots:
            count = sum(begin < stop and finish > start for begin, finish in taken)
            if count < self.pickup_slot_capacity:
                free.append(
                    {
                        "start": start,
                        "end": stop,
                        "free": self.pickup_slot_capacity - count,
                    }
                )
        return free

    def _get_pickup_periods(self, midnight, end):
        """Opening hours, holidays cut out; midnight to midnight without hours."""
        if not self.calendar_id:
            return [(midnight, end)]
        # sudo: hours are public
        store_sudo = self.sudo()
        [calendar] = store_sudo._read_calendars(
            SQL("c.id = %s", self.calendar_id.id),
            self.company_id,
            midnight,
            days=self.pickup_days_ahead + 2,
        ).values()
        return open_periods(calendar, midnight, end)

    def _get_local_midnight(self, moment, days=0):
        """Begin of the store's day of a moment, in naive UTC."""
        # sudo: the time zone of a calendar is no secret
        zone = timezone(self.sudo()._get_tz())
        day = utc.localize(moment).astimezone(zone).date() + timedelta(days=days)
        midnight = zone.localize(datetime.combine(day, time.min))
        return midnight.astimezone(utc).replace(tzinfo=None)

    def _get_local_time(self, moment):
        """A moment in the time of the store, as people there read the clock."""
        self.ensure_one()
        return utc.localize(moment).astimezone(timezone(self.sudo()._get_tz()))

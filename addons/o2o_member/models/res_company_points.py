from datetime import datetime, time

from dateutil.relativedelta import relativedelta
from pytz import UTC, timezone

from odoo import fields, models

from ..const import DEFAULT_TIMEZONE


class ResCompany(models.Model):
    """What the company says about points: worth, waiting time, end, days."""

    _inherit = "res.company"

    o2o_points_per_unit = fields.Float(
        string="Points per Currency Unit",
        default=1.0,
        help="Points a member earns for each unit of the company currency spent. "
        "Fractions of a point are dropped.",
    )
    o2o_points_for_money = fields.Integer(
        string="Points Worth One Currency Unit",
        default=100,
        help="How many points pay one unit of the company currency.",
    )
    o2o_points_pending_days = fields.Integer(
        string="Days until Points Are Usable",
        default=7,
        help="Points of a purchase wait as long as the goods can be returned.",
    )
    o2o_points_valid_months = fields.Integer(
        string="Months Points Are Valid",
        default=24,
        help="Points expire at the end of the month. 0 means they never do.",
    )
    o2o_points_grace_days = fields.Integer(
        string="Days for Points Given Back Late",
        default=30,
        help="When a redemption is cancelled after its points would have expired, "
        "they stay usable for so many days.",
    )
    o2o_points_reminder_days = fields.Integer(
        string="Days to Remind Before Expiry", default=30
    )

    _o2o_points_per_unit_positive = models.Constraint(
        "CHECK (o2o_points_per_unit >= 0)", "Points per unit cannot be negative."
    )
    _o2o_points_for_money_positive = models.Constraint(
        "CHECK (o2o_points_for_money > 0)", "Points must be worth something."
    )
    _o2o_points_days_positive = models.Constraint(
        "CHECK (o2o_points_pending_days >= 0 AND o2o_points_valid_months >= 0"
        " AND o2o_points_grace_days >= 0 AND o2o_points_reminder_days >= 0)",
        "Days and months of points cannot be negative.",
    )

    # === points ===

    def _o2o_points_worth(self, points):
        """Money for points, in company currency, fractions of a cent dropped."""
        self.ensure_one()
        return self.currency_id.round(points / self.o2o_points_for_money)

    def _o2o_points_lifetime(self, kind, moment):
        """From when, and until when, points given at a moment can be spent.

        :return: (datetime, datetime or False), UTC
        """
        self.ensure_one()
        waits = kind in self._o2o_pending_kinds()
        available_at = moment
        if waits and self.o2o_points_pending_days:
            available_at = moment + relativedelta(days=self.o2o_points_pending_days)
        if not self.o2o_points_valid_months:
            return available_at, False
        end = self._o2o_local(moment).date() + relativedelta(
            months=self.o2o_points_valid_months + 1, day=1
        )
        return available_at, self._o2o_midnight(end)

    def _o2o_pending_kinds(self):
        """Kinds whose points wait until the purchase behind them is final."""
        return {"earn_purchase", "referral"}

    # === days in the zone of the shop ===

    def _o2o_timezone(self):
        self.ensure_one()
        # nothing else of the partner is wanted by who asks for days
        partner = self.partner_id.with_context(prefetch_fields=False)
        return timezone(partner.tz or DEFAULT_TIMEZONE)

    def _o2o_local(self, moment):
        """A UTC datetime as an aware local one."""
        return UTC.localize(moment).astimezone(self._o2o_timezone())

    def _o2o_midnight(self, day):
        """When a local day begins, as UTC."""
        local = self._o2o_timezone().localize(datetime.combine(day, time.min))
        return local.astimezone(UTC).replace(tzinfo=None)

    def _o2o_today(self):
        return self._o2o_local(fields.Datetime.now()).date()

    def _o2o_start_of_day(self, moment):
        return self._o2o_midnight(self._o2o_local(moment).date())

    def _o2o_end_of_day(self, moment, days=0):
        """End of the local day so many days after a moment, as UTC."""
        day = self._o2o_local(moment).date() + relativedelta(days=days + 1)
        return self._o2o_midnight(day)

    def _o2o_last_day(self, expires_at):
        """The last local day on which points that end at a moment can be used."""
        return (self._o2o_local(expires_at) - relativedelta(seconds=1)).date()

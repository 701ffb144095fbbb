from pytz import timezone, utc

from odoo import api, fields, models
from odoo.tools import SQL

from ..lib.opening_hours import HORIZON_DAYS, opens_at


class O2oStore(models.Model):
    """When stores are open, and when they take a break (idea 16)."""

    _inherit = "o2o.store"

    paused_until = fields.Datetime(
        tracking=True,
        help="Gets no new online order until then, and resumes by itself",
    )
    is_on_break = fields.Boolean(compute="_compute_is_on_break")

    @api.depends("is_paused", "paused_until")
    def _compute_is_on_break(self):
        now = fields.Datetime.now()
        for store in self:
            store.is_on_break = store._is_paused_at(now)

    def _is_paused_at(self, moment):
        """Whether the store takes no new online orders at a moment (naive UTC)."""
        self.ensure_one()
        return self.is_paused or bool(self.paused_until and self.paused_until > moment)

    def _pause(self, minutes):
        """No new online orders for some minutes; a longer break stays as it is."""
        until = fields.Datetime.add(fields.Datetime.now(), minutes=minutes)
        for store in self:
            if not store.paused_until or store.paused_until < until:
                store.paused_until = until

    def action_resume(self):
        """End a break before its time (head office)."""
        self.write({"is_paused": False, "paused_until": False})

    def _is_open_at(self, moment):
        """Whether the store's hours, holidays included, contain a moment.

        :param datetime moment: naive UTC, as Odoo stores it
        """
        self.ensure_one()
        if not self.calendar_id:
            return True
        [calendar] = self._read_calendars(
            SQL("c.id = %s", self.calendar_id.id), self.company_id, moment, days=1
        ).values()
        return opens_at(calendar, moment, horizon_days=1) == moment

    @api.model
    def _get_opening_times(self, company, moment):
        """When the shops with each calendar are open next, in three queries.

        :param datetime moment: naive UTC
        :return: ``{calendar id: naive UTC datetime, or None when it stays closed}``
        """
        self.flush_model(["calendar_id", "company_id", "active"])
        used = SQL(
            """EXISTS (SELECT FROM o2o_store s
                        WHERE s.calendar_id = c.id
                          AND s.company_id = %s AND s.active)""",
            company.id,
        )
        calendars = self._read_calendars(used, company, moment)
        return {key: opens_at(it, moment) for key, it in calendars.items()}

    @api.model
    def _read_calendars(self, condition, company, moment, days=HORIZON_DAYS):
        """Calendars as ``lib/opening_hours.py`` takes them, with leaves to come.

        :param SQL condition: which, on ``resource_calendar c``
        :return: ``{id: dict}``
        """
        for model in ("", ".attendance", ".leaves"):
            self.env[f"resource.calendar{model}"].flush_model()
        calendars = {
            row["id"]: {
                "tz": timezone(row["tz"]) if row["tz"] else utc,
                "flexible": row["flexible_hours"],
                "two_weeks": row["two_weeks_calendar"],
                "attendances": [],
                "leaves": [],
            }
            for row in self.env.execute_query_dict(
                SQL(
                    """
                    SELECT c.id, c.tz, c.flexible_hours, c.two_weeks_calendar
                      FROM resource_calendar c
                     WHERE %s
                    """,
                    condition,
                )
            )
        }
        if not calendars:
            return {}
        ids = list(calendars)
        for calendar_id, *attendance in self.env.execute_query(
            SQL(
                """
                SELECT calendar_id, dayofweek::int, hour_from, hour_to, week_type::int
                  FROM resource_calendar_attendance
                 WHERE calendar_id = ANY(%s)
                   AND display_type IS NULL AND day_period != 'lunch'
                """,
                ids,
            )
        ):
            calendars[calendar_id]["attendances"].append(attendance)
        for calendar_id, *leave in self.env.execute_query(
            SQL(
                """
                SELECT calendar_id, date_from, date_to
                  FROM resource_calendar_leaves
                 WHERE resource_id IS NULL AND time_type = 'leave'
                   AND date_to > %(at)s
                   AND date_from < %(at)s + %(days)s * interval '1 day'
                   AND (calendar_id = ANY(%(ids)s)
                        OR calendar_id IS NULL AND company_id = %(company)s)
                """,
                at=moment,
                days=days,
                ids=ids,
                company=company.id,
            )
        ):
            for it in [calendar_id] if calendar_id else ids:
                calendars[it]["leaves"].append(tuple(leave))
        return calendars

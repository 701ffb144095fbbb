from calendar import Calendar
from datetime import timedelta

from babel.dates import get_day_names
from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.fields import Domain
from odoo.tools import babel_locale_parse, format_date, get_lang, mute_logger

from ..lib.dates import month_label


class O2oSignIn(models.Model):
    """A member was here on a day (PTS-02): one row per local day of the shop.

    The server's clock and the zone of the company decide which day it is; nothing the
    visitor sends does.
    """

    _name = "o2o.sign.in"
    _description = "Daily Sign-in"
    _order = "date desc, id desc"
    _rec_name = "date"

    partner_id = fields.Many2one(
        "res.partner",
        string="Member",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    date = fields.Date(required=True, readonly=True)
    streak = fields.Integer(
        string="Days in a Row", required=True, readonly=True, aggregator="max"
    )
    entry_id = fields.Many2one(
        "o2o.points.entry",
        string="Points Entry",
        readonly=True,
        ondelete="restrict",
        help="Empty when the day gave no point.",
    )
    points = fields.Integer(related="entry_id.points")

    _day_uniq = models.UniqueIndex(
        "(partner_id, company_id, date)", "This member has signed in on that day."
    )

    @api.model
    def _sign_in(self, partner):
        """Sign a member in for today, once.

        :return: (row of today in sudo, whether it is new)
        :raises UserError: no card, or no rule
        """
        company = self.env.company
        partner = partner.with_company(company)
        partner._o2o_ensure_member()
        # sudo: members have no access to rules, accounts and these rows
        self_sudo = self.sudo()
        rule_sudo = self_sudo.env["o2o.points.rule"]._event_rule("sign_in")
        if not rule_sudo:
            raise UserError(self.env._("There are no points for signing in just now."))
        partner.sudo()._o2o_points_account()._o2o_lock()
        today = company._o2o_today()
        last_sudo = self_sudo._last(partner)
        # a row of tomorrow: the clock, or the zone of the shop, was moved back
        if last_sudo and last_sudo.date >= today:
            return last_sudo, False
        is_next = last_sudo and last_sudo.date == today - timedelta(days=1)
        streak = last_sudo.streak + 1 if is_next else 1
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                sign_sudo = self_sudo.create(
                    {
                        "partner_id": partner.id,
                        "company_id": company.id,
                        "date": today,
                        "streak": streak,
                    }
                )
        except UniqueViolation as error:
            # a parallel tap we cannot see yet: replay the request
            raise ConcurrencyError("signed in in parallel") from error
        sign_sudo.entry_id = partner._o2o_reward(
            "sign_in",
            f"sign_in/{company.id}/{partner.id}/{today}",
            points=rule_sudo._sign_in_points(streak),
            source=sign_sudo,
            facts={"streak": streak},
        )
        return sign_sudo, True

    @api.model
    def _last(self, partner):
        return self.search(
            Domain("partner_id", "=", partner.id)
            & Domain("company_id", "=", self.env.company.id),
            order="date desc",
            limit=1,
        )

    # === what the page shows ===

    @api.model
    def _get_today(self, partner):
        """What signing in means for a member today.

        :return: dict, empty when there is nothing to sign in for
        """
        company = self.env.company
        partner = partner.with_company(company)
        # sudo: the caller shows a member the member's own days
        self_sudo = self.sudo()
        rule_sudo = self_sudo.env["o2o.points.rule"]._event_rule("sign_in")
        if not rule_sudo:
            return {}
        today = company._o2o_today()
        last_sudo = self_sudo._last(partner)
        is_signed = bool(last_sudo) and last_sudo.date >= today
        is_running = bool(last_sudo) and last_sudo.date >= today - timedelta(days=1)
        streak = last_sudo.streak if is_running else 0
        days = (streak, streak + 1) if is_signed else (streak + 1, streak + 2)
        today_points, tomorrow_points = (
            rule_sudo._promised(partner, rule_sudo._sign_in_points(day)) for day in days
        )
        return {
            "is_signed": is_signed,
            "points": last_sudo.points if is_signed else 0,
            "streak": streak,
            "today_points": today_points,
            "tomorrow_points": tomorrow_points,
        }

    @api.model
    def _get_state(self, partner, first_day=None):
        """The sign-in page of a member: today, and the calendar of a month.

        :param date first_day: of the month to show; this month when omitted
        :return: dict, empty when there is nothing to sign in for
        """
        state = self._get_today(partner)
        if state:
            today = self.env.company._o2o_today()
            first_day = min(first_day or today, today).replace(day=1)
            # sudo: see _get_today
            state |= self.sudo()._get_calendar(partner, first_day, today)
        return state

    @api.model
    def _get_calendar(self, partner, first_day, today):
        lang = get_lang(self.env)
        week_start = int(lang.week_start) - 1
        weeks = Calendar(week_start).monthdatescalendar(first_day.year, first_day.month)
        rows = self.search(
            Domain("partner_id", "=", partner.id)
            & Domain("company_id", "=", self.env.company.id)
            & Domain("date", ">=", first_day)
            & Domain("date", "<=", weeks[-1][-1])
        )
        signed = {row.date: row.points for row in rows}
        names = get_day_names("narrow", "format", babel_locale_parse(lang.code))
        next_month = (first_day + timedelta(days=32)).replace(day=1)
        return {
            "month": month_label(first_day, lang.code),
            "month_before": f"{first_day - timedelta(days=1):%Y-%m}",
            "month_after": f"{next_month:%Y-%m}" if next_month <= today else "",
            "weekdays": [names[(week_start + at) % 7] for at in range(7)],
            "weeks": [
                [
                    {
                        "day": day.day,
                        "label": format_date(self.env, day),
                        "is_other": day.month != first_day.month,
                        "is_today": day == today,
                        "is_signed": day in signed,
                        "points": signed.get(day, 0),
                    }
                    for day in week
                ]
                for week in weeks
            ],
        }

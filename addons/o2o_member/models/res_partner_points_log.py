from datetime import date

from dateutil.relativedelta import relativedelta
from pytz import UTC

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import get_lang

from ..lib.dates import day_text, month_options, short_datetime

LOG_PAGE = 20
LOG_MONTHS = 24
LOG_FIELDS = [
    "kind",
    "points",
    "balance_after",
    "posted_at",
    "reason",
    "facts",
    "company_id",
    "reversal_of_id",
]
# every row of the ledger is in exactly one of these groups
LOG_GROUPS = {
    "earned": Domain("points", ">", 0)
    & Domain("kind", "not in", ["expire", "redeem_return"]),
    "spent": Domain("kind", "=", "redeem_return")
    | (Domain("points", "<", 0) & Domain("kind", "!=", "expire")),
    "expired": Domain("kind", "=", "expire"),
}


class ResPartner(models.Model):
    """The points log a member reads on the website (PTS-09)."""

    _inherit = "res.partner"

    def _o2o_points_log(self, group="", month="", before=0, limit=LOG_PAGE):
        """A page of the log in the current company, the latest rows first.

        Pages are cut by row id, not by number: the first page costs the same with ten
        rows and with a hundred thousand, and nothing is counted.

        :param str group: a key of ``LOG_GROUPS``; anything else means all
        :param str month: ``YYYY-MM`` in the zone of the shop; anything else means ever
        :param int before: show rows older than this row id
        :return: (rows in sudo, id to ask the next page with or 0)
        """
        self.ensure_one()
        company = self.env.company
        domain = (
            Domain("partner_id", "=", self.id)
            & Domain("company_id", "=", company.id)
            & LOG_GROUPS.get(group, Domain.TRUE)
        )
        if first_day := self._o2o_parse_month(month):
            after = first_day + relativedelta(months=1)
            domain &= Domain("posted_at", ">=", company._o2o_midnight(first_day))
            domain &= Domain("posted_at", "<", company._o2o_midnight(after))
        if before:
            domain &= Domain("id", "<", before)
        # sudo: staff without access to the ledger have a member centre too; the domain
        # limits everybody to their own rows
        ledger_sudo = self.env["o2o.points.entry"].sudo()
        entries_sudo = ledger_sudo.search_fetch(
            domain, LOG_FIELDS, order="id desc", limit=limit + 1
        )
        has_more = len(entries_sudo) > limit
        entries_sudo = entries_sudo[:limit]
        return entries_sudo, entries_sudo[-1:].id if has_more else 0

    def _o2o_parse_month(self, month):
        """First day of a month written as ``YYYY-MM``, or None."""
        try:
            year, number = (int(part) for part in str(month or "").split("-"))
            # a day on both sides, so that neither the zone nor the next month overflows
            return date(year, number, 1) if 1970 <= year <= 9000 else None
        except ValueError:
            return None

    @api.model
    def _o2o_log_rows(self, entries):
        """Rows of the log as the templates show them: texts and numbers.

        Fields would be formatted one by one, with their language looked up each time.

        :return: list of dicts ``kind``, ``text``, ``reason`` (when the text does not
            say it), ``time``, ``points``, ``balance``
        """
        kinds = dict(entries._fields["kind"]._description_selection(self.env))
        lang_code = get_lang(self.env).code
        zones = {
            company: company._o2o_timezone() for company in entries.mapped("company_id")
        }
        rows = []
        for entry in entries:
            text, reason = entry.explanation, entry.reason or ""
            moment = UTC.localize(entry.posted_at).astimezone(zones[entry.company_id])
            rows.append(
                {
                    "kind": kinds[entry.kind],
                    "text": text,
                    "reason": "" if reason in text else reason,
                    "time": short_datetime(moment, lang_code),
                    "points": entry.points,
                    "balance": entry.balance_after,
                }
            )
        return rows

    @api.model
    def _o2o_day_text(self, day):
        """A day in the language of the reader, like Odoo's widget."""
        lang = get_lang(self.env)
        return day_text(day, lang.date_format, lang.code)

    def _o2o_log_months(self, chosen=""):
        """Months to choose from, this month first, as the options of a list."""
        first_day = self.env.company._o2o_today().replace(day=1)
        return month_options(first_day, LOG_MONTHS, get_lang(self.env).code, chosen)

from datetime import date

from dateutil.relativedelta import relativedelta

from odoo import models
from odoo.fields import Domain
from odoo.tools import format_date

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


# one class per topic, one topic per file
# pylint: disable=consider-merging-classes-inherited
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

    def _o2o_log_months(self):
        """Months to choose from: list of (``YYYY-MM``, label), this month first."""
        today = self.env.company._o2o_today().replace(day=1)
        days = [today - relativedelta(months=back) for back in range(LOG_MONTHS)]
        return [
            (f"{day:%Y-%m}", format_date(self.env, day, date_format="LLLL y"))
            for day in days
        ]

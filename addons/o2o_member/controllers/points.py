from odoo.http import request, route

from ..models.res_partner_points_log import LOG_GROUPS
from .member import MemberController

# what the page and the website's layout read of the company
_COMPANY_FIELDS = [
    "name",
    "currency_id",
    "partner_id",
    "o2o_points_for_money",
    "social_twitter",
]
_PARTNER_FIELDS = ["name", "tz", "o2o_level_id"]

# ids of the ledger are 32-bit integers
_MAX_ID = 2**31 - 1


class PointsController(MemberController):
    @route(
        "/o2o/member/points",
        type="http",
        auth="user",
        website=True,
        sitemap=False,
        readonly=True,
    )
    def member_points(self, kind="", month="", before="", **_kwargs):
        """PTS-09: what the points are, what becomes of them, and the log."""
        partner = self._partner()
        # sudo: one's own name and level, for the header, and the shop's zone. Alone
        # they are cheaper than together with all else there is: nobody asks for more
        company_sudo = partner.env.company.sudo()
        company_sudo.fetch(_COMPANY_FIELDS)
        (partner.sudo() | company_sudo.partner_id).fetch(_PARTNER_FIELDS)
        group = kind if kind in LOG_GROUPS else ""
        month = month if partner._o2o_parse_month(month) else ""
        is_number = before.isascii() and before.isdigit() and len(before) <= 10
        before = min(int(before), _MAX_ID) if is_number else 0
        entries, next_before = partner._o2o_points_log(group, month, before)
        return request.render(
            "o2o_member.member_points",
            {
                "partner": partner,
                "summary": partner._o2o_points_summary(),
                "entries": partner._o2o_log_rows(entries),
                "group": group,
                "month": month,
                "months": partner._o2o_log_months(month),
                "before": before,
                "next_before": next_before,
            },
        )

from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.fields import Domain
from odoo.tools import mute_logger

from ..const import MAX_VISITS_PER_ADDRESS


class O2oMemberLinkVisit(models.Model):
    """Somebody else opened a shared link, and that gave points (PTS-04).

    Pressing the share button gives nothing. What counts is a visit that

    - came through the link and kept the page open in a browser: previews of chats and
      robots follow a link, but do not report back with the session they got;
    - is not the member's own: neither the login nor an address where the member was
      seen with a link;
    - is the first of this visitor (address) for this member on this day, whichever
      link was opened;
    - is one of few from this address on this day, over all members;
    - finds points left under the limits of the rule.

    Who has many addresses and a browser to drive can still earn the daily limit: keep
    that limit worth less than the trouble.
    """

    _name = "o2o.member.link.visit"
    _description = "Visit through a Shared Link"
    _order = "id desc"

    link_id = fields.Many2one(
        "o2o.member.link", required=True, readonly=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one(
        related="link_id.partner_id", string="Member", store=True, precompute=True
    )
    company_id = fields.Many2one(
        related="link_id.company_id", store=True, precompute=True
    )
    date = fields.Date(required=True, readonly=True)
    visitor_hash = fields.Char(required=True, readonly=True, groups="base.group_system")
    entry_id = fields.Many2one("o2o.points.entry", readonly=True, ondelete="restrict")

    _visitor_uniq = models.UniqueIndex("(partner_id, company_id, date, visitor_hash)")
    _address_idx = models.Index("(visitor_hash, date)")

    @api.model
    def _note(self, link_sudo, visitor, address):
        """Count a visit, when it counts.

        :param visitor: partner of who opened the link; the public one for strangers
        :param str address: client address
        :return: the ledger row, empty when the visit gives nothing
        """
        visits_sudo = self.sudo()  # visitors have no access to visits
        nothing = self.env["o2o.points.entry"]
        member = link_sudo.partner_id.with_company(link_sudo.company_id)
        visitor_hash = link_sudo._hash_address(address)
        if (
            link_sudo.kind != "share"
            or not visitor_hash
            or visitor == member
            or link_sudo._is_own_address(visitor_hash)
            or not member._o2o_active_card()
        ):
            return nothing
        member.sudo()._o2o_points_account()._o2o_lock()
        rules_sudo = member.env["o2o.points.rule"].sudo()
        if not rules_sudo._event_rule("share").points:
            return nothing
        if rules_sudo._allowance(member, "share") == 0:
            return nothing
        today = link_sudo.company_id._o2o_today()
        seen = Domain("visitor_hash", "=", visitor_hash) & Domain("date", "=", today)
        if visits_sudo.search_count(seen, limit=MAX_VISITS_PER_ADDRESS) >= (
            MAX_VISITS_PER_ADDRESS
        ) or visits_sudo.search_count(
            seen
            & Domain("partner_id", "=", member.id)
            & Domain("company_id", "=", link_sudo.company_id.id),
            limit=1,
        ):
            return nothing
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                visit_sudo = visits_sudo.create(
                    {
                        "link_id": link_sudo.id,
                        "date": today,
                        "visitor_hash": visitor_hash,
                    }
                )
        except UniqueViolation as error:
            raise ConcurrencyError("visit noted in parallel") from error
        visit_sudo.entry_id = member._o2o_reward(
            "share",
            f"o2o.member.link.visit/{visit_sudo.id}",
            source=link_sudo.product_tmpl_id or link_sudo,
            facts={"product": link_sudo.product_tmpl_id.name or ""},
        )
        return visit_sudo.entry_id

    @api.autovacuum
    def _gc_visits(self):
        """Only the days of today and yesterday are compared; the rest can go."""
        limit = fields.Date.today() - timedelta(days=30)
        self.search([("date", "<", limit)], limit=10000).unlink()

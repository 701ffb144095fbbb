from odoo import api, fields, models
from odoo.fields import Domain

from ..lib.text import mask_name

_MEMBER_GROUPS = (
    "o2o_member.o2o_member_group_user,o2o_member.o2o_member_group_auditor,"
    "point_of_sale.group_pos_user"
)


# one class per topic, one topic per file
# pylint: disable=consider-merging-classes-inherited
class ResPartner(models.Model):
    """Points for events: sign-in, referral, share, review (PTS-02…04)."""

    _inherit = "res.partner"

    o2o_referrer_id = fields.Many2one(
        "res.partner",
        string="Invited by",
        compute="_compute_o2o_referrer_id",
        search="_search_o2o_referrer_id",
        compute_sudo=True,
        groups=_MEMBER_GROUPS,
    )
    o2o_points_next_expiry = fields.Char(
        string="Expiring Next",
        compute="_compute_o2o_points_next_expiry",
        groups=_MEMBER_GROUPS,
    )

    @api.depends_context("company")
    def _compute_o2o_referrer_id(self):
        referrals = self.env["o2o.referral"].search(
            Domain("friend_id", "in", self._origin.ids)
            & Domain("company_id", "=", self.env.company.id)
        )
        referrers = {row.friend_id.id: row.referrer_id for row in referrals}
        for partner in self:
            partner.o2o_referrer_id = referrers.get(partner._origin.id, False)

    def _search_o2o_referrer_id(self, operator, value):
        if operator not in ("in", "any"):
            return NotImplemented
        has_none = operator == "in" and False in value
        if has_none:
            value = [item for item in value if item]
        # sudo: who searches by this field may see it
        referrals_sudo = self.env["o2o.referral"].sudo()
        company = Domain("company_id", "=", self.env.company.id)
        found = referrals_sudo._search(company & Domain("referrer_id", operator, value))
        domain = Domain("id", "in", found.subselect("friend_id"))
        if has_none:
            everybody = referrals_sudo._search(company)
            domain |= Domain("id", "not in", everybody.subselect("friend_id"))
        return domain

    @api.depends("o2o_points")
    @api.depends_context("company", "lang")
    def _compute_o2o_points_next_expiry(self):
        for partner in self:
            text = False
            if partner._origin:
                for row in partner._origin._o2o_points_summary()["expiring"][:1]:
                    text = self.env._(
                        "%(points)s until %(day)s",
                        points=row["points"],
                        day=fields.Date.to_string(row["date"]),
                    )
            partner.o2o_points_next_expiry = text

    def action_view_o2o_friends(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_member.o2o_referral_action"
        )
        action["domain"] = [("referrer_id", "=", self.id)]
        action["context"] = {}
        return action

    # === business methods ===

    def _o2o_reward(self, kind, key, points=None, source=None, facts=None):
        """Give the points of an event, as far as the limits of its rule allow.

        :param str kind: a kind of ``o2o.points.rule`` that is not a purchase
        :param str key: idempotency key; an event is rewarded once
        :param int points: what the event is worth; the points of the rule when omitted
        :param dict facts: what the row needs to explain itself
        :return: the ledger row; empty without a rule, a card or points left to give
        """
        self.ensure_one()
        # sudo: the event decides; members may not read rules or others' rows
        rules_sudo = self.env["o2o.points.rule"].sudo()
        ledger_sudo = self.env["o2o.points.entry"].sudo()
        if not self._o2o_active_card():
            return ledger_sudo.browse()
        # before counting what was given: parallel events must see each other
        self.sudo()._o2o_points_account()._o2o_lock()
        if posted_sudo := ledger_sudo.search([("key", "=", key)]):
            return posted_sudo
        rule_sudo = rules_sudo._event_rule(kind)
        if not rule_sudo:
            return ledger_sudo.browse()
        wanted = rule_sudo.points if points is None else points
        limit = rules_sudo._allowance(self, kind)
        given = wanted if limit is None else min(wanted, limit)
        return self._o2o_post_points(
            given,
            kind,
            key,
            source=source,
            rule=rule_sudo,
            facts={**(facts or {}), "limit": given if given < wanted else None},
        )

    def _o2o_after_purchases_changed(self):
        """PTS-03: the first order of an invited friend counts for the member."""
        result = super()._o2o_after_purchases_changed()
        self.env["o2o.referral"]._friend_bought(self)
        return result

    def _o2o_set_referrer(self, code, address=None):
        """Remember who invited this new member; called after registration.

        Wrong, own, late and circular codes change nothing: a registration never fails
        because of the link that led to it.

        :param str code: of a member's link, as it came from the visitor
        :param str address: client address, kept as a keyed hash only
        :return: the referral, in sudo, or an empty record
        """
        self.ensure_one()
        return self.env["o2o.referral"]._register_friend(self, code, address)

    def _o2o_friends(self, limit=50):
        """What a member may know about the friends who came by the link (PTS-03).

        :return: dict: ``friends`` (dicts with masked name, state, points, the day they
            become usable) and ``promise`` (what the rule gives, as a sentence)
        """
        self.ensure_one()
        company = self.env.company
        # sudo: the member's own referrals, names masked
        referrals_sudo = self.env["o2o.referral"].sudo()
        mine = Domain("referrer_id", "=", self.id) & Domain(
            "company_id", "=", company.id
        )
        now = fields.Datetime.now()
        friends = []
        for row_sudo in referrals_sudo.search(mine, limit=limit):
            entry_sudo = row_sudo.referrer_entry_id
            is_done = row_sudo.state == "completed"
            is_pending = is_done and entry_sudo and entry_sudo.available_at > now
            friends.append(
                {
                    "name": mask_name(row_sudo.friend_id.name),
                    "state": row_sudo.state,
                    "day": company._o2o_local(row_sudo.registered_at).date(),
                    "points": entry_sudo.points if is_done else 0,
                    "pending_until": company._o2o_local(entry_sudo.available_at).date()
                    if is_pending
                    else False,
                }
            )
        rule_sudo = self.env["o2o.points.rule"].sudo()._event_rule("referral")
        return {"friends": friends, "promise": rule_sudo._referral_promise()}

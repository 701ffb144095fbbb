from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import MAX_FRIENDS_PER_ADDRESS

_MANAGER = "o2o_member.o2o_member_group_manager"


class O2oReferral(models.Model):
    """A member brought a friend (PTS-03). Points follow the friend's first order.

    registered → completed: the friend keeps goods of a completed order. Back to
    registered when they all come back before the points were final, so that the next
    order counts instead. suspicious → registered or refused: a manager decides.
    """

    _name = "o2o.referral"
    _description = "Referral"
    _order = "id desc"
    _rec_name = "friend_id"

    referrer_id = fields.Many2one(
        "res.partner",
        string="Member",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    friend_id = fields.Many2one(
        "res.partner",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    state = fields.Selection(
        [
            ("registered", "Waiting for the first order"),
            ("completed", "First order completed"),
            ("suspicious", "To check"),
            ("refused", "Not counted"),
        ],
        required=True,
        readonly=True,
        default="registered",
        index=True,
    )
    suspicion = fields.Selection(
        [
            ("phone", "Same phone number"),
            ("address", "Same network address as the member"),
            ("many", "Many friends from one network address"),
        ],
        readonly=True,
    )
    link_id = fields.Many2one("o2o.member.link", readonly=True, ondelete="set null")
    address_hash = fields.Char(readonly=True, groups="base.group_system")
    registered_at = fields.Datetime(
        string="Registered", required=True, readonly=True, default=fields.Datetime.now
    )
    completed_at = fields.Datetime(string="Completed", readonly=True)
    round = fields.Integer(
        readonly=True, default=0, help="How often a first order was completed."
    )
    referrer_entry_id = fields.Many2one(
        "o2o.points.entry",
        string="Points of the Member",
        readonly=True,
        ondelete="restrict",
    )
    friend_entry_id = fields.Many2one(
        "o2o.points.entry",
        string="Points of the Friend",
        readonly=True,
        ondelete="restrict",
    )

    _friend_uniq = models.UniqueIndex(
        "(friend_id, company_id)", "A friend is invited once."
    )
    _address_idx = models.Index(
        "(address_hash, registered_at) WHERE address_hash IS NOT NULL"
    )
    _not_oneself = models.Constraint(
        "CHECK (friend_id <> referrer_id)", "Nobody invites themselves."
    )

    # === registration ===

    @api.model
    def _register_friend(self, friend, code, address=None):
        """See ``res.partner._o2o_set_referrer``."""
        # sudo: a visitor has just become a member; the code is all that is believed
        referrals_sudo = self.sudo()
        link_sudo = self.env["o2o.member.link"]._find(code)
        referrer_sudo = link_sudo.partner_id
        if (
            not link_sudo
            or referrer_sudo == friend
            or not referrer_sudo._o2o_active_card()
            or referrals_sudo._has_history(friend)
            or referrals_sudo._is_descendant(referrer_sudo, friend)
        ):
            return referrals_sudo.browse()
        address_hash = link_sudo._hash_address(address)
        suspicion = referrals_sudo._find_suspicion(link_sudo, friend, address_hash)
        return referrals_sudo.create(
            {
                "referrer_id": referrer_sudo.id,
                "friend_id": friend.id,
                "company_id": self.env.company.id,
                "link_id": link_sudo.id,
                "address_hash": address_hash,
                "suspicion": suspicion,
                "state": "suspicious" if suspicion else "registered",
            }
        )

    @api.model
    def _has_history(self, friend):
        """Invited before, or a customer already: no new friend."""
        company = Domain("company_id", "=", self.env.company.id)
        return bool(
            self.search_count(company & Domain("friend_id", "=", friend.id), limit=1)
            or self.env["o2o.points.share"].search_count(
                company & Domain("partner_id", "=", friend.id), limit=1
            )
        )

    @api.model
    def _is_descendant(self, partner, ancestor):
        """Whether a member came, over any number of friends, from another one."""
        seen = set()
        while partner and partner.id not in seen:
            if partner == ancestor:
                return True
            seen.add(partner.id)
            partner = self.search(
                Domain("friend_id", "=", partner.id)
                & Domain("company_id", "=", self.env.company.id)
            ).referrer_id
        return False

    @api.model
    def _find_suspicion(self, link_sudo, friend, address_hash):
        """Signs that member and friend are one person. They stop the points until a
        manager has looked, not the registration: families share phones and networks."""
        friend_sudo, referrer_sudo = friend.sudo(), link_sudo.partner_id
        phones = {
            partner.phone_sanitized or partner.phone
            for partner in (friend_sudo, referrer_sudo)
        }
        if len(phones) == 1 and phones != {False}:
            return "phone"
        if not address_hash:
            return False
        if link_sudo._is_own_address(address_hash):
            return "address"
        others = self.search_count(
            Domain("address_hash", "=", address_hash)
            & Domain("referrer_id", "=", referrer_sudo.id),
            limit=MAX_FRIENDS_PER_ADDRESS,
        )
        return "many" if others >= MAX_FRIENDS_PER_ADDRESS else False

    # === first order ===

    @api.model
    def _friend_bought(self, friend):
        """The purchases of a member changed: did a friend's first order count?"""
        # asked at every purchase of everybody, and hardly anybody was invited
        self.flush_model(["friend_id", "company_id", "state"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM o2o_referral
                 WHERE friend_id = %s AND company_id = %s
                   AND state IN ('registered', 'completed')
              ORDER BY id DESC LIMIT 1
                """,
                friend.id,
                self.env.company.id,
            )
        )
        for (referral_id,) in rows:
            # sudo: whoever completes or takes back an order may not see referrals
            self.sudo().browse(referral_id)._update()

    def _update(self):
        self.ensure_one()
        if self.state == "completed" and self._is_final():
            return
        has_order = self._has_order()
        if self.state == "registered" and has_order:
            self._complete()
        elif self.state == "completed" and not has_order:
            self._take_back()

    def _rule(self):
        return self.env["o2o.points.rule"]._event_rule("referral")

    def _is_final(self):
        """Whether the points can no longer be taken back, or there are none."""
        entries = self.referrer_entry_id | self.friend_entry_id
        now = fields.Datetime.now()
        return not entries or any(entry.available_at <= now for entry in entries)

    def _has_order(self):
        """Whether the friend keeps goods for the amount of the rule."""
        [[kept]] = self.env["o2o.points.share"]._read_group(
            Domain("partner_id", "=", self.friend_id.id)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("kind", "=", "earn")
            & Domain("kept_quantity", ">", 0),
            aggregates=["kept_amount:sum"],
        )
        currency = self.company_id.currency_id
        kept = kept or 0.0
        return (
            currency.compare_amounts(kept, 0.0) > 0
            and currency.compare_amounts(kept, self._rule().min_amount) >= 0
        )

    def _complete(self):
        """Give both their points; limits may leave less, and the friend counts once."""
        rule_sudo = self._rule()
        if not rule_sudo or not self.referrer_id._o2o_active_card():
            return
        number = self.round + 1
        company = self.company_id
        referrer = self.referrer_id.with_company(company)
        friend = self.friend_id.with_company(company)
        key = f"o2o.referral/{self.id}/{number}"
        self.write(
            {
                "state": "completed",
                "round": number,
                "completed_at": fields.Datetime.now(),
                "referrer_entry_id": referrer._o2o_reward(
                    "referral", f"{key}/member", source=self, facts={"role": "member"}
                ).id,
                "friend_entry_id": friend._o2o_reward(
                    "referral",
                    f"{key}/friend",
                    points=rule_sudo.friend_points,
                    source=self,
                    facts={"role": "friend"},
                ).id,
            }
        )

    def _take_back(self):
        """Everything came back while the points were still pending."""
        for entry in self.referrer_entry_id | self.friend_entry_id:
            if entry._reversible_points():
                entry._reverse(f"{entry.key}/back")
        self.write({"state": "registered", "completed_at": False})

    # === managers ===

    def _ensure_can_decide(self):
        if not self.env.user.has_group(_MANAGER):
            raise AccessError(
                self.env._("Only managers of members decide about referrals.")
            )
        self.check_access("read")
        if any(referral.state != "suspicious" for referral in self):
            raise UserError(self.env._("Only referrals to check can be decided."))

    def action_release(self):
        """The friend is real: count what was bought, now or later."""
        self._ensure_can_decide()
        # sudo: nobody writes states but the methods of this model
        for referral_sudo in self.sudo():
            referral_sudo.state = "registered"
            referral_sudo.with_company(referral_sudo.company_id)._update()

    def action_refuse(self):
        self._ensure_can_decide()
        self.sudo().state = "refused"  # sudo: see above

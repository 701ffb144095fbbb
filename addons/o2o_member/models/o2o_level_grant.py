from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..const import LEVEL_CONTEXT, is_level_writer
from ..lib.levels import days_left, term_end


class O2oLevelGrant(models.Model):
    """A level for a term: a fee that was paid (MEM-08), or given by a manager.

    Days are days of the company, the first and the last one included.
    """

    _name = "o2o.level.grant"
    _description = "Level for a Term"
    _order = "date_from desc, id desc"
    _rec_name = "level_id"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner",
        string="Member",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="restrict"
    )
    level_id = fields.Many2one(
        "o2o.level",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    cause = fields.Selection(
        [("fee", "Fee"), ("manual", "By hand")], required=True, readonly=True
    )
    date_from = fields.Date(string="From", required=True, readonly=True)
    date_to = fields.Date(string="To", required=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(string="Fee", readonly=True)
    key = fields.Char(string="Idempotency Key", required=True, readonly=True)
    res_model = fields.Char(string="Source Model", readonly=True)
    res_id = fields.Many2oneReference(
        string="Source", model_field="res_model", readonly=True
    )
    reason = fields.Char(readonly=True)
    actor_id = fields.Many2one(
        "res.users", string="By", required=True, readonly=True, ondelete="restrict"
    )
    revoked_at = fields.Datetime(readonly=True)
    revoke_reason = fields.Char(readonly=True)
    refund_amount = fields.Monetary(
        readonly=True, help="The part of the fee for the days not used."
    )
    state = fields.Selection(
        [
            ("future", "Not started"),
            ("running", "Running"),
            ("ended", "Ended"),
            ("revoked", "Taken back"),
        ],
        string="Status",
        compute="_compute_state",
    )

    _key_uniq = models.UniqueIndex("(key)", "This level was already granted.")
    _term_forward = models.Constraint(
        "CHECK (date_to >= date_from)", "A term ends after it begins."
    )
    _running_idx = models.Index(
        "(company_id, partner_id, date_to) WHERE revoked_at IS NULL"
    )

    @api.depends("date_from", "date_to", "revoked_at")
    def _compute_state(self):
        for grant in self:
            today = grant.company_id._o2o_today()
            if grant.revoked_at:
                grant.state = "revoked"
            elif grant.date_from > today:
                grant.state = "future"
            else:
                grant.state = "running" if grant.date_to >= today else "ended"

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        self._ensure_writer()
        return super().create(vals_list)

    def write(self, vals):
        self._ensure_writer()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        raise UserError(self.env._("Granted levels cannot be deleted. Take them back."))

    def _ensure_writer(self):
        if not is_level_writer(self.env):
            raise UserError(
                self.env._("Use Grant a Level and Take Back on the member instead.")
            )

    # === granting ===

    @api.model
    def _grant_fee(self, partner, level, months, amount, key, source):
        """MEM-08: a paid term; a renewal begins when the running term has ended.

        Idempotent by ``key``. The caller knows that the money is there.

        :param float amount: what was paid, in company currency
        :param source: the order line that sold it
        """
        company = level.company_id
        # sudo: buyers and cashiers have no write access to granted levels
        grants_sudo = self.sudo().with_context(**LEVEL_CONTEXT).with_company(company)
        if existing_sudo := grants_sudo.search([("key", "=", key)]):
            return existing_sudo
        partner.sudo().lock_for_update(allow_referencing=True)
        last_sudo = grants_sudo.search(
            Domain("partner_id", "=", partner.id)
            & Domain("level_id", "=", level.id)
            & Domain("cause", "=", "fee")
            & Domain("revoked_at", "=", False),
            order="date_to desc",
            limit=1,
        )
        start = company._o2o_today()
        if last_sudo and last_sudo.date_to >= start:
            start = fields.Date.add(last_sudo.date_to, days=1)
        grant_sudo = grants_sudo.create(
            {
                "partner_id": partner.id,
                "company_id": company.id,
                "level_id": level.id,
                "cause": "fee",
                "date_from": start,
                "date_to": term_end(start, months),
                "amount": amount,
                "key": key,
                "res_model": source._name,
                "res_id": source.id,
                "reason": source.order_id.name,
                "actor_id": self.env.uid,
            }
        )
        partner.with_company(company)._o2o_evaluate_levels()
        return grant_sudo

    @api.model
    def _grant_by_hand(self, partner, level, date_to, reason, key):
        """A manager gives a level until a day, with a reason."""
        self._ensure_can_manage()
        company = level.company_id
        today = company._o2o_today()
        if date_to < today:
            raise UserError(self.env._("The last day is past. Choose a later one."))
        # sudo: the right was checked above; nobody has write access to these rows
        grants_sudo = self.sudo().with_context(**LEVEL_CONTEXT).with_company(company)
        grant_sudo = grants_sudo.search([("key", "=", key)])
        if not grant_sudo:
            grant_sudo = grants_sudo.create(
                {
                    "partner_id": partner.id,
                    "company_id": company.id,
                    "level_id": level.id,
                    "cause": "manual",
                    "date_from": today,
                    "date_to": date_to,
                    "key": key,
                    "reason": reason,
                    "actor_id": self.env.uid,
                }
            )
            partner.with_company(company)._o2o_evaluate_levels()
        return grant_sudo

    # === taking back ===

    def _get_refund_amount(self, today=None):
        """What a refund today pays back: the fee by days left, to the cent."""
        self.ensure_one()
        if self.revoked_at:
            return self.refund_amount
        today = today or self.company_id._o2o_today()
        left, total = days_left(self.date_from, self.date_to, today)
        return self.currency_id.round(self.amount * left / total)

    def _revoke(self, reason, amount=None):
        """End these terms now. Terms of the same level that follow move forward, so
        that nobody loses days that were paid. Silent when already taken back.

        :param float amount: what was really paid back; by default the days left
        """
        # sudo: callers decide who may take a level back
        for grant_sudo in self.sudo().with_context(**LEVEL_CONTEXT):
            if grant_sudo.revoked_at:
                continue
            today = grant_sudo.company_id._o2o_today()
            # today's day is used up, and the follower begins today all the same: the
            # member must not be without the level for the rest of the day
            first = max(today, grant_sudo.date_from)
            shift = max(0, (grant_sudo.date_to - first).days + 1)
            refund = grant_sudo._get_refund_amount() if amount is None else amount
            followers_sudo = grant_sudo._get_followers()
            grant_sudo.write(
                {
                    "revoked_at": fields.Datetime.now(),
                    "revoke_reason": reason,
                    "refund_amount": refund,
                }
            )
            for follower_sudo in followers_sudo:
                follower_sudo.write(
                    {
                        "date_from": fields.Date.subtract(
                            follower_sudo.date_from, days=shift
                        ),
                        "date_to": fields.Date.subtract(
                            follower_sudo.date_to, days=shift
                        ),
                    }
                )
        for company, grants in self.grouped("company_id").items():
            grants.partner_id.with_company(company)._o2o_evaluate_levels()

    def _get_followers(self):
        """Terms of the same level paid to begin after this one, earliest first."""
        return self.search(
            Domain("partner_id", "=", self.partner_id.id)
            & Domain("level_id", "=", self.level_id.id)
            & Domain("cause", "=", "fee")
            & Domain("revoked_at", "=", False)
            & Domain("date_from", ">", self.date_to),
            order="date_from",
        )

    def action_take_back(self):
        """The dialog with the preview (MEM-08)."""
        self.ensure_one()
        self._ensure_can_manage()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Take Back a Level"),
            "res_model": "o2o.level.refund",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_grant_id": self.id},
        }

    @api.model
    def _ensure_can_manage(self):
        if not self.env.user.has_group("o2o_member.o2o_member_group_manager"):
            raise AccessError(
                self.env._("Only a member administrator gives or takes back levels.")
            )

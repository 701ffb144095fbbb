from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ..const import LEVEL_CONTEXT, is_level_writer

_NOTICES = [("up", "Higher level"), ("down", "Lower level"), ("grace", "Grace period")]
# Everything else of a row is written once.
_MUTABLE = {"until_at", "grace_until", "notice"}


class O2oLevelMembership(models.Model):
    """The history of levels: a row per stretch of time, with the facts that gave it.

    Rows are made by :meth:`res.partner._o2o_evaluate_levels` only. A row is closed by
    its successor and never changed afterwards, so "why Gold?" has an answer later.
    """

    _name = "o2o.level.membership"
    _description = "Level History"
    _order = "id desc"
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
        "res.company", required=True, readonly=True, ondelete="restrict"
    )
    level_id = fields.Many2one(
        "o2o.level",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    from_at = fields.Datetime(string="From", required=True, readonly=True)
    until_at = fields.Datetime(string="Until", readonly=True)
    cause = fields.Selection(
        [
            ("registration", "Registration"),
            ("spend", "Spend"),
            ("count", "Number of purchases"),
            ("fee", "Fee"),
            ("manual", "By hand"),
        ],
        required=True,
        readonly=True,
    )
    facts = fields.Json(readonly=True)
    grant_id = fields.Many2one(
        "o2o.level.grant", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    window_since = fields.Datetime(
        readonly=True, help="Start of the window whose purchases gave this level."
    )
    grace_until = fields.Date(
        readonly=True, help="The level falls after this day unless it is earned again."
    )
    checked_on = fields.Date(readonly=True)
    notice = fields.Selection(_NOTICES, string="Notice to Send", readonly=True)
    explanation = fields.Char(string="Why", compute="_compute_explanation")

    # the row a member has now; it answers every question about the present
    _current_uniq = models.UniqueIndex(
        "(partner_id, company_id) WHERE until_at IS NULL",
        "A member has one level at a time.",
    )
    _sweep_idx = models.Index(
        "(company_id, partner_id) WHERE until_at IS NULL AND checked_on IS NULL"
    )
    _notice_idx = models.Index("(id) WHERE notice IS NOT NULL")

    @api.depends("facts", "cause")
    @api.depends_context("lang")
    def _compute_explanation(self):
        for row in self:
            row.explanation = row._explain()

    def _explain(self):
        """Plain words from the stored facts alone, whatever was edited since."""
        self.ensure_one()
        facts = self.facts or {}
        currency = self.company_id.currency_id
        values = {
            "spend": currency.format(facts.get("spend", 0.0)),
            "spend_min": currency.format(facts.get("spend_min", 0.0)),
            "count": facts.get("count", 0),
            "count_min": facts.get("count_min", 0),
            "months": facts.get("window_months", 0),
            "amount": currency.format(facts.get("amount", 0.0)),
            "reason": facts.get("reason", ""),
            "until": format_date(self.env, facts.get("date_to") or False),
        }
        match self.cause:
            case "spend" | "count" if facts.get("needs_both"):
                return self.env._(
                    "Spent %(spend)s in %(count)s purchases within %(months)s months; "
                    "%(spend_min)s and %(count_min)s purchases are needed.",
                    **values,
                )
            case "spend":
                return self.env._(
                    "Spent %(spend)s within %(months)s months; "
                    "%(spend_min)s is needed.",
                    **values,
                )
            case "count":
                return self.env._(
                    "%(count)s purchases within %(months)s months; "
                    "%(count_min)s are needed.",
                    **values,
                )
            case "fee":
                return self.env._(
                    "Paid a fee of %(amount)s, valid to %(until)s.", **values
                )
            case "manual":
                return self.env._("By hand until %(until)s: %(reason)s", **values)
        return self.env._("Every member starts here.")

    # === CRUD ===

    @api.model_create_multi
    def create(self, vals_list):
        self._ensure_writer()
        return super().create(vals_list)

    def write(self, vals):
        self._ensure_writer()
        if vals.keys() - _MUTABLE or (
            vals.keys() - {"notice"} and any(row.until_at for row in self)
        ):
            raise UserError(self.env._("The history of levels cannot be changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_history(self):
        raise UserError(self.env._("The history of levels cannot be deleted."))

    def _ensure_writer(self):
        if not is_level_writer(self.env):
            raise UserError(
                self.env._(
                    "Levels follow from purchases and fees. "
                    "Use Grant a Level on the member to give one by hand."
                )
            )

    # === grace ===

    def _hold_for_grace(self, today):
        """Keep a level that is no longer earned for a while.

        :return: whether the level is kept today
        """
        self.ensure_one()
        if not self.level_id.active or not self.level_id.grace_days:
            return False
        if not self.grace_until:
            self.with_context(**LEVEL_CONTEXT).write(
                {
                    "grace_until": fields.Date.add(
                        today, days=self.level_id.grace_days
                    ),
                    "notice": "grace",
                }
            )
            self.env.ref("o2o_member.o2o_level_cron_notify").sudo()._trigger()
        return today <= self.grace_until

    # === nightly sweep ===

    @api.model
    def _cron_evaluate(self, batch_size=500):
        """Windows that move, grace and fees that end; safe to run twice.

        ``checked_on`` is the mark of the sweep: a run that is cut short goes on where
        it stopped, a second run on the same day finds nothing to do.
        """
        cron = self.env["ir.cron"]
        for company in self.env["res.company"]._o2o_all_companies():
            partners = self.env["res.partner"].with_company(company).browse
            while ids := self._next_to_check(company, batch_size):
                partners(ids)._o2o_evaluate_levels()
                self._mark_checked(company, ids)
                if not cron._commit_progress(len(ids)):
                    return

    @api.model
    def _next_to_check(self, company, limit):
        """Members whose level may differ today, newcomers without a row included."""
        self.env.flush_all()
        today = company._o2o_today()
        rows = self.env.execute_query(
            SQL(
                """
                (SELECT membership.partner_id
                   FROM o2o_level_membership membership
                  WHERE membership.company_id = %(company)s
                    AND membership.until_at IS NULL
                    AND (membership.checked_on IS NULL
                         OR membership.checked_on <> %(today)s)
               ORDER BY membership.partner_id
                  LIMIT %(limit)s)
                UNION
                (SELECT card.partner_id
                   FROM o2o_card card
                  WHERE card.company_id = %(company)s
                    AND card.state = 'active'
                    AND NOT EXISTS (
                        SELECT FROM o2o_level_membership membership
                         WHERE membership.partner_id = card.partner_id
                           AND membership.company_id = card.company_id
                           AND membership.until_at IS NULL)
                  LIMIT %(limit)s)
                """,
                company=company.id,
                today=today,
                limit=limit,
            )
        )
        return sorted(partner_id for (partner_id,) in rows)

    @api.model
    def _mark_checked(self, company, partner_ids):
        self.env.cr.execute(
            SQL(
                """
                UPDATE o2o_level_membership SET checked_on = %s
                 WHERE company_id = %s AND until_at IS NULL AND partner_id = ANY(%s)
                """,
                company._o2o_today(),
                company.id,
                partner_ids,
            )
        )
        self.invalidate_model(["checked_on"])

    @api.model
    def _forget_checks(self, companies):
        """The criteria changed: the next run of the sweep looks at everybody."""
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                UPDATE o2o_level_membership SET checked_on = NULL
                 WHERE company_id = ANY(%s) AND until_at IS NULL
                   AND checked_on IS NOT NULL
                """,
                companies.ids,
            )
        )
        self.invalidate_model(["checked_on"])

    # === notices ===

    @api.model
    def _cron_notify(self):
        """Tell members what changed; outside of the purchase that changed it."""
        cron = self.env["ir.cron"]
        domain = [("notice", "!=", False)]
        todo = self.search(domain, limit=500, order="id")
        cron._commit_progress(remaining=len(todo))
        for row in todo:
            row = row.try_lock_for_update().filtered_domain(domain)
            if row:
                row._send_notice()
                row.with_context(**LEVEL_CONTEXT).notice = False
            if not cron._commit_progress(1):
                break

    def _send_notice(self):
        """One message to the member, in the member's language. Other channels (SMS)
        extend this method."""
        self.ensure_one()
        partner = self.partner_id
        row = self.with_context(lang=partner.lang or self.env.lang)
        subject, body = row._prepare_notice()
        self.env["mail.thread"].message_notify(
            model=partner._name,
            res_id=partner.id,
            partner_ids=partner.ids,
            subject=subject,
            body=body,
        )

    def _prepare_notice(self):
        """(subject, body) of the pending notice."""
        level = self.level_id.name
        if self.notice == "grace":
            return (
                self.env._("Keep your %s level", level),
                self.env._(
                    "Your purchases no longer reach the %(level)s level. You keep it "
                    "until %(date)s, and after that day only if they reach it again.",
                    level=level,
                    date=format_date(self.env, self.grace_until),
                ),
            )
        if self.notice == "down":
            return (
                self.env._("Your level is now %s", level),
                self.env._(
                    "Your level is now %(level)s. Your member page shows what is "
                    "missing to the next one.",
                    level=level,
                ),
            )
        return (
            self.env._("Welcome to %s", level),
            self.env._(
                "You have reached the %(level)s level. %(why)s",
                level=level,
                why=self.explanation,
            ),
        )

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.fields import Domain
from odoo.tools import SQL, format_date, mute_logger

from ..lib.share import points_for

_MEMBER_GROUPS = "o2o_member.o2o_member_group_user,point_of_sale.group_pos_user"


class ResPartner(models.Model):
    """The points of a member: what others may ask of the ledger."""

    _inherit = "res.partner"

    o2o_points_entry_ids = fields.One2many(
        "o2o.points.entry",
        "partner_id",
        string="Points Log",
        readonly=True,
        groups=_MEMBER_GROUPS,
    )
    o2o_points = fields.Integer(
        string="Points",
        compute="_compute_o2o_points",
        compute_sudo=True,
        help="Points that can be spent now.",
    )
    o2o_points_pending = fields.Integer(
        string="Pending Points",
        compute="_compute_o2o_points",
        compute_sudo=True,
        help="Points of recent purchases, usable when the days for returns are over.",
    )
    o2o_points_debt = fields.Integer(
        string="Points Owed",
        compute="_compute_o2o_points",
        compute_sudo=True,
        help="Points spent before the purchase that gave them was returned. "
        "The next points pay them.",
    )

    @api.depends("o2o_points_entry_ids.points")
    @api.depends_context("company")
    def _compute_o2o_points(self):
        available, pending = {}, {}
        now = fields.Datetime.now()
        for bucket in self._o2o_live_buckets():
            side = available if bucket.available_at <= now else pending
            partner_id = bucket.partner_id.id
            side[partner_id] = side.get(partner_id, 0) + bucket.remaining
        debts = self._o2o_points_debts()
        for partner in self:
            partner.o2o_points = available.get(partner._origin.id, 0)
            partner.o2o_points_pending = pending.get(partner._origin.id, 0)
            partner.o2o_points_debt = debts.get(partner._origin.id, 0)

    def _o2o_live_buckets(self):
        """Buckets with points left that have not expired, the first to expire first."""
        return self.env["o2o.points.bucket"].search_fetch(
            Domain("partner_id", "in", self._origin.ids)
            & Domain("company_id", "=", self.env.company.id)
            & Domain("remaining", ">", 0)
            & (
                Domain("expires_at", "=", False)
                | Domain("expires_at", ">", fields.Datetime.now())
            ),
            ["partner_id", "remaining", "available_at", "expires_at"],
        )

    def _o2o_points_debts(self):
        """:return: {partner id: points owed}, debtors only"""
        accounts = self.env["loyalty.card"].search(
            Domain("partner_id", "in", self._origin.ids)
            & Domain("o2o_is_points_account", "=", True)
            & Domain("company_id", "=", self.env.company.id)
            & Domain("points", "<", 0)
        )
        return {card.partner_id.id: round(-card.points) for card in accounts}

    def _o2o_points_summary(self):
        """All a member, or a cashier, wants to know about the points.

        :return: dict with ``available``, ``pending``, ``debt``, ``worth`` (money of the
            available points, company currency) and ``expiring``: the next dates as
            dicts ``points``, ``date`` (last day of use, in the zone of the shop)
        """
        self.ensure_one()
        company = self.env.company
        # sudo: callers checked that this member may be shown
        partner_sudo = self.sudo()
        now = fields.Datetime.now()
        available = pending = 0
        days, expiring = {}, {}
        for bucket in partner_sudo._o2o_live_buckets():
            if bucket.available_at <= now:
                available += bucket.remaining
            else:
                pending += bucket.remaining
            if end := bucket.expires_at:
                if end not in days:
                    days[end] = company._o2o_last_day(end)
                expiring[days[end]] = expiring.get(days[end], 0) + bucket.remaining
        return {
            "available": available,
            "pending": pending,
            "debt": partner_sudo._o2o_points_debts().get(self.id, 0),
            "worth": company._o2o_points_worth(available),
            "expiring": [
                {"points": points, "date": day} for day, points in expiring.items()
            ],
        }

    def action_view_o2o_points(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_member.o2o_points_entry_action"
        )
        action["domain"] = [("partner_id", "=", self.id)]
        return action

    # === business methods ===

    def _o2o_points_for_amount(self, amount):
        """Points a plain purchase of this amount (company currency) gives."""
        rate = self.env.company.o2o_points_per_unit * self._o2o_points_multiplier()
        return points_for(amount, rate)

    def _o2o_points_multiplier(self):
        """How many times the usual points this member earns; levels give more."""
        self.ensure_one()
        return 1.0

    def _o2o_after_purchases_changed(self):
        """Hook: completed purchases of this member were added or taken back."""
        self.ensure_one()

    def _o2o_remind_of_expiry(self, buckets):
        """Tell a member by mail that these points end soon; other addons may call."""
        self.ensure_one()
        if not self.email:
            return
        day = self.env.company._o2o_last_day(min(buckets.mapped("expires_at")))
        self.env.ref("o2o_member.o2o_points_expiry_template").with_context(
            o2o_points=sum(buckets.mapped("remaining")),
            o2o_last_day=format_date(self.env, day, lang_code=self.lang),
        ).send_mail(self.id)

    def _o2o_post_points(self, points, kind, key, source=None, reason="", **details):
        """Move points of this member in the current company, through the ledger.

        Not reachable by RPC. The caller has checked that the user may do this.

        :param int points: signed; zero posts nothing and returns an empty record
        :param str kind: a value of ``o2o.points.entry.kind``
        :param str key: idempotency key; the same posting under the same key returns
            the first entry, another posting under it raises ``ValidationError``
        :param source: record that caused it, shown in the log
        :param str reason: free text, shown in the log
        :param details: ``available_at`` and ``expires_at`` (datetimes, by default what
            the company says for the kind), ``rule`` (``o2o.points.rule``), ``facts``
            (dict, what the points were computed from), ``pos_session``
        :raises UserError: not a member, or not enough points
        :rtype: o2o.points.entry
        """
        self.ensure_one()
        return self.env["o2o.points.entry"]._post(
            self, points, kind, key, source=source, reason=reason, **details
        )

    def _o2o_lock_points(self):
        """What an award begins with, in one query: who has no active card gets nothing,
        for all others the row of the account is locked.

        The same as ``_o2o_active_card``, ``_o2o_points_account`` and ``_o2o_lock``.

        :return: (card, account, whether no purchase with the card was noted yet), in
            sudo; card and account are empty without an active card
        """
        self.ensure_one()
        # sudo: see those methods
        cards_sudo = self.env["o2o.card"].sudo()
        accounts_sudo = self.env["loyalty.card"].sudo().with_context(active_test=False)
        cards_sudo.flush_model()
        accounts_sudo.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT card.id, account.id, card.first_purchase_at IS NULL
                  FROM o2o_card card
                  JOIN loyalty_card account
                    ON account.partner_id = card.partner_id
                   AND account.company_id = card.company_id
                   AND account.o2o_is_points_account
                   AND account.o2o_merged_into_id IS NULL
                 WHERE card.partner_id = %s
                   AND card.company_id = %s
                   AND card.state = 'active'
              ORDER BY card.activated_at DESC, card.id DESC
                 LIMIT 1
                   FOR NO KEY UPDATE OF account
                """,
                self.id,
                self.env.company.id,
            )
        )
        for card_id, account_id, is_first in rows:
            account_sudo = accounts_sudo.browse(account_id)
            account_sudo.invalidate_recordset(["points"])
            return cards_sudo.browse(card_id), account_sudo, is_first
        # no card, or the first points ever
        card_sudo = self._o2o_active_card()
        if not card_sudo:
            return card_sudo, accounts_sudo, False
        account_sudo = self.sudo()._o2o_points_account()
        account_sudo._o2o_lock()
        return card_sudo, account_sudo, not card_sudo.first_purchase_at

    def _o2o_points_account(self):
        """The points account in the current company, in sudo; created when missing."""
        self.ensure_one()
        # sudo: the account is plumbing; only the ledger writes its points
        accounts_sudo = self.env["loyalty.card"].sudo().with_context(active_test=False)
        account_sudo = accounts_sudo.search_fetch(
            [
                ("partner_id", "=", self.id),
                ("company_id", "=", self.env.company.id),
                ("o2o_is_points_account", "=", True),
                ("o2o_merged_into_id", "=", False),
            ],
            ["partner_id", "company_id", "program_id", "o2o_merged_into_id", "points"],
            limit=1,
        )
        if account_sudo:
            return account_sudo
        program_sudo = self.env.company._o2o_points_program()
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                return accounts_sudo.with_context(
                    loyalty_no_mail=True, tracking_disable=True
                ).create({"program_id": program_sudo.id, "partner_id": self.id})
        except UniqueViolation as error:
            # opened by a parallel transaction we cannot see yet: replay the request
            raise ConcurrencyError("points account opened in parallel") from error

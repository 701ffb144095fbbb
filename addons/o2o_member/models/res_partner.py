import math

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.tools import float_round, mute_logger

_MEMBER_GROUPS = (
    "o2o_member.o2o_member_group_user,o2o_member.o2o_member_group_auditor,"
    "point_of_sale.group_pos_user"
)


class ResPartner(models.Model):
    _inherit = "res.partner"

    o2o_card_ids = fields.One2many(
        "o2o.card",
        "partner_id",
        string="Member Cards",
        readonly=True,
        groups=_MEMBER_GROUPS,
    )
    o2o_points_entry_ids = fields.One2many(
        "o2o.points.entry",
        "partner_id",
        string="Points Log",
        readonly=True,
        groups=_MEMBER_GROUPS,
    )
    o2o_is_member = fields.Boolean(
        string="Is a Member",
        compute="_compute_o2o_is_member",
        store=True,
        compute_sudo=True,
        help="Has an active card. For lists and filters: what a member may do is "
        "checked on the card itself.",
    )
    o2o_birthday = fields.Date(
        string="Birthday",
        groups=_MEMBER_GROUPS,
        help="For the birthday gift. A member enters it once; staff corrects it.",
    )
    o2o_points = fields.Integer(
        string="Points", compute="_compute_o2o_points", compute_sudo=True
    )

    @api.depends("o2o_card_ids.state")
    def _compute_o2o_is_member(self):
        for partner in self:
            partner.o2o_is_member = "active" in partner.o2o_card_ids.mapped("state")

    @api.depends("o2o_points_entry_ids.points")
    @api.depends_context("company")
    def _compute_o2o_points(self):
        points = dict(
            self.env["o2o.points.entry"]._read_group(
                [
                    ("partner_id", "in", self.ids),
                    ("company_id", "=", self.env.company.id),
                ],
                groupby=["partner_id"],
                aggregates=["points:sum"],
            )
        )
        for partner in self:
            partner.o2o_points = points.get(partner._origin, 0)

    # === actions ===

    def action_view_o2o_points(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_member.o2o_points_entry_action"
        )
        action["domain"] = [("partner_id", "=", self.id)]
        return action

    # === membership ===

    def _o2o_active_card(self):
        """The active card of this partner in the current company, in sudo."""
        self.ensure_one()
        # sudo: visitors and cashiers ask whether, not which
        return (
            self.env["o2o.card"]
            .sudo()
            .search(
                [
                    ("partner_id", "=", self.id),
                    ("company_id", "=", self.env.company.id),
                    ("state", "=", "active"),
                ],
                order="activated_at desc, id desc",
                limit=1,
            )
        )

    def _o2o_ensure_member(self):
        """CARD-04: nobody earns or redeems points without an activated card."""
        if not self._o2o_active_card():
            raise UserError(
                self.env._(
                    "%s has no active member card. Activate a card first.",
                    self.display_name,
                )
            )

    # === points ===

    def _o2o_points_for_amount(self, amount):
        """Points earned for an amount in company currency, fractions dropped."""
        points = amount * self.env.company.o2o_points_per_unit
        # 1.1 * 10 is a little less than 11 in binary: round before dropping
        return max(0, math.floor(float_round(points, precision_digits=4)))

    def _o2o_post_points(self, points, kind, key, source=None, reason=""):
        """Move points of this member in the current company, through the ledger.

        Not reachable by RPC. The caller has checked that the user may do this.

        :param int points: signed; zero posts nothing and returns an empty record
        :param str kind: a value of ``o2o.points.entry.kind``
        :param str key: idempotency key; the same posting under the same key returns
            the first entry, another posting under it raises ``ValidationError``
        :param source: record that caused it, shown in the log
        :param str reason: free text, shown in the log
        :raises UserError: not a member, or not enough points
        :rtype: o2o.points.entry
        """
        self.ensure_one()
        return self.env["o2o.points.entry"]._post(
            self, points, kind, key, source=source, reason=reason
        )

    def _o2o_points_account(self):
        """The points account in the current company, in sudo; created when missing."""
        self.ensure_one()
        program_sudo = self.env.company._o2o_points_program()
        # sudo: the account is plumbing; only the ledger writes its points
        accounts_sudo = self.env["loyalty.card"].sudo().with_context(active_test=False)
        account_sudo = accounts_sudo.search(
            [("program_id", "=", program_sudo.id), ("partner_id", "=", self.id)],
            limit=1,
        )
        if account_sudo:
            return account_sudo
        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                return accounts_sudo.with_context(
                    loyalty_no_mail=True, tracking_disable=True
                ).create({"program_id": program_sudo.id, "partner_id": self.id})
        except UniqueViolation as error:
            # opened by a parallel transaction we cannot see yet: replay the request
            raise ConcurrencyError("points account opened in parallel") from error

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..const import is_ledger

_OURS = {"o2o_is_points_account", "o2o_merged_into_id"}
_GUARDED = {"points", "partner_id", "program_id"} | _OURS


class LoyaltyCard(models.Model):
    """Core's card is the account of a member; its ``points`` only mirror the ledger.

    Core lets every cashier write ``loyalty.card`` by RPC, hence the checks here. They
    ask the program, not the stored flag of the card, which exists for the index.
    """

    _inherit = "loyalty.card"

    o2o_is_points_account = fields.Boolean(
        related="program_id.o2o_is_member_points", store=True, precompute=True
    )

    o2o_birthday_gift_ids = fields.One2many(
        "o2o.birthday.gift",
        "coupon_id",
        string="Birthday Gift",
        readonly=True,
        groups="o2o_member.o2o_member_group_user",
    )
    o2o_merged_into_id = fields.Many2one(
        "loyalty.card",
        string="Merged Into",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The account where the points of this one went when members were merged.",
    )

    _o2o_account_uniq = models.UniqueIndex(
        "(program_id, partner_id) "
        "WHERE o2o_is_points_account IS TRUE AND o2o_merged_into_id IS NULL",
        "A member has one points account per company.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        cards = super().create(vals_list)
        if not is_ledger(self.env) and (
            any(_OURS & vals.keys() for vals in vals_list)
            or any(card.points for card in cards._o2o_accounts())
        ):
            self._o2o_refuse()
        return cards

    def write(self, vals):
        if _GUARDED & vals.keys() and not is_ledger(self.env):
            self._o2o_check_write(vals)
        return super().write(vals)

    def _o2o_check_write(self, vals):
        """Let core rewrite the same values, refuse everything else."""
        # sudo: programs are checked whatever the user may read of them
        program_sudo = self.env["loyalty.program"].sudo().browse(vals.get("program_id"))
        if _OURS & vals.keys():
            self._o2o_refuse()
        if program_sudo.o2o_is_member_points and self.program_id != program_sudo:
            self._o2o_refuse()
        for account in self._o2o_accounts():
            if (
                ("points" in vals and vals["points"] != account.points)
                or (
                    "partner_id" in vals and vals["partner_id"] != account.partner_id.id
                )
                or (
                    "program_id" in vals and vals["program_id"] != account.program_id.id
                )
            ):
                self._o2o_refuse()

    def _o2o_accounts(self):
        # sudo: see above
        return self.filtered(lambda card: card.sudo().program_id.o2o_is_member_points)

    def _o2o_refuse(self):
        raise UserError(
            self.env._(
                "Member points change through the points log only. "
                "Use Adjust Points on the member."
            )
        )

    def _o2o_lock(self):
        """Wait for the account row. Who waited for a finished posting is replayed by
        Odoo with a fresh view of the ledger (serialization failure).

        What concerns an account that was merged happens on the one it went to."""
        self.ensure_one()
        account = self.o2o_merged_into_id or self
        self.env.cr.execute(
            SQL(
                "SELECT id FROM loyalty_card WHERE id = %s FOR NO KEY UPDATE",
                account.id,
            )
        )
        (self | account).invalidate_recordset(["points"])

    def _o2o_family(self):
        """This account and those that were merged into it."""
        self.ensure_one()
        merged = self.with_context(active_test=False).search(
            [("o2o_merged_into_id", "=", self.id)]
        )
        return self | merged

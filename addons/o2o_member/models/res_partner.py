from odoo import api, fields, models
from odoo.exceptions import UserError

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

    @api.depends("o2o_card_ids.state")
    def _compute_o2o_is_member(self):
        for partner in self:
            partner.o2o_is_member = "active" in partner.o2o_card_ids.mapped("state")

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

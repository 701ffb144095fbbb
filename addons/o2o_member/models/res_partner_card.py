import time

from odoo import api, fields, models
from odoo.fields import Domain

from ..lib.member_token import make_token
from ..lib.text import clean_card_number
from .res_partner import _MEMBER_GROUPS

_MIN_PHONE_DIGITS = 3


# one class per topic, one topic per file
# pylint: disable=consider-merging-classes-inherited
class ResPartner(models.Model):
    _inherit = "res.partner"

    o2o_card_number = fields.Char(
        string="Card Number",
        compute="_compute_o2o_card_number",
        compute_sudo=True,
        groups=_MEMBER_GROUPS,
    )
    o2o_member_since = fields.Datetime(
        string="Card Opened",
        compute="_compute_o2o_member_since",
        store=True,
        compute_sudo=True,
        index="btree_not_null",
        groups=_MEMBER_GROUPS,
        help="When this member opened the first card.",
    )
    o2o_member_search = fields.Char(
        string="Member",
        store=False,
        search="_search_o2o_member_search",
        groups=_MEMBER_GROUPS,
        help="Name, phone (with or without spaces) or any card number, old ones too.",
    )

    @api.depends("o2o_card_ids.state", "o2o_card_ids.number")
    @api.depends_context("company")
    def _compute_o2o_card_number(self):
        """The card in use; failing that, the last one."""
        numbers = {}
        cards = self.env["o2o.card"].search_fetch(
            [
                ("partner_id", "in", self.ids),
                ("company_id", "=", self.env.company.id),
            ],
            ["partner_id", "number", "state"],
            order="activated_at, id",
        )
        for card in cards.sorted(lambda card: card.state == "active"):
            numbers[card.partner_id.id] = card.number
        for partner in self:
            partner.o2o_card_number = numbers.get(partner._origin.id, False)

    @api.depends("o2o_card_ids.activated_at")
    def _compute_o2o_member_since(self):
        for partner in self:
            opened = partner.o2o_card_ids.mapped("activated_at")
            partner.o2o_member_since = min(filter(None, opened), default=False)

    @api.model
    def _search_o2o_member_search(self, operator, value):
        if operator not in ("ilike", "like", "=", "=ilike") or not isinstance(
            value, str
        ):
            return NotImplemented
        domain = Domain("name", operator, value)
        if number := clean_card_number(value):
            domain |= Domain("o2o_card_ids.number", operator, number)
        if sum(char.isdigit() for char in value) >= _MIN_PHONE_DIGITS:
            domain |= Domain("phone_mobile_search", operator, value)
        return domain

    def _o2o_cards(self, state, kind=None):
        """Cards of this partner in the current company, in sudo, newest first."""
        self.ensure_one()
        domain = Domain(
            [
                ("partner_id", "=", self.id),
                ("company_id", "=", self.env.company.id),
                ("state", "=", state),
            ]
        )
        if kind:
            domain &= Domain("kind", "=", kind)
        # sudo: visitors and cashiers ask whether, not which
        return self.env["o2o.card"].sudo().search(domain, order="activated_at desc, id")

    def _o2o_member_token(self):
        """The text of the member's QR in this minute, for the current company.

        Only for the member and for who acts for the member: a till that reads it has
        the member in front of it.
        """
        self.ensure_one()
        return make_token(
            self.env["o2o.card"]._hash_key(),
            str(self.env.company.id),
            self.id,
            time.time(),
        )

    def action_view_o2o_cards(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_member.o2o_card_action"
        )
        action["domain"] = [("partner_id", "=", self.id)]
        return action

"""What the till needs of a contact: search keys, the member card, no mass loading."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import html2plaintext

from ..lib.mask import mask_phone
from ..lib.member_token import is_member_token
from ..lib.pinyin import search_key
from .res_partner import _MEMBER_GROUPS

_PURCHASE_LIMIT = 3
_COUPON_LIMIT = 20


class ResPartner(models.Model):
    _inherit = "res.partner"  # pylint: disable=consider-merging-classes-inherited

    o2o_pinyin = fields.Char(
        string="Pinyin",
        compute="_compute_o2o_pinyin",
        store=True,
        groups=_MEMBER_GROUPS,
        help="Initials and full pinyin of the name: what the till searches.",
    )

    # The look-up box of the till (POS-02): each key has its index. Suffixes are
    # prefixes of the reversed text.
    _o2o_pinyin_idx = models.Index("(o2o_pinyin text_pattern_ops)")
    _o2o_syllables_idx = models.Index(
        "(split_part(o2o_pinyin, ' ', 2) text_pattern_ops)"
    )
    _o2o_name_prefix_idx = models.Index("(name text_pattern_ops)")
    _o2o_phone_end_idx = models.Index(
        r"(reverse(regexp_replace(phone, '\D', '', 'g')) text_pattern_ops)"
    )

    @api.depends("name")
    def _compute_o2o_pinyin(self):
        for partner in self:
            partner.o2o_pinyin = search_key(partner.name) or False

    # === till: look-up ===

    @api.model
    def _o2o_partner_from_token(self, text):
        """The member whose electronic card was shown. Uses the code up.

        :param str text: what was scanned, maybe something else entirely
        :return: (partner, ""), (empty, what to tell the cashier) for a card that is
            not valid, (empty, "") for a text that is no electronic card
        """
        if not is_member_token(text):
            return self.browse(), ""
        cards = self.env["o2o.card"]
        partner_sudo, error = cards._from_member_token(text)
        return partner_sudo, cards._member_token_message(error) if error else ""

    def _o2o_till_card_values(self, config):
        """The member card as a till shows it (idea 10). Other addons extend it.

        Runs elevated and in the company of the till, after the caller was checked;
        holds only what the job needs.

        :param config: the ``pos.config`` asking
        """
        self.ensure_one()
        card = self._o2o_till_card()
        return {
            "id": self.id,
            "name": self.name or "",
            "phone": self._o2o_till_phone(),
            "pinyin": self.o2o_pinyin or "",
            "is_member": card.state == "active",
            "card": {
                "number": card.number,
                "state": card.state,
                "state_label": dict(
                    card._fields["state"]._description_selection(self.env)
                )[card.state],
            }
            if card
            else False,
            "level": self._o2o_level_progress() or False,
            "points": self._o2o_till_points(),
            "coupons": self._o2o_till_coupons(config),
            "orders": [],
            "purchases": self._o2o_till_purchases(),
            "note": self._o2o_till_note(),
            "as_of": fields.Datetime.to_string(fields.Datetime.now()),
        }

    def _o2o_till_card(self):
        """The card to show: the active one, else the latest."""
        cards = self.env["o2o.card"].search(
            [("partner_id", "=", self.id), ("company_id", "=", self.env.company.id)],
            order="activated_at desc, id desc",
        )
        return (cards.filtered(lambda card: card.state == "active") or cards)[:1]

    def _o2o_till_phone(self):
        """In full only for who manages members; a cashier compares the ends."""
        is_member_staff = self.env.user.has_group("o2o_member.o2o_member_group_user")
        return (self.phone or "") if is_member_staff else mask_phone(self.phone)

    def _o2o_till_note(self):
        return html2plaintext(self.comment or "").strip()

    def _o2o_till_points(self):
        summary = self._o2o_points_summary()
        return {
            **summary,
            "expiring": [
                {**row, "date": fields.Date.to_string(row["date"])}
                for row in summary["expiring"]
            ],
        }

    def _o2o_till_coupons(self, config):
        """Coupons this member may use at this till today."""
        coupons = self._o2o_usable_coupons().filtered(
            lambda coupon: (
                coupon.program_id.pos_ok
                and (
                    not coupon.program_id.pos_config_ids
                    or config in coupon.program_id.pos_config_ids
                )
            )
        )
        return [
            {
                "id": coupon.id,
                "name": coupon.program_id.name,
                "code": coupon.code,
                "points": coupon.points_display,
                "expires_on": fields.Date.to_string(coupon.expiration_date) or "",
            }
            for coupon in coupons[:_COUPON_LIMIT]
        ]

    def _o2o_till_purchases(self):
        """The last purchases, at the tills and online, newest first."""
        own = Domain("partner_id", "=", self.id) & Domain(
            "company_id", "=", self.env.company.id
        )
        till = self.env["pos.order"].search_fetch(
            own & Domain("state", "in", ["paid", "done"]),
            ["name", "pos_reference", "date_order", "amount_total", "currency_id"],
            order="date_order desc, id desc",
            limit=_PURCHASE_LIMIT,
        )
        online = self.env["sale.order"].search_fetch(
            own & Domain("state", "=", "sale"),
            ["name", "date_order", "amount_total", "currency_id"],
            order="date_order desc, id desc",
            limit=_PURCHASE_LIMIT,
        )
        rows = [
            (order, order.pos_reference or order.name, "till") for order in till
        ] + [(order, order.name, "online") for order in online]
        rows.sort(key=lambda row: row[0].date_order, reverse=True)
        return [
            {
                "name": name,
                "origin": origin,
                "date": fields.Datetime.to_string(order.date_order),
                "amount": order.amount_total,
                "currency_id": order.currency_id.id,
            }
            for order, name, origin in rows[:_PURCHASE_LIMIT]
        ]

    # === till: loading ===

    @api.model
    def _load_pos_data_domain(self, data, config):
        """A till opens without the member list: customers of open orders only.

        Everybody else is fetched when asked for (look-up box, customer list).
        """
        return super()._load_pos_data_domain(
            data, config.with_context(o2o_without_customers=True)
        )

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

from ..const import HASH_KEY_PARAMETER
from ..lib.hashing import keyed_hash, same_hash
from ..lib.text import clean_card_number, clean_code


class O2oCard(models.Model):
    """A printed member card. It is worth nothing until its code activates it."""

    _name = "o2o.card"
    _description = "Member Card"
    _order = "number, id"
    _rec_name = "number"
    _rec_names_search = ["number", "partner_id.name", "partner_id.phone"]
    _check_company_auto = True

    number = fields.Char(string="Card Number", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    # HMAC of number and code together: equal codes on two cards do not look equal.
    code_hash = fields.Char(
        required=True, readonly=True, copy=False, groups="base.group_system"
    )
    # No check_company: the import alone sets it, with the company of the batch, and the
    # check would take twice as long as everything else for a hundred thousand cards.
    batch_id = fields.Many2one(
        "o2o.card.batch",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    state = fields.Selection(
        [("new", "Not activated"), ("active", "Active"), ("blocked", "Blocked")],
        string="Status",
        required=True,
        readonly=True,
        default="new",
        copy=False,
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Member",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    partner_phone = fields.Char(related="partner_id.phone", string="Phone")
    partner_points = fields.Integer(related="partner_id.o2o_points", string="Points")
    activated_at = fields.Datetime(readonly=True, copy=False)

    _number_uniq = models.UniqueIndex(
        "(company_id, number)", "This card number is already in the base."
    )
    _state_idx = models.Index("(company_id, state)")
    # the till searches by the last digits
    _number_end_idx = models.Index(
        "(company_id, reverse(number) text_pattern_ops) WHERE partner_id IS NOT NULL"
    )
    _member_when_active = models.Constraint(
        "CHECK (state != 'active' OR partner_id IS NOT NULL)",
        "An active card belongs to a member.",
    )

    # === actions ===

    def action_block(self):
        self._ensure_can_manage()
        # sudo: the right was checked above; nobody has write access to cards
        self.sudo().filtered(lambda card: card.state != "blocked").state = "blocked"
        return True

    def action_unblock(self):
        self._ensure_can_manage()
        # sudo: the right was checked above; nobody has write access to cards
        for card_sudo in self.sudo().filtered(lambda card: card.state == "blocked"):
            card_sudo.state = "active" if card_sudo.partner_id else "new"
        return True

    def _ensure_can_manage(self):
        self.check_access("read")
        if not self.env.user.has_group("o2o_member.o2o_member_group_manager"):
            raise AccessError(
                self.env._("Only a member administrator can block or unblock cards.")
            )

    # === activation ===

    @api.model
    def _try_activate(self, number, code, partner, address):
        """Activate a card for a partner when number and code belong together.

        :param str number: as typed
        :param str code: as typed
        :param partner: the ``res.partner`` who becomes the member
        :param str address: client address, or falsy when staff does it at a counter
        :return: (card in sudo, False) or (empty card, error code); error codes are
            those of :meth:`_activation_message`
        """
        if partner._o2o_active_card():
            return self.browse(), "already_member"
        card_sudo, error = self._check_code(number, code, address)
        if error:
            return self.browse(), error
        card_sudo._activate(partner)
        return card_sudo, False

    @api.model
    def _check_code(self, number, code, address):
        """Check number and code together, and count the try.

        A card that does not exist answers exactly like a wrong code. That a card is
        used or blocked is told only to who knows its code.

        :return: (card in sudo, False) or (empty card, error code)
        """
        number, code = clean_card_number(number), clean_code(code)
        number_hash = self._hash("number", str(self.env.company.id), number)
        address_hash = self._hash("address", address) if address else False
        # sudo: visitors try codes; tries and code hashes stay invisible to them
        attempts_sudo = self.env["o2o.card.attempt"].sudo()
        self.env["o2o.card.throttle"].sudo()._enter(
            filter(None, [number_hash, address_hash])
        )
        if attempts_sudo._is_limited(number_hash, address_hash):
            return self.browse(), "too_many"
        card_sudo = self.sudo().search(
            [("company_id", "=", self.env.company.id), ("number", "=", number)]
        )
        expected = card_sudo.code_hash or self._hash("nothing")
        is_right = same_hash(expected, self._code_hash(number, code))
        attempts_sudo.create(
            {
                "number_hash": number_hash,
                "address_hash": address_hash,
                "attempted_at": fields.Datetime.now(),
                "success": is_right,
            }
        )
        if not is_right:
            return self.browse(), "mismatch"
        if card_sudo.state != "new":
            return self.browse(), "used" if card_sudo.state == "active" else "blocked"
        return card_sudo, False

    def _activate(self, partner):
        """Bind a new card to its member and open the member's points account."""
        self.ensure_one()
        self.env.cr.execute(
            SQL("SELECT state FROM o2o_card WHERE id = %s FOR NO KEY UPDATE", self.id)
        )
        if self.env.cr.fetchone()[0] != "new":
            raise UserError(self._activation_message("used"))
        self.write(
            {
                "state": "active",
                "partner_id": partner.id,
                "activated_at": fields.Datetime.now(),
            }
        )
        partner.with_company(self.company_id)._o2o_points_account()

    @api.model
    def _activation_message(self, error):
        """What to tell a visitor; ``error`` comes from :meth:`_try_activate`."""
        return {
            "mismatch": self.env._("Card number and activation code do not match."),
            "used": self.env._("This card has already been activated."),
            "blocked": self.env._("This card is blocked. Please ask in a store."),
            "already_member": self.env._("You already have an active card."),
            "too_many": self.env._("Too many tries. Please try again in an hour."),
        }[error]

    # === hashes ===

    @api.model
    def _code_hash(self, number, code, key=None):
        """:param str key: result of :meth:`_hash_key`, for callers in a loop"""
        company = str(self.env.company.id)
        return keyed_hash(key or self._hash_key(), "code", company, number, code)

    @api.model
    def _hash(self, *parts):
        return keyed_hash(self._hash_key(), *parts)

    @api.model
    def _hash_key(self):
        # sudo: the key is for administrators' eyes only, its use is not
        key = self.env["ir.config_parameter"].sudo().get_param(HASH_KEY_PARAMETER)
        if not key:
            raise UserError(
                self.env._(
                    "The key of the activation codes is missing. Restore the system "
                    "parameter %s from a backup: without it no imported code works.",
                    HASH_KEY_PARAMETER,
                )
            )
        return key

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..lib.hashing import same_hash
from ..lib.text import clean_card_number, clean_code, clean_mobile

# What a card that is not new answers, to who knows its code.
_STATE_ERRORS = {
    "active": "used",
    "frozen": "frozen",
    "lost": "lost",
    "replaced": "replaced",
    "recalled": "recalled",
}


# one class per topic, one topic per file
# pylint: disable=consider-merging-classes-inherited
class O2oCardActivation(models.Model):
    _inherit = "o2o.card"

    @api.model
    def _try_activate(self, number, code, partner, address, phone=""):
        """Activate a card for a partner when number and code belong together.

        :param str number: as typed
        :param str code: as typed
        :param partner: the ``res.partner`` who becomes the member
        :param str address: client address, or falsy when staff does it at a counter
        :param str phone: who tries, for the rising delay; falsy at a counter
        :return: (card in sudo, False) or (empty card, error code); error codes are
            those of :meth:`_activation_message`
        """
        if partner._o2o_cards("active", "plastic"):
            return self.browse(), "already_member"
        if partner._o2o_cards("frozen"):
            return self.browse(), "member_frozen"
        card_sudo, error = self._check_code(number, code, address, phone)
        if error:
            return self.browse(), error
        card_sudo._activate(partner)
        return card_sudo, False

    @api.model
    def _check_code(self, number, code, address, phone=""):
        """Check number and code together, and count the try.

        A card that does not exist answers exactly like a wrong code, after the same
        work. What happened to a card is told only to who knows its code.

        :return: (card in sudo, False) or (empty card, error code)
        """
        number, code = clean_card_number(number), clean_code(code)
        number_hash = self._hash("number", str(self.env.company.id), number)
        address_hash = self._hash("address", address) if address else False
        phone_hash = self._hash("phone", clean_mobile(phone)) if phone else False
        # sudo: visitors try codes; tries and code hashes stay invisible to them
        attempts_sudo = self.env["o2o.card.attempt"].sudo()
        self.env["o2o.card.throttle"].sudo()._enter(
            filter(None, [number_hash, address_hash, phone_hash])
        )
        if attempts_sudo._is_limited(number_hash, address_hash):
            return self.browse(), "too_many"
        if seconds := attempts_sudo._seconds_to_wait(address_hash, phone_hash):
            return self.browse(), f"wait:{seconds}"
        card_id, expected = self._find_code(number)
        is_right = same_hash(expected, self._code_hash(number, code))
        attempts_sudo.create(
            {
                "number_hash": number_hash,
                "address_hash": address_hash,
                "phone_hash": phone_hash,
                "attempted_at": fields.Datetime.now(),
                "success": is_right,
            }
        )
        if not is_right:
            return self.browse(), "mismatch"
        card_sudo = self.sudo().browse(card_id)
        error = _STATE_ERRORS.get(card_sudo.state) or card_sudo._expiry_error()
        return (self.browse(), error) if error else (card_sudo, False)

    @api.model
    def _find_code(self, number):
        """Id and code hash of a card; of a number without card, a hash no code has.

        One query and one hash in both cases: neither answer nor effort tells which
        numbers exist.
        """
        self.flush_model(["number", "code_hash", "company_id"])
        nothing = self._hash("nothing", number)
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id, code_hash FROM o2o_card
                 WHERE company_id = %s AND number = %s
                """,
                self.env.company.id,
                number,
            )
        )
        card_id, code_hash = rows[0] if rows else (0, None)
        return card_id, code_hash or nothing

    def _expiry_error(self):
        self.ensure_one()
        expiry = self.batch_id.date_expiry
        return "expired" if expiry and expiry < self._today() else False

    def _activate(self, partner, reason=""):
        """Bind a new card to its member and open the member's points account.

        A card the member has lost is taken over by this one.
        """
        self.ensure_one()
        if self.sudo()._expiry_error():
            raise UserError(self._activation_message("expired"))
        try:
            changed = self._set_state(
                "active",
                reason,
                sources=("new",),
                partner_id=partner.id,
                activated_at=fields.Datetime.now(),
            )
        except UserError as error:
            code = _STATE_ERRORS.get(self.sudo().state, "used")
            raise UserError(self._activation_message(code)) from error
        if not changed:
            raise UserError(self._activation_message("used"))
        partner = partner.with_company(self.company_id)
        partner._o2o_points_account()
        partner._o2o_evaluate_levels()
        for lost_sudo in partner._o2o_cards("lost"):
            lost_sudo._set_state("replaced", reason, replaced_by_id=self.id)

    @api.model
    def _activation_message(self, error):
        """What to tell a visitor; ``error`` comes from :meth:`_try_activate`."""
        error, _separator, seconds = error.partition(":")
        return {
            "mismatch": self.env._("Card number and activation code do not match."),
            "used": self.env._("This card has already been activated."),
            "frozen": self.env._("This card is frozen. Please ask in a store."),
            "lost": self.env._(
                "This card was reported lost. Please ask in a store for a new one."
            ),
            "replaced": self.env._("This card was replaced. Please use the new card."),
            "recalled": self.env._(
                "This card was recalled and cannot be activated. Please ask in a "
                "store for another one."
            ),
            "expired": self.env._(
                "This card has expired and can no longer be activated. Please ask in "
                "a store for another one."
            ),
            "already_member": self.env._("You already have an active card."),
            "member_frozen": self.env._(
                "Your member card is frozen. Please ask in a store."
            ),
            "too_many": self.env._("Too many tries. Please try again in an hour."),
            "wait": self.env._("Please try again in %s seconds.", seconds),
        }[error]

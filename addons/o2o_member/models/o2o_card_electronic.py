import time

from odoo import api, models
from odoo.exceptions import UserError

from ..lib.check_digit import luhn_digit
from ..lib.member_token import TokenError, read_token


# one class per topic, one topic per file
# pylint: disable=consider-merging-classes-inherited
class O2oCardElectronic(models.Model):
    _inherit = "o2o.card"

    @api.model
    def _issue_electronic(self, partner, reason=""):
        """The electronic card of a member in the current company, active at once.

        Idempotent per member, also in parallel. The caller has made sure that this
        person may be a member.

        :return: the card in sudo
        :raises UserError: a card of this member is frozen, which a new card must not
            get around
        """
        # one after the other for each member; who comes second is replayed
        self.env["o2o.card.throttle"].sudo()._enter(
            [self._hash("electronic", str(self.env.company.id), str(partner.id))]
        )
        if partner._o2o_cards("frozen"):
            raise UserError(self._activation_message("member_frozen"))
        if card_sudo := partner._o2o_cards("active", "electronic")[:1]:
            return card_sudo
        # sudo: nobody has create access to cards, see the contract above
        card_sudo = self.sudo().create(
            {
                "number": self._next_electronic_number(),
                "kind": "electronic",
                "company_id": self.env.company.id,
            }
        )
        card_sudo._activate(partner, reason)
        return card_sudo

    @api.model
    def _next_electronic_number(self):
        # sudo: whoever may issue a card needs no access to sequences
        number = self.env["ir.sequence"].sudo().next_by_code("o2o.card.electronic")
        digits = "".join(filter(str.isdigit, number))
        return number + luhn_digit(digits)

    # === the member's QR ===

    @api.model
    def _from_member_token(self, text):
        """Whom a till has in front of it. Uses the token up.

        :param str text: what the scanner read
        :return: (``res.partner`` in sudo, False) or (empty partner, error code):
            forged, expired, used, inactive (the member's card is not active)
        """
        nobody = self.env["res.partner"]
        try:
            token = read_token(
                self._hash_key(), str(self.env.company.id), text or "", time.time()
            )
        except TokenError as error:
            return nobody, error.reason
        # sudo: the signature says who it is; the caller decides what the till sees
        partner_sudo = self.env["res.partner"].sudo().browse(token.reference).exists()
        if not partner_sudo or not partner_sudo._o2o_active_card():
            return nobody, "inactive"
        uses_sudo = self.env["o2o.card.token.use"].sudo()
        if not uses_sudo._use(self.env.company, partner_sudo, token.window):
            return nobody, "used"
        return partner_sudo, False

    @api.model
    def _member_token_message(self, error):
        """What to tell a cashier; ``error`` comes from :meth:`_from_member_token`."""
        return {
            "forged": self.env._("This is not a member code of ours."),
            "expired": self.env._(
                "This member code is too old. Ask the member to show the current one."
            ),
            "used": self.env._(
                "This member code was used already. A new one comes within a minute."
            ),
            "inactive": self.env._(
                "This member has no active card. Look the member up to see why."
            ),
        }[error]

from odoo import models

from .o2o_consent_text import CONSENT_PURPOSES

_CLEARED = {
    "phone": False,
    "email": False,
    "street": False,
    "street2": False,
    "city": False,
    "zip": False,
    "vat": False,
    "website": False,
    "comment": False,
    "o2o_birthday": False,
    "image_1920": False,
    "partner_latitude": 0.0,
    "partner_longitude": 0.0,
}


class ResPartner(models.Model):
    """MEM-05: what a member may have deleted, and how."""

    _inherit = "res.partner"

    def _o2o_deletion_obstacles(self):
        """What must end before this member can be deleted; other addons add theirs.

        :return: list of texts for the member
        """
        self.ensure_one()
        return []

    def _o2o_close_cards(self):
        """Stop all cards in use; they stay in the base, for the ledger."""
        self.ensure_one()
        # sudo: the server itself, for a member who leaves
        cards_sudo = (
            self.env["o2o.card"]
            .sudo()
            .search([("partner_id", "=", self.id), ("state", "=", "active")])
        )
        cards_sudo._freeze(self.env._("The member has left"))

    def _o2o_anonymise(self):
        """Take the person out of the data. Orders and ledgers stay, without a name.

        Only the server calls it, after the checks of ``o2o.privacy.request``.
        """
        self.ensure_one()
        # sudo: a manager or the nightly job decided; nobody has all these rights
        partner_sudo = self.sudo().with_context(active_test=False)
        for purpose, _label in CONSENT_PURPOSES:
            partner_sudo._o2o_record_consent(purpose, False)
        partner_sudo._o2o_close_cards()
        for user_sudo in partner_sudo.user_ids.filtered("share"):
            user_sudo.write(
                {
                    "login": f"o2o_deleted_{user_sudo.id}",
                    "password": "",
                    "o2o_verified_email": False,
                    "o2o_pending_email": False,
                }
            )
            user_sudo.action_archive()
        # the delivery addresses, too; never the contacts of a company
        people_sudo = partner_sudo
        if not partner_sudo.is_company:
            people_sudo |= partner_sudo.child_ids.filtered(
                lambda child: not child.user_ids
            )
        # core looks for active users of who is archived, hence active_test
        for person_sudo in people_sudo.with_context(
            active_test=True, tracking_disable=True, no_vat_validation=True
        ):
            person_sudo.write(
                {
                    **_CLEARED,
                    "name": self.env._("Deleted member %s", person_sudo.id),
                    "active": False,
                }
            )

from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import MAX_NAME_LENGTH, is_contact_writer
from ..lib.contact import clean_email, mask_address
from ..lib.text import clean_mobile
from .res_partner import _MEMBER_GROUPS

_MAX_AGE_YEARS = 120
# What a member proves by a code, with what makes two spellings the same.
_PROVED_FIELDS = {"phone": clean_mobile, "email": clean_email}


class ResPartner(models.Model):
    """MEM-02, MEM-03: profile and security log of a member."""

    _inherit = "res.partner"

    o2o_email_verified = fields.Boolean(
        string="E-mail Verified",
        compute="_compute_o2o_email_verified",
        compute_sudo=True,
        groups=_MEMBER_GROUPS,
        help="The member proved this address by a code.",
    )

    @api.depends("email", "user_ids.o2o_verified_email")
    def _compute_o2o_email_verified(self):
        for partner in self:
            email = clean_email(partner.email)
            verified = partner.user_ids.mapped("o2o_verified_email")
            partner.o2o_email_verified = bool(email) and email in verified

    # === phone and e-mail, proved by a code ===

    def write(self, vals):
        """Forms and RPC of Odoo let people write their own contact, some of them with
        elevated rights: here is the one place that all of them pass."""
        if (
            not vals.keys().isdisjoint(_PROVED_FIELDS)
            and self.env.user.share
            and not is_contact_writer(self.env)
        ):
            for partner in self:
                if partner._o2o_unproved_changes(vals):
                    raise UserError(self._o2o_proof_message())
        return super().write(vals)

    def _o2o_proved_fields(self):
        """Names of the fields that this contact changes by a code only (MEM-03).

        Of a member: phone and e-mail. A phone that is missing yet may be typed where
        the shop verifies no phones.
        """
        partner_sudo = self.sudo()  # members do not read their cards
        if not partner_sudo.o2o_card_ids:
            return set()
        verifies = self.env["o2o.member.service"]._verifies_phones()
        return {
            name
            for name in _PROVED_FIELDS
            if name != "phone" or partner_sudo.phone or verifies
        }

    def _o2o_unproved_changes(self, vals):
        """:return: names of the fields that ``vals`` changes without a proof"""
        partner_sudo = self.sudo()  # see above
        return {
            name
            for name in self._o2o_proved_fields() & vals.keys()
            if _PROVED_FIELDS[name](str(vals[name] or ""))
            != _PROVED_FIELDS[name](partner_sudo[name])
        }

    @api.model
    def _o2o_proof_message(self):
        return self.env._(
            "Mobile number and e-mail address are changed in the member center, under "
            "Security, with a code that we send you."
        )

    # === security log and profile ===

    def _o2o_log_security(self, kind, detail="", address=""):
        """:param str address: client address; only its first half is kept"""
        self.ensure_one()
        # sudo: nobody has the right to write the log
        return (
            self.env["o2o.security.event"]
            .sudo()
            .create(
                {
                    "partner_id": self.id,
                    "kind": kind,
                    "detail": detail or False,
                    "address_masked": mask_address(address) or False,
                    "happened_at": fields.Datetime.now(),
                    "actor_id": self.env.uid,
                }
            )
        )

    def _o2o_security_events(self, limit=None):
        """The security log of this one partner, in sudo."""
        self.ensure_one()
        # sudo: members have no access to the log but through their own page
        return (
            self.env["o2o.security.event"]
            .sudo()
            .search([("partner_id", "=", self.id)], limit=limit)
        )

    def _o2o_update_profile(self, values):
        """Name, and once the birthday, as a member typed them.

        :param dict values: name, birthday (ISO)
        :return: errors, a dict from form field to message
        """
        self.ensure_one()
        partner_sudo = self.sudo()  # the member, checked by the caller
        errors, vals = {}, {"name": values["name"].strip()}
        name = vals["name"]
        if not name or not name.isprintable() or len(name) > MAX_NAME_LENGTH:
            errors["name"] = self.env._("Please enter your name.")
        if values["birthday"] and not partner_sudo.o2o_birthday:
            vals["o2o_birthday"] = self._o2o_read_birthday(values["birthday"])
            if not vals["o2o_birthday"]:
                errors["birthday"] = self.env._("Please enter your date of birth.")
        if not errors:
            partner_sudo.write(vals)
        return errors

    def _o2o_read_birthday(self, text):
        """:return: a date somebody living can be born on, or False"""
        today = self.env.company._o2o_today()
        try:
            birthday = date.fromisoformat(text)
        except ValueError:
            return False
        is_possible = birthday <= today and birthday.year >= today.year - _MAX_AGE_YEARS
        return is_possible and birthday

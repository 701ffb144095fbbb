from odoo import api, models

from odoo.addons.auth_signup.models.res_partner import SignupError

from ..const import MAX_NAME_LENGTH, MIN_PASSWORD_LENGTH
from ..lib.contact import clean_email, is_email
from ..lib.text import clean_code, clean_mobile, is_code, is_mobile


class O2oMemberService(models.AbstractModel):
    """Become a member: the flows behind the website pages (CARD-03).

    Methods answer with ``errors``, a dict from form field to message (``form`` for the
    whole form), and do not raise on wrong input: tries must be stored, and raising
    would undo them.
    """

    _name = "o2o.member.service"
    _description = "Member Registration"

    @api.model
    def _register_member(self, values, address):
        """Create a portal user who logs in by phone, with a card.

        :param dict values: as typed: name, phone, password, consent; sms_code, where
            numbers are verified; has_card (``no`` for an electronic card), number and
            code of a printed one; email and marketing, where given
        :param str address: client address
        :return: (user in sudo or empty, errors)
        """
        no_user = self.env["res.users"]
        errors = self._check_registration(values)
        if errors:
            return no_user, errors
        card_sudo, phone = self.env["o2o.card"], clean_mobile(values["phone"])
        if self._has_printed_card(values):
            card_sudo, error = card_sudo._check_code(
                values["number"], values["code"], address, values["phone"]
            )
            if error:
                return no_user, self._activation_errors(error)
        # last, because it uses the code up
        if self._verifies_phones():
            codes = self.env["o2o.verification"]
            if error := codes._check("register", "sms", phone, values["sms_code"]):
                return no_user, {"sms_code": codes._message(error)}
        # Only who holds a valid card, or the phone, learns that a number is taken.
        if self._is_login_taken(phone):
            return no_user, {"phone": self._phone_taken_message()}
        try:
            with self.env.cr.savepoint():
                return self._create_member(card_sudo, phone, values), {}
        except SignupError:  # registered in parallel with the same phone
            return no_user, {"phone": self._phone_taken_message()}

    @api.model
    def _activate_card(self, partner, values, address):
        """Activate a card for somebody who already has a login.

        :return: errors
        """
        errors = self._check_card(values)
        if errors:
            return errors
        _card, error = self.env["o2o.card"]._try_activate(
            values["number"],
            values["code"],
            partner,
            address,
            phone=partner.phone or f"partner:{partner.id}",
        )
        return self._activation_errors(error) if error else {}

    # === checks ===

    @api.model
    def _check_registration(self, values):
        errors = self._check_card(values) if self._has_printed_card(values) else {}
        name = values["name"].strip()
        if not name or not name.isprintable() or len(name) > MAX_NAME_LENGTH:
            errors["name"] = self.env._("Please enter your name.")
        if not is_mobile(clean_mobile(values["phone"])):
            errors["phone"] = self._phone_message()
        minimum = self._min_password_length()
        if len(values["password"]) < minimum:
            errors["password"] = self.env._(
                "The password needs at least %s characters.", minimum
            )
        if self._verifies_phones() and not is_code(clean_code(values["sms_code"])):
            errors["sms_code"] = self.env["o2o.verification"]._message("format")
        email = clean_email(values.get("email"))
        if email and not is_email(email):
            errors["email"] = self.env._("Please enter an e-mail address, or nothing.")
        if not values.get("consent"):
            errors["consent"] = self.env._(
                "Please read the terms and the privacy policy and agree to them."
            )
        return errors

    @api.model
    def _verifies_phones(self):
        """Whether members prove their mobile number by a code."""
        # sudo: visitors do not read settings
        return self.env.company.sudo().o2o_phone_verification

    @api.model
    def _has_printed_card(self, values):
        """Without verified phones a printed card is what keeps machines out."""
        return values.get("has_card") != "no" or not self._verifies_phones()

    @api.model
    def _check_card(self, values):
        errors = {}
        if not values["number"].strip():
            errors["number"] = self.env._("Please enter the number on your card.")
        if not is_code(clean_code(values["code"])):
            errors["code"] = self.env._(
                "Please enter the 6 digits on the back of your card."
            )
        return errors

    @api.model
    def _min_password_length(self):
        # sudo: policy of auth_password_policy, when that module is installed
        policy = (
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("auth_password_policy.minlength", 0)
        )
        return max(MIN_PASSWORD_LENGTH, int(policy))

    @api.model
    def _activation_errors(self, error):
        on_number = ("used", "frozen", "lost", "replaced", "recalled", "expired")
        field = {"mismatch": "code", **dict.fromkeys(on_number, "number")}.get(error)
        return {field or "form": self.env["o2o.card"]._activation_message(error)}

    @api.model
    def _phone_taken_message(self):
        return self.env._("This phone number already has an account. Please log in.")

    @api.model
    def _is_login_taken(self, login):
        # sudo: visitors cannot read users
        users_sudo = self.env["res.users"].sudo().with_context(active_test=False)
        return bool(
            users_sudo.search_count(users_sudo._get_login_domain(login), limit=1)
        )

    # === creation ===

    @api.model
    def _create_member(self, card_sudo, phone, values):
        # sudo: a visitor becomes a member; every value was checked above
        partner_sudo = (
            self.env["res.partner"]
            .sudo()
            .create(
                {
                    "name": values["name"].strip(),
                    "phone": phone,
                    "lang": self.env.lang or False,
                    # the first address form then asks what this country needs
                    "country_id": self.env.company.country_id.id,
                }
            )
        )
        user_sudo = (
            self.env["res.users"]
            .sudo()
            ._signup_create_user(
                {
                    "partner_id": partner_sudo.id,
                    "login": phone,
                    "password": values["password"],
                    # counts, and is written to, once its owner has proved it
                    "o2o_pending_email": clean_email(values.get("email")) or False,
                }
            )
        )
        if card_sudo:
            card_sudo._activate(partner_sudo)
        else:
            self.env["o2o.card"]._issue_electronic(partner_sudo)
        self._after_registration(partner_sudo, values)
        return user_sudo

    @api.model
    def _after_registration(self, partner, values):
        """Hook: a new member is there, who has agreed to the terms.

        :param partner: in sudo
        :param dict values: as typed, see :meth:`_register_member`
        """
        for purpose in ("terms", "privacy"):
            partner._o2o_record_consent(purpose, True)
        partner._o2o_record_consent("marketing", bool(values.get("marketing")))

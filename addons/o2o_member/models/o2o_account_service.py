from psycopg2.errors import UniqueViolation

from odoo import api, models
from odoo.exceptions import AccessDenied, UserError, ValidationError
from odoo.fields import Domain

from ..const import CONTACT_CONTEXT
from ..lib.contact import clean_email, is_email, mask_target
from ..lib.text import clean_mobile, is_mobile

# Guesses of a password by who holds an open session, per user.
_MAX_PASSWORD_TRIES = 10
_PASSWORD_WINDOW_SECONDS = 900

_PURPOSES = {"sms": "rebind_phone", "email": "rebind_email"}


class O2oAccountService(models.AbstractModel):
    """Change one's own account (MEM-03): password, mobile number, e-mail address.

    Works for ``env.user`` only. Methods answer with ``errors``, a dict from form field
    to message, and do not raise on wrong input: tries must be stored, and raising
    would undo them.
    """

    _name = "o2o.account.service"
    _description = "Member Account"

    @api.model
    def _check_password(self, password):
        """Ask again who is there, counting the tries.

        :return: False when right, else a message
        """
        key_hash = self.env["o2o.card"]._hash("own-password", str(self.env.uid))
        # sudo: members have no access to the counter
        if (
            self.env["o2o.card.throttle"]
            .sudo()
            ._is_over(key_hash, _MAX_PASSWORD_TRIES, _PASSWORD_WINDOW_SECONDS)
        ):
            return self.env._("Too many tries. Please try again in 15 minutes.")
        credential = {
            "login": self.env.user.login,
            "password": password,
            "type": "password",
        }
        try:
            self.env["res.users"]._check_credentials(credential, {"interactive": True})
        except AccessDenied:
            return self.env._("This is not your password.")
        return False

    @api.model
    def _change_password(self, values, address):
        """:param dict values: password (the one so far), new_password"""
        new_password = values["new_password"].strip()
        minimum = self.env["o2o.member.service"]._min_password_length()
        if len(new_password) < minimum:
            message = self.env._("The password needs at least %s characters.", minimum)
            return {"new_password": message}
        if error := self._check_password(values["password"]):
            return {"password": error}
        user_sudo = self.env.user.sudo()
        try:
            user_sudo._change_password(new_password)
        except UserError as error:  # the policy of another module
            return {"new_password": str(error)}
        partner = self.env.user.partner_id
        partner._o2o_log_security("password", address=address)
        self._tell_old(partner, self.env._("The password of your account was changed."))
        return {}

    @api.model
    def _request_code(self, channel, target, address):
        """Send a code to a new number or address of the user.

        Whether it is in use is told only to who has the code.

        :return: dict for the browser: sent, message, wait (seconds)
        """
        answer_with = self.env["o2o.member.service"]._code_answer
        target, error = self._clean_target(channel, target)
        if error:
            return answer_with(error)
        verifications = self.env["o2o.verification"]
        answer = verifications._request(
            _PURPOSES[channel], channel, target, address, user=self.env.user
        )
        if answer["error"]:
            message = verifications._message(answer["error"], answer["wait"])
            return answer_with(message, wait=answer["wait"])
        message = self.env._(
            "A code is on its way to %s.", mask_target(channel, target)
        )
        return {**answer, **answer_with(message, answer["wait"], sent=True)}

    @api.model
    def _change_target(self, channel, values, address):
        """Bind a new mobile number or e-mail address.

        :param str channel: ``sms`` or ``email``
        :param dict values: target, code, password
        """
        target, error = self._clean_target(channel, values["target"])
        if error:
            return {"target": error}
        if error := self._check_password(values["password"]):
            return {"password": error}
        verifications = self.env["o2o.verification"]
        error = verifications._check(
            _PURPOSES[channel], channel, target, values["code"], user=self.env.user
        )
        if error:
            return {"code": verifications._message(error)}
        partner = self.env.user.partner_id
        # sudo: the member's own contact, proved by password and code
        partner_sudo = partner.sudo()
        before = partner_sudo.phone if channel == "sms" else partner_sudo.email
        if self._is_taken(channel, target) or not self._bind(channel, target):
            return {"target": self._taken_message(channel)}
        partner._o2o_log_security(
            "phone" if channel == "sms" else "email",
            f"{mask_target(channel, before or '')} → {mask_target(channel, target)}",
            address,
        )
        if channel == "sms":
            text = self.env._("The mobile number of your account was changed.")
        else:
            text = self.env._("The e-mail address of your account was changed.")
        self._tell_old(partner, text, channel, before)
        return {}

    @api.model
    def _sign_out_everywhere(self, values, address):
        """End all other sessions of the user. Needs a request."""
        if error := self._check_password(values["password"]):
            return {"password": error}
        # sudo: Odoo does so, too, for its own button (action_revoke_all_devices)
        self.env.user.sudo()._action_revoke_all_devices()
        self.env.user.partner_id._o2o_log_security("sign_out", address=address)
        return {}

    # === helpers ===

    @api.model
    def _clean_target(self, channel, target):
        """:return: (normalised, message or False)"""
        if channel == "sms":
            target = clean_mobile(target)
            if not is_mobile(target):
                return target, self.env._("Please enter an 11-digit mobile number.")
        else:
            target = clean_email(target)
            if not is_email(target):
                return target, self.env._("Please enter an e-mail address.")
        return target, False

    @api.model
    def _is_taken(self, channel, target):
        # sudo: members cannot read users
        users_sudo = self.env["res.users"].sudo().with_context(active_test=False)
        domain = Domain.AND([users_sudo._get_login_domain(target)])
        if channel == "email":
            domain |= Domain("o2o_verified_email", "=", target)
        domain &= Domain("id", "!=", self.env.uid)
        return bool(users_sudo.search_count(domain, limit=1))

    @api.model
    def _bind(self, channel, target):
        """:return: False when somebody else was faster"""
        # sudo: see _change_target
        user_sudo = self.env.user.sudo().with_context(**CONTACT_CONTEXT)
        try:
            with self.env.cr.savepoint():
                if channel == "email":
                    user_sudo.o2o_verified_email = target
                    user_sudo.partner_id.email = target
                else:
                    # staff keeps the login the administrator gave
                    if user_sudo.share:
                        user_sudo.login = target
                    user_sudo.partner_id.phone = target
                self.env.flush_all()
        except (UniqueViolation, ValidationError):
            return False
        return True

    @api.model
    def _taken_message(self, channel):
        if channel == "sms":
            return self.env._("This mobile number already belongs to another account.")
        return self.env._("This e-mail address already belongs to another account.")

    @api.model
    def _tell_old(self, partner, text, channel="sms", target=None):
        """Tell who held the account before, in case it was not the same person."""
        # sudo: see _change_target
        if target is None:
            target = partner.sudo().phone
        target, error = self._clean_target(channel, target or "")
        if error:
            return  # never had one
        body = self.env._(
            "%(shop)s: %(text)s If this was not you, please call us at once.",
            shop=self.env.company.name,
            text=text,
        )
        self.env["o2o.message"]._send(
            channel, target, body, subject=self.env._("Your account")
        )

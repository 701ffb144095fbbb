from odoo import api, models

from ..lib.contact import mask_mobile
from ..lib.text import clean_mobile, is_mobile

#: purposes a visitor may ask a code for
_PUBLIC_PURPOSES = ("register", "login", "reset_password")


# one class per topic, one topic per file
# pylint: disable=consider-merging-classes-inherited
class O2oMemberServiceLogin(models.AbstractModel):
    """Log in, and set a new password, by a code sent to the phone (MEM-01, MEM-03).

    No answer tells whether a number has an account: a number without one gets a code
    that is stored, limited and counted like others, only not sent.
    """

    _inherit = "o2o.member.service"

    @api.model
    def _send_visitor_code(self, purpose, phone, address):
        """What the button "Send code" does.

        :return: dict for the browser: sent, message, wait (seconds)
        """
        phone = clean_mobile(phone)
        if purpose not in _PUBLIC_PURPOSES or not self._verifies_phones():
            return self._code_answer(self.env._("No code is needed here."))
        if not is_mobile(phone):
            return self._code_answer(self._phone_message())
        codes = self.env["o2o.verification"]
        send = bool(self._find_code_user(phone)) or purpose == "register"
        answer = codes._request(purpose, "sms", phone, address, send=send)
        if answer["error"]:
            message = codes._message(answer["error"], answer["wait"])
            return self._code_answer(message, wait=answer["wait"])
        if purpose == "register":
            message = self.env._("A code is on its way to %s.", mask_mobile(phone))
        else:
            message = self.env._(
                "If %s has an account, a code is on its way.", mask_mobile(phone)
            )
        return {**answer, **self._code_answer(message, answer["wait"], sent=True)}

    @api.model
    def _log_in_by_code(self, values):
        """Check the code of somebody who wants to log in.

        :param dict values: phone, sms_code, as typed
        :return: (user in sudo or empty, errors)
        """
        return self._check_code_of_account("login", values)

    @api.model
    def _reset_password(self, values):
        """Set a new password for who has the phone. All devices are logged out.

        :param dict values: phone, sms_code, password, as typed
        :return: (user in sudo or empty, errors)
        """
        minimum, password = self._min_password_length(), values["password"]
        # core cuts spaces off when it stores a changed password
        if len(password.strip()) < minimum or password != password.strip():
            return self.env["res.users"], {
                "password": self.env._(
                    "The password needs at least %s characters, and no space at "
                    "either end.",
                    minimum,
                )
            }
        user_sudo, errors = self._check_code_of_account("reset_password", values)
        if not errors:
            user_sudo._change_password(password)
            if "totp_trusted_device_ids" in user_sudo._fields:
                user_sudo._revoke_all_devices()
        return user_sudo, errors

    @api.model
    def _check_code_of_account(self, purpose, values):
        no_user, phone = self.env["res.users"], clean_mobile(values["phone"])
        if not is_mobile(phone):
            return no_user, {"phone": self._phone_message()}
        codes = self.env["o2o.verification"]
        if error := codes._check(purpose, "sms", phone, values["sms_code"]):
            return no_user, {"sms_code": codes._message(error)}
        user_sudo = self._find_code_user(phone)
        if not user_sudo:  # archived since the code was sent
            return no_user, {"sms_code": codes._message("expired")}
        return user_sudo, {}

    @api.model
    def _find_code_user(self, phone):
        """Who may log in by a code to this phone, in sudo: members, never staff."""
        # sudo: visitors cannot read users
        users_sudo = self.env["res.users"].sudo()
        return users_sudo.search(
            users_sudo._get_login_domain(phone),
            order=users_sudo._get_login_order(),
            limit=1,
        ).filtered("share")

    @api.model
    def _phone_message(self):
        return self.env._("Please enter an 11-digit mobile number.")

    @api.model
    def _code_answer(self, message, wait=0, sent=False):
        return {"sent": sent, "message": message, "wait": wait}

from odoo import api, fields, models
from odoo.exceptions import AccessDenied, ValidationError
from odoo.fields import Domain

from ..lib.contact import clean_email, is_email
from ..lib.text import clean_mobile, is_mobile

#: What a log-in by code shows to ``authenticate``. It is compared by identity, so
#: nobody outside this process can present it, whatever a request says.
CODE_PROOF = object()

_STAFF_GROUPS = "base.group_erp_manager,o2o_member.o2o_member_group_manager"


class ResUsersLogin(models.Model):
    """The login of a member is the mobile number; a proved e-mail address opens too."""

    _inherit = "res.users"

    o2o_pending_email = fields.Char(
        string="E-mail to Verify",
        readonly=True,
        copy=False,
        groups=_STAFF_GROUPS,
        help="Entered by the member, not yet proved.",
    )

    @api.constrains("login", "o2o_verified_email")
    def _check_o2o_login(self):
        """A new login must not shadow an address that somebody has proved."""
        # sudo: all users count, whoever changes one
        users_sudo = self.sudo().with_context(active_test=False)
        for user_sudo in users_sudo:
            others = Domain("id", "!=", user_sudo.id)
            login, email = clean_email(user_sudo.login), user_sudo.o2o_verified_email
            clash = Domain("o2o_verified_email", "=", login)
            if email:
                pattern = email.replace("%", r"\%").replace("_", r"\_")
                clash |= Domain("login", "=ilike", pattern)
            if users_sudo.search_count(others & clash, limit=1):
                raise ValidationError(
                    self.env._("This e-mail address belongs to another account.")
                )

    # === finding the account ===

    @api.model
    def _get_login_domain(self, login):
        """Also a mobile number in another spelling, and a proved e-mail address.

        The login as typed wins. All ways of logging in, and the check whether a login
        is taken, come through here.
        """
        domain = super()._get_login_domain(login)
        alias = self._o2o_find_login(login)
        if not alias:
            return domain
        # sudo: the log-in page asks before anybody is logged in
        users_sudo = self.sudo().with_context(active_test=False)
        if users_sudo.search_count(domain, limit=1):
            return domain
        return super()._get_login_domain(alias)

    @api.model
    def _o2o_find_login(self, text):
        """The login that a text stands for, or falsy when it is just that text."""
        if "@" in (text or ""):
            email = clean_email(text)
            if not is_email(email):
                return False
            # sudo: see above
            return (
                self.sudo().search([("o2o_verified_email", "=", email)], limit=1).login
            )
        phone = clean_mobile(text)
        return phone if phone != text and is_mobile(phone) else False

    # === log-in by code ===

    def _check_credentials(self, credential, env):
        """Let in who has shown a right code to ``o2o.member.service``.

        ``mfa`` stays ``default``: who has a second factor is asked for it.
        """
        if credential.get("type") != "o2o_code":
            return super()._check_credentials(credential, env)
        user = self.env.user
        if credential.get("proof") is not CODE_PROOF or not user.share:
            raise AccessDenied()
        return {"uid": user.id, "auth_method": "o2o_code", "mfa": "default"}

    def _o2o_security_event(self, kind, address):
        """Write what happened at the door into the member's security log.

        :param str kind: login_code, password_reset
        :param str address: client address
        """
        for user in self:
            user.partner_id._o2o_log_security(kind, address=address)

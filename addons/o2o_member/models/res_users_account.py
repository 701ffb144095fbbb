from odoo import api, fields, models
from odoo.exceptions import UserError


class ResUsersAccount(models.Model):
    _inherit = "res.users"

    o2o_verified_email = fields.Char(
        string="Verified E-mail",
        readonly=True,
        copy=False,
        groups="base.group_erp_manager,o2o_member.o2o_member_group_manager",
        help="The member has proved this address by a code and may log in with it.",
    )

    _o2o_verified_email_uniq = models.UniqueIndex(
        "(o2o_verified_email) WHERE o2o_verified_email IS NOT NULL",
        "This e-mail address belongs to another account.",
    )

    @api.model
    def change_password(self, old_passwd, new_passwd):
        """MEM-03: by RPC nobody counts the tries: an error undoes the counter. Odoo's
        page does not come here for members, see the controller."""
        if self.env.user._is_portal():
            raise UserError(
                self.env._("Change your password in the member center, under Security.")
            )
        return super().change_password(old_passwd, new_passwd)

    def _deactivate_portal_user(self, **post):
        """MEM-05: Odoo's own page would end an account at once, past the days in which
        a deletion can be called off, and past what stands in its way."""
        raise UserError(
            self.env._("Ask for the deletion in the member center, under Privacy.")
        )

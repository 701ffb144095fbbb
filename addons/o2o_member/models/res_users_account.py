from odoo import fields, models


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

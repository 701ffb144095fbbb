from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.append_only import guard_table


class O2oSecurityEvent(models.Model):
    """What happened to a member's account (MEM-03). Written once, values masked."""

    _name = "o2o.security.event"
    _description = "Security Event"
    _order = "id desc"
    _rec_name = "kind"

    partner_id = fields.Many2one(
        "res.partner",
        string="Member",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    kind = fields.Selection(
        [
            ("login_code", "Logged in with a code"),
            ("password_reset", "New password by code"),
            ("password", "Password changed"),
            ("phone", "Mobile number changed"),
            ("email", "E-mail address changed"),
            ("sign_out", "Logged out everywhere"),
            ("export", "Copy of the data taken"),
            ("deletion_requested", "Deletion asked for"),
            ("deletion_withdrawn", "Deletion called off"),
            ("deletion_refused", "Deletion refused"),
            ("deletion_done", "Data deleted"),
        ],
        required=True,
        readonly=True,
    )
    detail = fields.Char(readonly=True)
    address_masked = fields.Char(string="Network Address", readonly=True)
    happened_at = fields.Datetime(string="Time", required=True, readonly=True)
    actor_id = fields.Many2one(
        "res.users", string="By", required=True, readonly=True, ondelete="restrict"
    )

    def init(self):
        """Append-only also for SQL that does not pass through the ORM.

        ``partner_id`` is left out for the merge of contacts.
        """
        guard_table(
            self.env.cr,
            self._table,
            (
                "id",
                "kind",
                "detail",
                "address_masked",
                "happened_at",
                "actor_id",
                "create_date",
            ),
        )

    def write(self, vals):
        if vals:
            raise UserError(self.env._("The security log cannot be changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_log(self):
        raise UserError(self.env._("The security log cannot be deleted."))

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.append_only import guard_table
from .o2o_consent_text import CONSENT_PURPOSES


class O2oConsent(models.Model):
    """A member agreed to a text, or took that back (MEM-05). Written once.

    The newest row of a member and a purpose is what holds. Rows are made by
    ``partner._o2o_record_consent`` only.
    """

    _name = "o2o.consent"
    _description = "Consent"
    _order = "id desc"
    _rec_name = "purpose"

    partner_id = fields.Many2one(
        "res.partner",
        string="Member",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    purpose = fields.Selection(CONSENT_PURPOSES, required=True, readonly=True)
    is_granted = fields.Boolean(string="Agreed", readonly=True)
    text_id = fields.Many2one(
        "o2o.consent.text",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    version = fields.Integer(related="text_id.version")
    given_at = fields.Datetime(string="Time", required=True, readonly=True)
    actor_id = fields.Many2one(
        "res.users", string="By", required=True, readonly=True, ondelete="restrict"
    )

    _partner_idx = models.Index("(partner_id, purpose, id)")

    def init(self):
        """Append-only also for SQL that does not pass through the ORM.

        ``partner_id`` is left out for the merge of contacts.
        """
        guard_table(
            self.env.cr,
            self._table,
            (
                "id",
                "purpose",
                "is_granted",
                "text_id",
                "given_at",
                "actor_id",
                "create_date",
            ),
        )

    def write(self, vals):
        if vals:
            raise UserError(self.env._("The log of consents cannot be changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_log(self):
        raise UserError(self.env._("The log of consents cannot be deleted."))

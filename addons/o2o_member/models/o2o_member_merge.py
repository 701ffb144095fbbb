from odoo import api, fields, models
from odoo.tools import SQL


class O2oMemberMerge(models.Model):
    """The log of merged members: one row per absorbed contact, written once.

    The merge itself is in ``o2o_member_merge_service.py``; there is no way back.
    """

    _name = "o2o.member.merge"
    _inherit = ["o2o.member.merge.guard"]
    _description = "Merged Member"
    _order = "id desc"
    _rec_name = "absorbed_name"

    merged_at = fields.Datetime(
        string="Time", required=True, readonly=True, default=fields.Datetime.now
    )
    user_id = fields.Many2one(
        "res.users", string="By", required=True, readonly=True, ondelete="restrict"
    )
    survivor_id = fields.Many2one(
        "res.partner",
        string="Kept Member",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    absorbed_id = fields.Integer(
        string="Absorbed Contact ID", required=True, readonly=True, index=True
    )
    reason = fields.Char(readonly=True)
    person = fields.Json(
        readonly=True, help="Name and masked phone and e-mail of the absorbed contact."
    )
    facts = fields.Json(
        readonly=True, help="What the absorbed contact had just before the merge."
    )
    absorbed_name = fields.Char(string="Absorbed Contact", compute="_compute_details")
    absorbed_contact = fields.Char(string="Contact Data", compute="_compute_details")
    description = fields.Html(compute="_compute_details", sanitize=False)
    account_ids = fields.One2many(
        "o2o.member.merge.account", "merge_id", string="Points", readonly=True
    )

    @api.depends("person", "facts")
    @api.depends_context("lang", "tz")
    def _compute_details(self):
        partners = self.env["res.partner"]
        for merge in self:
            person = merge.person or {}
            merge.absorbed_name = person.get("name") or self.env._(
                "Contact %s", merge.absorbed_id
            )
            merge.absorbed_contact = ", ".join(
                filter(None, [person.get("phone"), person.get("email")])
            )
            merge.description = partners._o2o_render_comparison(
                [(merge.absorbed_name, merge.facts or {})]
            )

    # === business methods ===

    def _forget_person(self):
        """Blank the personal details; for a member who asked to be forgotten."""
        self.env.cr.execute(
            SQL(
                "UPDATE o2o_member_merge SET person = NULL WHERE id IN %s",
                tuple(self.ids) or (0,),
            )
        )
        self.invalidate_recordset(["person"])

    @api.model
    def _survivor_of(self, partner_id):
        """Whom a contact that is gone was merged into; empty when nobody knows.

        For what arrives late with the old id: a till that was offline, an app.
        """
        # sudo: the caller holds a contact's id and gets a contact, nothing else
        merge_sudo = self.sudo().search([("absorbed_id", "=", partner_id)], limit=1)
        return self.env["res.partner"].browse(merge_sudo.survivor_id.id)

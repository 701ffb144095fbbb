from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command


class O2oMemberMergeWizard(models.TransientModel):
    """Choose who stays, see what moves, merge. There is no way back."""

    _name = "o2o.member.merge.wizard"
    _description = "Merge Members"

    partner_ids = fields.Many2many("res.partner", string="Members", required=True)
    survivor_id = fields.Many2one(
        "res.partner",
        string="Keep",
        required=True,
        domain="[('id', 'in', partner_ids)]",
    )
    comparison = fields.Html(compute="_compute_preview", sanitize=False)
    archived_logins = fields.Char(string="Logins That End", compute="_compute_preview")
    reason = fields.Char(help="Kept in the log of merged members.")
    is_confirmed = fields.Boolean(string="I know that this cannot be undone")

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        context = self.env.context
        if context.get("active_model") == "res.partner" and context.get("active_ids"):
            partners = self.env["res.partner"].browse(context["active_ids"]).exists()
            self.env["o2o.member.merge"]._ensure_can_merge(partners)
            values["partner_ids"] = [Command.set(partners.ids)]
            values["survivor_id"] = partners._o2o_propose_survivor().id
        return values

    @api.depends("partner_ids", "survivor_id")
    def _compute_preview(self):
        for wizard in self:
            partners = wizard.partner_ids._origin
            # the preview shows accounts of all companies: only who may merge sees it
            self.env["o2o.member.merge"]._ensure_can_merge(partners)
            survivor = wizard.survivor_id._origin
            members = survivor | partners
            wizard.comparison = members._o2o_comparison(survivor)
            # sudo: checked above
            users_sudo = partners.sudo().user_ids
            kept_sudo = users_sudo.filtered(
                lambda user, survivor=survivor: user.partner_id == survivor
            )
            if not kept_sudo:
                kept_sudo = users_sudo.sorted("login_date", reverse=True)
            wizard.archived_logins = ", ".join(
                (users_sudo - kept_sudo[:1]).mapped("login")
            )

    def action_merge(self):
        self.ensure_one()
        if not self.is_confirmed:
            raise UserError(
                self.env._("Confirm that you know the merge cannot be undone.")
            )
        if self.survivor_id not in self.partner_ids:
            raise UserError(self.env._("Keep one of the members that are merged."))
        survivor = self.survivor_id
        self.env["o2o.member.merge"]._merge_members(
            survivor, self.partner_ids - survivor, self.reason or ""
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": survivor.id,
            "views": [(False, "form")],
        }

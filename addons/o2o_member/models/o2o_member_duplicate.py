from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class O2oMemberDuplicate(models.Model):
    """Contacts that may be one person; found at night, judged by a manager.

    How they are found is in ``o2o_member_duplicate_search.py``.
    """

    _name = "o2o.member.duplicate"
    _description = "Possible Duplicate Members"
    _order = "state desc, id desc"
    _rec_name = "reason"

    reason = fields.Selection(
        [
            ("phone", "Same phone"),
            ("card", "Same card number"),
            ("name_birthday", "Same name and birthday"),
            ("email", "Same verified e-mail"),
        ],
        required=True,
        readonly=True,
        index=True,
    )
    # the value they share, unreadable: the list is no second address book
    digest = fields.Char(required=True, readonly=True)
    partner_ids = fields.Many2many("res.partner", string="Members", readonly=True)
    company_ids = fields.Many2many(
        "res.company",
        readonly=True,
        help="All companies one of these members belongs to.",
    )
    member_count = fields.Integer(string="Contacts", readonly=True)
    state = fields.Selection(
        [
            ("open", "To check"),
            ("merged", "Merged"),
            ("dismissed", "Not the same person"),
        ],
        required=True,
        readonly=True,
        default="open",
        index=True,
    )
    decided_by_id = fields.Many2one("res.users", readonly=True, ondelete="set null")
    comparison = fields.Html(compute="_compute_comparison", sanitize=False)

    _digest_uniq = models.UniqueIndex("(reason, digest)")

    @api.depends("reason")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["reason"]._description_selection(self.env))
        for duplicate in self:
            duplicate.display_name = labels.get(duplicate.reason, "")

    @api.depends("partner_ids")
    @api.depends_context("lang", "uid")
    def _compute_comparison(self):
        for duplicate in self:
            duplicate.comparison = duplicate.partner_ids._o2o_comparison()

    # === actions ===

    def action_merge(self):
        """Open the merge dialog for these members."""
        self.ensure_one()
        self._ensure_can_decide()
        if self.state != "open":
            raise UserError(self.env._("This was already decided."))
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_member.o2o_member_merge_wizard_action"
        )
        action["context"] = {
            "active_model": "res.partner",
            "active_ids": self.partner_ids.ids,
        }
        return action

    def action_dismiss(self):
        """Not the same person: these pairs are not proposed again."""
        self._ensure_can_decide()
        # sudo: the right was checked above; nobody has write access to the list
        for duplicate_sudo in self.sudo().filtered(lambda d: d.state == "open"):
            self.env["o2o.member.distinct"].sudo()._remember(duplicate_sudo.partner_ids)
            duplicate_sudo._decide("dismissed")
        return True

    def _ensure_can_decide(self):
        self.check_access("read")
        if not self.env.user.has_group("o2o_member.o2o_member_group_manager"):
            raise AccessError(self.env._("Only a member manager can merge members."))

    def _decide(self, state):
        self.write({"state": state, "decided_by_id": self.env.uid})

    @api.model
    def _note_merge(self, survivor):
        """Core has moved the members; who is left alone in a group is merged."""
        groups = self.search(
            [("partner_ids", "in", survivor.ids), ("state", "=", "open")]
        )
        for group in groups:
            group.member_count = len(group.partner_ids)
        groups.filtered(lambda group: group.member_count < 2)._decide("merged")

    @api.model
    def action_find(self):
        """The button: search now, in the background."""
        if not self.env.user.has_group("o2o_member.o2o_member_group_manager"):
            raise AccessError(self.env._("Only a member manager can merge members."))
        # sudo: starting this one job was allowed above
        self.env.ref("o2o_member.o2o_member_duplicate_cron_find").sudo()._trigger()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "The search has started. The list fills in a few minutes."
                ),
            },
        }

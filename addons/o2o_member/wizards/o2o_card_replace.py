from odoo import fields, models


class O2oCardReplace(models.TransientModel):
    """Give a member a new card in the place of the old one."""

    _name = "o2o.card.replace"
    _description = "Replace a Card"

    card_id = fields.Many2one("o2o.card", string="Old Card", required=True)
    partner_id = fields.Many2one(related="card_id.partner_id")
    points = fields.Integer(related="card_id.partner_points")
    kind = fields.Selection(
        [("plastic", "A plastic card"), ("electronic", "An electronic card")],
        string="New Card",
        required=True,
        default="plastic",
    )
    number = fields.Char(
        string="New Card Number",
        help="The number on a card that nobody has activated yet.",
    )
    reason = fields.Char(required=True)

    def action_replace(self):
        self.ensure_one()
        old = self.card_id
        old._ensure_can_change("o2o_member_group_manager")
        cards = old.with_company(old.company_id)
        if self.kind == "electronic":
            # sudo: the right was checked above
            if old.state == "frozen" or (old.kind, old.state) == (
                "electronic",
                "active",
            ):
                # out of the way: it would be the answer, or forbid a new one
                old.sudo()._report_lost(self.reason)
            new_sudo = cards._issue_electronic(
                old.partner_id.with_company(old.company_id), self.reason
            )
        else:
            new_sudo = cards._find_new_card(self.number)
        old._replace_with(new_sudo, self.reason)
        return {
            "type": "ir.actions.act_window",
            "res_model": "o2o.card",
            "res_id": new_sudo.id,
            "views": [(False, "form")],
        }

from odoo import fields, models
from odoo.exceptions import UserError


class O2oCardChange(models.TransientModel):
    """Ask for the reason of a change of a card or of a batch, for its log."""

    _name = "o2o.card.change"
    _description = "Change a Card"

    card_id = fields.Many2one("o2o.card", readonly=True)
    batch_id = fields.Many2one("o2o.card.batch", readonly=True)
    partner_id = fields.Many2one(related="card_id.partner_id")
    change = fields.Selection(
        [
            ("action_freeze", "Freeze"),
            ("action_unfreeze", "Unfreeze"),
            ("action_report_lost", "Report lost"),
            ("action_found", "Found again"),
            ("action_recall", "Recall"),
            ("action_undo_recall", "Undo the recall"),
        ],
        required=True,
        readonly=True,
    )
    reason = fields.Char(required=True)

    def action_apply(self):
        self.ensure_one()
        record = self.card_id or self.batch_id
        if not record:
            raise UserError(self.env._("Choose a card or a batch first."))
        # the list of changes above is closed, and each of them checks the right
        getattr(record, self.change)(self.reason)
        return {"type": "ir.actions.act_window_close"}

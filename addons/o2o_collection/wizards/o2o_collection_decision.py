from odoo import fields, models
from odoo.exceptions import UserError


class O2oCollectionDecision(models.TransientModel):
    """What head office does with a collection, or with a courier's difference."""

    _name = "o2o.collection.decision"
    _description = "Decision about a Collection"

    collection_id = fields.Many2one("o2o.collection", readonly=True)
    handover_id = fields.Many2one("o2o.collection.handover", readonly=True)
    decision = fields.Selection(
        [
            ("assign", "Another courier goes"),
            ("cancel", "Collect nothing here"),
            ("settle", "The goods are back: done"),
            ("solve", "The difference is solved"),
        ],
        required=True,
        default="assign",
    )
    courier_id = fields.Many2one("res.users", help="Empty: anybody of the store")
    note = fields.Char(string="Why")

    def action_confirm(self):
        """:raise AccessError: not head office
        :raise UserError: no reason, or not possible now
        """
        self.ensure_one()
        if self.decision == "solve":
            if not self.handover_id:
                raise UserError(self.env._("There is no difference to solve here."))
            self.handover_id._solve(self.note)
            return
        row_sudo = self.collection_id._as_head_office()
        if not row_sudo:
            raise UserError(self.env._("Choose a collection."))
        row_sudo._lock()
        if self.decision == "assign":
            row_sudo._assign(self.courier_id)
            return
        note = (self.note or "").strip()
        if not note:
            raise UserError(self.env._("Say why."))
        if self.decision == "cancel":
            row_sudo._cancel(note)
            return
        if row_sudo.state != "refused":
            raise UserError(self.env._("Only what was refused is settled in this way."))
        row_sudo._enter("settled", reason=f"{row_sudo.reason or ''}; {note}"[:300])

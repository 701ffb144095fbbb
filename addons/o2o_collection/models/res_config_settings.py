from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    """Settings of the collection at the door."""

    _inherit = "res.config.settings"

    o2o_door_hours = fields.Integer(related="company_id.o2o_door_hours", readonly=False)
    o2o_door_proof_required = fields.Boolean(
        related="company_id.o2o_door_proof_required", readonly=False
    )
    o2o_courier_journal_id = fields.Many2one(
        related="company_id.o2o_courier_journal_id", readonly=False
    )
    o2o_door_card_journal_id = fields.Many2one(
        related="company_id.o2o_door_card_journal_id", readonly=False
    )

    def action_o2o_door_setup(self):
        self.company_id.action_o2o_door_setup()
        return {"type": "ir.actions.client", "tag": "reload"}

from odoo import fields, models


class O2oRoutingDecision(models.Model):
    _inherit = "o2o.routing.decision"

    rule = fields.Selection(
        selection_add=[("till", "Chosen by the store that had it before")],
        ondelete={"till": "cascade"},
    )

from odoo import fields, models


class O2oRoutingDecision(models.Model):
    _inherit = "o2o.routing.decision"

    rule = fields.Selection(
        selection_add=[("hand", "Store chosen by head office")],
        ondelete={"hand": "cascade"},
    )

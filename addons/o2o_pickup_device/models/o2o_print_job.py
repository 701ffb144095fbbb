from odoo import fields, models


class O2oPrintJob(models.Model):
    _inherit = "o2o.print.job"

    document_type = fields.Selection(
        selection_add=[("ready_slip", "Ready slip")],
        ondelete={"ready_slip": "cascade"},
    )

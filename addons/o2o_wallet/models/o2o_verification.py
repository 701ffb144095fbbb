from odoo import fields, models


class O2oVerification(models.Model):
    _inherit = "o2o.verification"

    purpose = fields.Selection(
        selection_add=[("wallet", "Member wallet")], ondelete={"wallet": "cascade"}
    )

from odoo import models
from odoo.tools import format_amount


class O2oPointsEntry(models.Model):
    _inherit = "o2o.points.entry"

    def _explain_redeem(self, facts):
        if not facts.get("amount"):
            return facts.get("document", "")
        return self.env._(
            "%(document)s: %(amount)s paid with points",
            document=facts.get("document", ""),
            amount=format_amount(
                self.env, facts["amount"], self.company_id.currency_id
            ),
        )

from odoo import models


class O2oPaymentIntent(models.Model):
    """Found by the day on which they were paid."""

    _inherit = "o2o.payment.intent"

    _paid_idx = models.Index("(provider_id, paid_at) WHERE paid_fen > 0")

    def _enter(self, state, **vals):
        has_changed = super()._enter(state, **vals)
        if has_changed and state == "paid":
            self.env["o2o.payment.bill"]._wake_late(self.provider_id, self.paid_at)
        return has_changed

from odoo import models


class O2oPaymentIntent(models.Model):
    """Found by the day on which they were paid."""

    _inherit = "o2o.payment.intent"

    _paid_idx = models.Index("(provider_id, paid_at) WHERE paid_fen > 0")

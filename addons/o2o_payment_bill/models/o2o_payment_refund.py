from odoo import models


class O2oPaymentRefund(models.Model):
    """Found by the day on which they were sent."""

    _inherit = "o2o.payment.refund"

    _done_idx = models.Index("(sent_at) WHERE state = 'done'")

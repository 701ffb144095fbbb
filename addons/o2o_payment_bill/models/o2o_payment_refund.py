from odoo import models


class O2oPaymentRefund(models.Model):
    """Found by the day on which they were sent."""

    _inherit = "o2o.payment.refund"

    _done_idx = models.Index("(sent_at) WHERE state = 'done'")

    def _note_done(self, refund):
        result = super()._note_done(refund)
        if self.state == "done":
            self.env["o2o.payment.bill"]._wake_late(
                self.intent_id.provider_id, self.sent_at, self.intent_id.out_no
            )
        return result

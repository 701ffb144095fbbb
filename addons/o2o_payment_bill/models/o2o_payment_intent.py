from odoo import models


class O2oPaymentIntent(models.Model):
    """Found by the day on which they were paid."""

    _inherit = "o2o.payment.intent"

    _paid_idx = models.Index("(provider_id, paid_at) WHERE paid_fen > 0")

    def _enter(self, state, **vals):
        has_changed = super()._enter(state, **vals)
        if has_changed and state == "paid":
            self._wake_bills()
        return has_changed

    def write(self, vals):
        """A sale that is found late: the money of the till is in the books of then."""
        result = super().write(vals)
        if vals.get("pos_payment_id"):
            for intent in self:
                intent._wake_bills()
        return result

    def _wake_bills(self):
        self.ensure_one()
        self.env["o2o.payment.bill"]._wake_late(
            self.provider_id, self.paid_at, self.out_no
        )

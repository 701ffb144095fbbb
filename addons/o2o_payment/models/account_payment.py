from odoo import models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    def _compute_amount_available_for_refund(self):
        """Odoo knows refunds that are booked; what is on its way back, or is to go
        back, is not offered either."""
        result = super()._compute_amount_available_for_refund()
        for payment in self:
            # sudo: whoever sees the payment may know what is left of it
            transaction_sudo = payment.payment_transaction_id.sudo()
            if transaction_sudo.sale_order_ids:
                payment.amount_available_for_refund = min(
                    payment.amount_available_for_refund,
                    transaction_sudo._o2o_get_refundable_amount(),
                )
        return result

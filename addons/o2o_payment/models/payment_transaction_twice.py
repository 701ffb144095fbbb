"""Two attempts of one order that were both paid: the second goes back (FAULT-28)."""

from odoo import models

from ..const import GATEWAYS


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _post_process(self):
        result = super()._post_process()
        paid = self.filtered(
            lambda tx: (
                tx.provider_code in GATEWAYS
                and tx.state == "done"
                and tx.operation not in ("refund", "validation")
            )
        )
        for transaction in paid:
            for order in transaction.sale_order_ids.sudo():
                if order.state == "sale":
                    order._o2o_return_second_payment(transaction)
        return result

"""What payments brought beyond the price goes back: of two attempts that were both paid
the second (FAULT-28), of a cart that shrank what is too much (FAULT-27)."""

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
                    order._o2o_return_surplus(transaction)
        return result

from odoo import api, models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    @api.model_create_multi
    def create(self, vals_list):
        """An order is submitted when it is going to be paid: its goods are held now.

        Whatever the way of paying, and before any money can move.
        """
        transactions = super().create(vals_list)
        for order in transactions.sale_order_ids:
            if order.state in ("draft", "sent"):
                order._o2o_hold_stock()
        return transactions

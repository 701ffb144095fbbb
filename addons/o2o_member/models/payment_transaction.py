from odoo import models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _post_process(self):
        """MEM-08: a paid fee gives its level."""
        result = super()._post_process()
        self.filtered(
            lambda tx: tx.state == "done"
        ).sale_order_ids._o2o_grant_paid_levels()
        return result

from odoo import models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _o2o_note_paid_by_hand(self, reason):
        """The refund of the order is done, and says how."""
        result = super()._o2o_note_paid_by_hand(reason)
        # sudo: refunds of orders belong to head office
        refunds_sudo = (
            self.env["o2o.refund"]
            .sudo()
            .search([("refund_transaction_id", "in", self.ids)])
        )
        for refund in refunds_sudo.filtered(lambda it: it.state != "done"):
            refund.message_post(body=reason)
            refund._mark_done()
        return result

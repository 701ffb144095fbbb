from odoo import models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _o2o_get_refunds_by_hand(self):
        """What a person has paid in the end counts, though the refund is cancelled."""
        paid = self.child_transaction_ids.filtered(
            lambda tx: tx.sudo().o2o_refund_row_ids.state == "by_hand"
        )
        with_row = self.o2o_refund_ids.refund_transaction_id
        return super()._o2o_get_refunds_by_hand() | (paid - with_row)

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

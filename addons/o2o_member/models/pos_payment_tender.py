from odoo import models


class PosPayment(models.Model):
    """What of a sale's payments can still go back the way it came."""

    _inherit = "pos.payment"

    def _o2o_is_own_tender(self):
        """Whether it goes back for itself, apart from others of its method. Hook."""
        self.ensure_one()
        return False

    def _o2o_is_proven(self):
        """Whether the server knows that the money of this payment is there. Hook: who
        looks for it when a sale is saved answers with what was found."""
        self.ensure_one()
        return not self.payment_method_id._o2o_needs_proof()

    def _o2o_get_left(self):
        """How much of these payments can still go back in this way. Hook: who keeps a
        ledger of them knows better than the books.

        :param self: payments of one sale by one method, change included
        :return: amount in the currency of the sale, not negative
        """
        refunds = self.pos_order_id._o2o_get_refunds()
        given = refunds.payment_ids.filtered(
            lambda it: it.payment_method_id == self.payment_method_id
        )
        left = sum(self.mapped("amount")) + sum(given.mapped("amount"))
        return max(0.0, self.currency_id[:1].round(left))

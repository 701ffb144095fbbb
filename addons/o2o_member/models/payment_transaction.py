from odoo import api, models
from odoo.exceptions import UserError


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    @api.model_create_multi
    def create(self, vals_list):
        """PTS-05: who starts to pay, holds the points; the rest is paid with money."""
        transactions = super().create(vals_list)
        orders = transactions.sale_order_ids.filtered(
            lambda order: order.state in ("draft", "sent")
        )
        orders._o2o_hold_points()
        return transactions

    def _check_amount_and_confirm_order(self):
        """A payment that comes after the points went elsewhere confirms nothing: staff
        is told, because the money has arrived."""
        blocked = self.browse()
        for transaction in self:
            orders = transaction.sale_order_ids.filtered(
                lambda order: order.state in ("draft", "sent")
            )
            try:
                with self.env.cr.savepoint():
                    orders._o2o_hold_points()
            except UserError as error:
                blocked |= transaction
                orders._o2o_note_points_missing(error)
        return super(
            PaymentTransaction, self - blocked
        )._check_amount_and_confirm_order()

    def _o2o_is_for_wallet(self):
        """Whether this tops a wallet up. Hook."""
        return False

    def _o2o_note_paid_by_hand(self, reason):
        """A refund that reached nobody at the provider was paid by a person in another
        way, and is cancelled there. Hook for whatever waits for its end.

        :param str reason: of the person
        """

    def _post_process(self):
        """MEM-08: a paid fee gives its level."""
        result = super()._post_process()
        self.filtered(
            lambda tx: tx.state == "done"
        ).sale_order_ids._o2o_grant_paid_levels()
        return result

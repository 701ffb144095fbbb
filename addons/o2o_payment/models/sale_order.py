from odoo import SUPERUSER_ID, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _action_confirm(self):
        """What was still being paid in another way is closed: it is paid, or is paid
        at the door now."""
        result = super()._action_confirm()
        for order in self:
            # sudo: attempts are read by few
            order._o2o_get_payments().sudo().o2o_intent_ids._want_closed()
        return result

    def _prepare_invoice(self):
        """What has paid the order is booked first: Odoo reconciles what it finds."""
        if not self.env.context.get("o2o_books_later"):
            self._o2o_book_payments()
        return super()._prepare_invoice()

    def _o2o_book_payments(self):
        """Book what waits for it, as our job does: what a person has in the context, or
        keeps as a default, has no say in it."""
        order = self.with_env(self.env(user=SUPERUSER_ID, context={}))
        waiting = order.env["o2o.payment.booking"].search(
            [
                ("transaction_id", "in", order.transaction_ids.ids),
                ("next_at", "!=", False),
            ]
        )
        if waiting:
            # orders before payments, as everywhere
            order._o2o_lock_row()
            waiting._book()

    def _is_confirmation_amount_reached(self):
        """An order of the website that is paid online costs what it costs, whoever
        took the money.

        Odoo confirms it with any amount when the company takes orders without payment,
        so a cart that grew while its payer was at the gateway would go for less.
        """
        is_reached = super()._is_confirmation_amount_reached()
        if not self.website_id or not self._o2o_is_paid_online():
            return is_reached
        # sudo: payments decide this; what was given back pays for nothing
        kept = self.sudo()._o2o_get_kept()
        left = self.currency_id.compare_amounts(kept, self.amount_total)
        return is_reached and left >= 0

    def _o2o_is_paid_online(self):
        self.ensure_one()
        # sudo: whoever handles the order may know that it is paid
        return any(
            tx_sudo.state == "done" and not tx_sudo._o2o_is_on_receipt()
            for tx_sudo in self.sudo()._o2o_get_payments()
        )

    def _o2o_return_surplus(self, last):
        """Give back what this payment brought beyond the price of the order.

        :param payment.transaction last: the payment that came last
        :return: ``o2o.refund`` records, elevated
        """
        self.ensure_one()
        # sudo: payments decide this, whoever made them
        refunds_sudo = self.env["o2o.refund"].sudo()
        payments = self._o2o_get_payments().filtered(lambda tx: tx.state == "done")
        if self.sudo()._o2o_get_paid_at_till():
            # paid here and at a till: a person is told, and chooses which one goes back
            if len(payments) < 2:
                return refunds_sudo
            payments = last
        self._o2o_claim_row()
        over = self.sudo()._o2o_get_surplus()
        for payment in last | payments.sorted("id", reverse=True):
            part = min(over, payment._o2o_get_refundable_amount())
            if self.currency_id.compare_amounts(part, 0.0) <= 0:
                continue
            over -= part
            self.message_post(
                body=self.env._(
                    "Paid more than it costs: %(amount)s of payment %(reference)s go"
                    " back.",
                    amount=self.currency_id.format(part),
                    reference=payment.reference,
                )
            )
            key = f"sale.order/{self.id}/twice/{last.id}"
            if payment != last:
                key += f"/{payment.id}"
            refunds_sudo |= refunds_sudo._plan(self, payment, part, "twice", key)
        return refunds_sudo

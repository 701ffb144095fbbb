"""Orders that nobody pays, and money that comes too late (idea 5)."""

import logging
from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)

#: when a provider gives no answer it is asked again after so long
ASK_AGAIN = timedelta(minutes=2)


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _on_timer_unpaid(self):
        """Close the payment first, then cancel; what is paid is confirmed."""
        self.ensure_one()
        self._o2o_lock_row()
        payments = self._o2o_get_payments().filtered(
            lambda tx: not tx._o2o_is_on_receipt()
        )
        if self.state == "sale" or not payments:
            return
        outcome = payments._o2o_close()
        if outcome == "unknown":
            self.env["o2o.timer"]._set(
                "unpaid", self, fields.Datetime.now() + ASK_AGAIN
            )
        elif outcome == "paid":
            payments.filtered(
                lambda tx: (
                    tx.state in ("done", "authorized") and not tx.is_post_processed
                )
            )._post_process()
            self._o2o_ensure_paid_order_lives()
        elif self.state != "cancel":
            _logger.info("order %s was not paid in time", self.id)
            self._o2o_cancel("unpaid")

    def _o2o_ensure_paid_order_lives(self):
        """Paid, yet not confirmed (too little, points gone …): a person looks."""
        if self.state in ("draft", "sent"):
            self._o2o_raise_problem(
                "payment",
                self.env._("Money has come, but the order could not be confirmed."),
            )

    def _action_confirm(self):
        result = super()._action_confirm()
        online = self.filtered(lambda order: order._o2o_has_online_payment())
        self.env["o2o.timer"]._clear(online, "unpaid")
        return result

    def _action_cancel(self):
        """Somebody cancels what may still be paid: the payment is closed by the job."""
        result = super()._action_cancel()
        for order in self.filtered(lambda order: order._o2o_has_online_payment()):
            waiting = order._o2o_get_payments().filtered(
                lambda tx: tx.state in ("draft", "pending") and not tx.o2o_closed_at
            )
            if waiting:
                waiting.o2o_closed_at = fields.Datetime.now()
                self.env["o2o.timer"]._set("unpaid", order, fields.Datetime.now())
        return result

    def _o2o_has_online_payment(self):
        self.ensure_one()
        return any(not tx._o2o_is_on_receipt() for tx in self._o2o_get_payments())

    def _o2o_get_way_to_pay(self, cart):
        """Where somebody who gave a payment up goes on with it.

        :param sale.order cart: of who looks at the order; empty for a guest who comes
            from a gateway, whose cart Odoo has let go
        :return: address on the website, False when there is nothing to pay here
        """
        self.ensure_one()
        if self.state != "draft":
            return False
        if self == cart:
            return "/shop/payment"
        payments = self._o2o_get_payments()
        is_given_up = payments and not payments.filtered(
            lambda tx: tx.state not in ("cancel", "error")
        )
        if cart or not is_given_up:
            return False
        token = self._portal_ensure_token()
        return f"/shop/cart?id={self.id}&access_token={token}&revive_method=squash"

    # === LATE MONEY === #

    def _o2o_revive(self, transaction):
        """Take a cancelled order up again because its money has come after all.

        Only as far as a quotation: the payment then confirms it, as any payment does.
        """
        self.ensure_one()
        self._o2o_lock_row()
        if self.state != "cancel" or not self._o2o_can_revive(transaction):
            return
        try:
            with self.env.cr.savepoint():
                self.action_draft()
                self._o2o_hold_points()
        except UserError:
            self.invalidate_recordset()

    def _o2o_can_revive(self, transaction):
        """Whether it was given up for want of money only, and can still be served."""
        self.ensure_one()
        is_enough = self.currency_id.compare_amounts(
            transaction.amount, self.amount_total
        )
        return (
            self.o2o_cancel_reason == "unpaid"
            and transaction.currency_id == self.currency_id
            and is_enough >= 0
            and not self.o2o_fulfillment_ids
            and self._o2o_has_goods_at_hand()
        )

    def _o2o_has_goods_at_hand(self):
        """Whether some store, or head office, has all goods free now."""
        self.ensure_one()
        wanted = self._o2o_get_wanted_quantities()
        if not wanted:
            return True
        sourcing_sudo = self.env["o2o.sourcing"].sudo()
        if store_sudo := self._o2o_get_pickup_store():
            free = store_sudo._get_free_quantities(self.order_line.product_id)
            return not sourcing_sudo._get_missing(wanted, free[store_sudo])
        can_serve, _cities = sourcing_sudo._get_regions_that_can_serve(self.sudo())
        return can_serve

    def _o2o_settle_late(self, transaction):
        """After the payment was worked off: the order lives, or the money goes back."""
        self.ensure_one()
        if self.state == "sale":
            self.message_post(
                body=self.env._(
                    "The payment came after the order was cancelled: the order was"
                    " taken up again."
                )
            )
            self._o2o_tell_member("revived")
            return
        if self.state in ("draft", "sent"):
            # neither dead nor alive: back to where it was
            self._o2o_cancel("unpaid")
        self._o2o_return_money("late", key=f"sale.order/{self.id}/late")
        self._o2o_tell_member("late_payment", amount=transaction.amount)

    def _send_payment_succeeded_for_order_mail(self):
        """No "thank you" for a cancelled order: it gets a message of its own."""
        alive = self.filtered(lambda order: order.state != "cancel")
        return super(SaleOrder, alive)._send_payment_succeeded_for_order_mail()

    def _o2o_get_responsible(self):
        """Who looks after money and problems of this order."""
        self.ensure_one()
        # sudo: groups are read by administrators only
        managers_sudo = self.env.ref("o2o_order.o2o_order_group_manager").sudo()
        people = managers_sudo.all_user_ids.filtered(
            lambda user: (
                user.active
                and user.id != self.env.ref("base.user_root").id
                and self.company_id in user.company_ids
            )
        )
        if self.user_id in people:
            return self.user_id
        return people[:1] or self.env.ref("base.user_admin")

from odoo import models
from odoo.exceptions import UserError

from ..const import POS_TERMINAL


class PosOrder(models.Model):
    _inherit = "pos.order"

    def _process_saved_order(self, draft):
        """A paid order takes its money from the wallets."""
        result = super()._process_saved_order(draft)
        if self.state in ("paid", "done"):
            self._o2o_ensure_no_cash_out()
            self._o2o_ensure_wallet_gets_its_own()
            self.payment_ids._o2o_settle_wallet()
        return result

    def _o2o_ensure_no_cash_out(self):
        """A wallet is no cash machine: change is given on cash only, and nothing goes
        to a card or on a customer account.

        :raises UserError: more goes out of the other payments than came in
        """
        if not self._o2o_is_wallet_paid():
            return
        payments = self.payment_ids.filtered("payment_method_id.is_cash_count")
        cash = self.currency_id.round(sum(payments.mapped("amount")))
        if min(cash, self._o2o_other_balance()) < 0:
            raise UserError(
                self.env._("A wallet gives no change. Please enter the exact amount.")
            )

    def _o2o_ensure_wallet_gets_its_own(self):
        """Bonus does not become money by way of a bottle that comes back: over a sale
        and all its refunds and exchanges, the other payments give out no more than
        they took in.

        :raises UserError: a refund gives out what a wallet paid
        """
        if self._o2o_other_balance() >= 0:
            return
        # sudo: what was paid decides, not what a cashier may see
        orders_sudo = self.sudo()._o2o_with_exchanged()
        if orders_sudo._o2o_is_wallet_paid() and orders_sudo._o2o_other_balance() < 0:
            raise UserError(self.env._("What a wallet paid goes back to the wallet."))

    def _o2o_with_exchanged(self):
        """These orders, those whose lines they give back, and so on."""
        orders = self
        while True:
            lines = orders.lines
            more = (lines.refunded_orderline_id | lines.refund_orderline_ids).order_id
            more = more.filtered(lambda order: order.state not in ("draft", "cancel"))
            if more <= orders:
                return orders
            orders |= more

    def _o2o_other_balance(self):
        """What came in by payments that are no wallet's, less what went out."""
        return self[:1].currency_id.round(
            sum(self._o2o_other_payments().mapped("amount"))
        )

    def _o2o_is_wallet_paid(self):
        return any(
            payment.amount > 0
            for payment in self.payment_ids - self._o2o_other_payments()
        )

    def _o2o_other_payments(self):
        """Those that are no wallet's."""
        return self.payment_ids.filtered(
            lambda payment: (
                payment.payment_method_id.use_payment_terminal != POS_TERMINAL
            )
        )

    def _o2o_wallet_entries(self):
        """The wallet entries that paid these orders, in the order of payment."""
        holds_sudo = (
            self.env["o2o.wallet.hold"]
            .sudo()
            .search(
                [
                    ("pos_payment_id.pos_order_id", "in", self.ids),
                    ("entry_id", "!=", False),
                ],
                order="id",
            )
        )
        return holds_sudo.entry_id.with_env(self.env)

    def _o2o_wallet_left(self):
        """How much of what wallets paid can still be given back."""
        # sudo: the ledger decides, not what a cashier may see
        return sum(
            entry_sudo.wallet_id._major(entry_sudo._left_units())
            for entry_sudo in self._o2o_wallet_entries().sudo()
        )

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
            self.payment_ids._o2o_settle_wallet()
        return result

    def _o2o_ensure_no_cash_out(self):
        """A wallet is no cash machine: change is given on cash only.

        :raises UserError: the change is more than the cash that was tendered
        """
        wallet_payments = self.payment_ids.filtered(
            lambda payment: (
                payment.amount > 0
                and payment.payment_method_id.use_payment_terminal == POS_TERMINAL
            )
        )
        if not wallet_payments:
            return
        cash = sum(
            self.payment_ids.filtered("payment_method_id.is_cash_count").mapped(
                "amount"
            )
        )
        if self.currency_id.compare_amounts(cash, 0) < 0:
            raise UserError(
                self.env._("A wallet gives no change. Please enter the exact amount.")
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

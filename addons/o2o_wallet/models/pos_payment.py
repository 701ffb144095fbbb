from odoo import models
from odoo.exceptions import UserError

from ..const import POS_TERMINAL


class PosPayment(models.Model):
    """A wallet payment is what the server authorised, whatever a till says (PAY-05)."""

    _inherit = "pos.payment"

    def _o2o_get_left(self):
        """What wallets paid goes back as their ledger says."""
        if self.payment_method_id.use_payment_terminal != POS_TERMINAL:
            return super()._o2o_get_left()
        return self.pos_order_id._o2o_wallet_left()

    def _o2o_settle_wallet(self):
        """Take the money of paid orders from the wallets, give refunds back, and put
        in what was topped up.

        :raises UserError: a payment was not authorised; the order stays at the till
        """
        for payment in self:
            if (
                payment.payment_method_id.use_payment_terminal == POS_TERMINAL
                and not payment.currency_id.is_zero(payment.amount)
            ):
                topup_sudo = self.env["o2o.wallet.topup"]._of_till(payment.uuid)
                if payment.amount > 0:
                    payment._o2o_pay_by_wallet()
                elif topup_sudo:
                    topup_sudo._receive_from_till(payment)
                else:
                    payment._o2o_refund_to_wallet()

    def _o2o_pay_by_wallet(self):
        # sudo: holds are written by their own methods only
        hold_sudo = (
            self.env["o2o.wallet.hold"]
            .sudo()
            ._writer()
            .search(
                [("key", "=", f"pos.payment/{self.uuid}")], order="id desc", limit=1
            )
        )
        if not hold_sudo:
            self._o2o_refuse_wallet()
        hold_sudo._pay_for(self)

    def _o2o_refund_to_wallet(self):
        """Give money back to the wallets that paid the refunded order, the first one
        first; own money and bonus as they were paid."""
        order = self.pos_order_id
        currency = self.currency_id
        left = -self.amount
        # sudo: the ledger decides, not what a cashier may see
        for entry_sudo in order.refunded_order_id._o2o_wallet_entries().sudo():
            key = f"pos.payment/{self.uuid}/refund/{entry_sudo.id}"
            wallet_sudo = entry_sudo.wallet_id._lock()
            posted = entry_sudo._find_posting(key)
            part = sum(posted.mapped("amount")) or min(
                left, wallet_sudo._major(entry_sudo._left_units())
            )
            if currency.compare_amounts(part, 0) > 0:
                entry_sudo.with_env(self.env)._refund(
                    currency.round(part),
                    key,
                    source=order,
                    pos_session_id=self.session_id.id,
                )
                left = currency.round(left - part)
        if currency.compare_amounts(left, 0) > 0:
            raise UserError(
                self.env._(
                    "%s of this refund were not paid from a wallet. Choose another "
                    "payment method for them.",
                    currency.format(left),
                )
            )

    def _o2o_refuse_wallet(self):
        raise UserError(
            self.env._(
                "The wallet payment of %s was not authorised. Remove it and ask for it "
                "again.",
                self.currency_id.format(self.amount),
            )
        )

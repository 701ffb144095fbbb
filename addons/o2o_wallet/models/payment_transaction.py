from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..const import PROVIDER


class PaymentTransaction(models.Model):
    """A transaction is done when the ledger has its row, whatever anybody claims."""

    _inherit = "payment.transaction"

    # === PAYING === #

    def _o2o_pay_from_wallet(self, pin=""):
        """Pay with the wallet of who is logged in. Called by the payment page.

        Answers and does not raise where a try at the PIN has to be remembered. The same
        transaction is paid once, however often it is sent.

        :return: dict ``status`` (ok, refused, or a word of
            ``o2o.wallet._check_pin``), ``message``
        """
        self.ensure_one()
        # sudo: the transaction was found by its reference; whose it is, is checked here
        tx_sudo = self.sudo().with_company(self.company_id)
        wallet_sudo = (
            tx_sudo.provider_id.with_user(self.env.user).sudo()._o2o_own_wallet()
        )
        if tx_sudo._o2o_wallet_entries():
            return {"status": "ok", "message": ""}
        try:
            tx_sudo._o2o_ensure_own(self.env.user.partner_id, wallet_sudo)
        except UserError as error:
            return {"status": "refused", "message": str(error)}
        needs_pin = wallet_sudo._needs_pin(tx_sudo.amount)
        if needs_pin and (error := wallet_sudo._check_pin(pin)):
            return {"status": error, "message": wallet_sudo._pin_message(error)}
        try:
            with self.env.cr.savepoint():
                wallet_sudo.with_user(self.env.user).sudo()._pay(
                    tx_sudo.amount,
                    tx_sudo._o2o_wallet_key(),
                    source=tx_sudo.sale_order_ids[:1] or tx_sudo,
                )
        except UserError as error:
            return {"status": "refused", "message": str(error)}
        tx_sudo._process(PROVIDER, {"reference": tx_sudo.reference})
        # who closes the page now has paid all the same
        self.env.ref("payment.cron_post_process_payment_tx").sudo()._trigger()
        return {"status": "ok", "message": ""}

    def _o2o_ensure_own(self, partner, wallet):
        """:raises UserError: not the member's own order, or no longer to be paid"""
        nothing = self.env._(
            "This payment is not for your wallet. Please reload the page."
        )
        if (
            self.provider_code != PROVIDER
            or self.operation == "refund"
            or not wallet
            or self.currency_id != wallet.currency_id
            or self.partner_id.commercial_partner_id != partner.commercial_partner_id
            or any(order.partner_id != partner for order in self.sale_order_ids)
        ):
            raise UserError(nothing)
        if self.state != "draft":
            raise UserError(self.env._("This payment has ended. Please start again."))
        if self.sale_order_ids:
            self.env.cr.execute(
                SQL(
                    "SELECT id FROM sale_order WHERE id IN %s ORDER BY id "
                    "FOR NO KEY UPDATE",
                    tuple(self.sale_order_ids.ids),
                )
            )
            self.sale_order_ids.invalidate_recordset()
        for order in self.sale_order_ids:
            open_amount = order.amount_total - order.amount_paid
            compared = self.currency_id.compare_amounts(self.amount, open_amount)
            # a cart that grew in another tab would go for less than it costs
            is_part = compared < 0 and order.website_id and order.state == "draft"
            if order.state == "cancel" or compared > 0 or is_part:
                raise UserError(
                    self.env._(
                        "The order has changed or is paid. Please reload the page."
                    )
                )

    # === THE LEDGER DECIDES === #

    def _o2o_wallet_key(self):
        return f"payment.transaction/{self.id}"

    def _o2o_wallet_entries(self):
        """The rows of this transaction, in sudo: one of a payment, perhaps more of a
        refund; empty when it was never paid."""
        self.ensure_one()
        # sudo: whoever handles the transaction may know
        return self.env["o2o.wallet.entry"]._find_posting(self._o2o_wallet_key())

    def _extract_amount_data(self, payment_data):
        """Amount and currency of the row, never of the data."""
        if self.provider_code != PROVIDER:
            return super()._extract_amount_data(payment_data)
        entries_sudo = self._o2o_wallet_entries()
        return {
            "amount": abs(sum(entries_sudo.mapped("amount"))),
            "currency_code": entries_sudo.currency_id.name,
        }

    def _apply_updates(self, payment_data):
        if self.provider_code != PROVIDER:
            return super()._apply_updates(payment_data)
        self.provider_reference = self._o2o_wallet_key()
        self._set_done()
        return None

    # === REFUNDS === #

    def _send_refund_request(self):
        """Give money back to the wallet it came from; the ledger keeps the sum."""
        if self.provider_code != PROVIDER:
            return super()._send_refund_request()
        entry_sudo = self.source_transaction_id._o2o_wallet_entries()
        try:
            with self.env.cr.savepoint():
                entry_sudo.with_env(self.env)._refund(
                    -self.amount,
                    self._o2o_wallet_key(),
                    source=self.source_transaction_id.sale_order_ids[:1] or self,
                )
        except UserError as error:
            self._set_error(str(error))
            return None
        self._process(PROVIDER, {"reference": self.reference})
        self.env.ref("payment.cron_post_process_payment_tx").sudo()._trigger()
        return None

from odoo import fields, models


class PaymentTransaction(models.Model):
    """A top-up is paid like an order, and is none."""

    _inherit = "payment.transaction"

    o2o_wallet_topup_id = fields.Many2one(
        "o2o.wallet.topup",
        string="Wallet Top-up",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )

    def _post_process(self):
        """The money is there: into the wallet with it. Or it could not go back."""
        result = super()._post_process()
        for transaction in self:
            topup = transaction.o2o_wallet_topup_id
            source = transaction.source_transaction_id.o2o_wallet_topup_id
            if transaction.operation == "refund":
                if source and transaction.state in ("error", "cancel"):
                    source._take_back_refund(transaction)
            elif (
                topup and transaction.state == "done" and transaction._o2o_pays_topup()
            ):
                topup._receive(transaction)
        return result

    def _o2o_pays_topup(self):
        topup = self.o2o_wallet_topup_id
        return (
            self.operation != "refund"
            and self.currency_id == topup.currency_id
            and not self.currency_id.compare_amounts(self.amount, topup.amount)
        )

    def _create_payment(self, **extra_create_values):
        """Money for a wallet is owed to the member, not a payment of an invoice."""
        topup = self.o2o_wallet_topup_id or (
            self.operation == "refund"
            and self.source_transaction_id.o2o_wallet_topup_id
        )
        account = topup and topup.company_id.o2o_wallet_account_id
        if account:
            extra_create_values.setdefault("destination_account_id", account.id)
        return super()._create_payment(**extra_create_values)

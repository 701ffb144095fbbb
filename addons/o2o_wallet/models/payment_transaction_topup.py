from odoo import fields, models
from odoo.exceptions import UserError


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
    o2o_wallet_refund_key = fields.Char(
        string="Refund of the Top-up",
        readonly=True,
        copy=False,
        help="Set when the wallet has been charged for this refund.",
    )

    def action_refund(self, amount_to_refund=None):
        """Money in a wallet goes back through the wallet, or it would stay there, too.

        :raises UserError: this transaction has paid a top-up
        """
        # sudo: who refunds payments need not read top-ups
        if any(tx.sudo()._o2o_paid_topup() for tx in self):
            raise UserError(self.env._("Refund the top-up itself."))
        return super().action_refund(amount_to_refund=amount_to_refund)

    def _create_child_transaction(
        self, amount, is_refund=False, **custom_create_values
    ):
        """A refund is marked when it is made: the provider may answer at once."""
        key = self.env.context.get("o2o_wallet_refund_key")
        if key and is_refund and self._o2o_paid_topup():
            custom_create_values["o2o_wallet_refund_key"] = key
        return super()._create_child_transaction(
            amount, is_refund=is_refund, **custom_create_values
        )

    def _post_process(self):
        """The money is there: into the wallet with it. Or it went back, or did not."""
        result = super()._post_process()
        for transaction in self:
            topup = transaction.o2o_wallet_topup_id
            if transaction.operation == "refund":
                transaction._o2o_settle_topup_refund()
            elif topup and transaction._o2o_pays_topup():
                topup._receive(transaction)
        return result

    def _o2o_note_paid_by_hand(self, reason):
        """What the wallet was charged for this refund stays charged: the member has
        the money. Should it go back at the provider's all the same, it is followed."""
        result = super()._o2o_note_paid_by_hand(reason)
        for refund in self.filtered("o2o_wallet_refund_key"):
            topup = refund.source_transaction_id._o2o_paid_topup()
            topup._settle_refund_by_hand(refund, reason)
        return result

    def _o2o_settle_topup_refund(self):
        topup = self.source_transaction_id._o2o_paid_topup()
        if not topup:
            return
        if self.state == "done" and not self.o2o_wallet_refund_key:
            topup._follow_refund(self)
        elif self.state in ("error", "cancel") and self.o2o_wallet_refund_key:
            topup._take_back_refund(self)

    def _o2o_is_for_wallet(self):
        return bool(self.o2o_wallet_topup_id) or super()._o2o_is_for_wallet()

    def _o2o_paid_topup(self):
        """The top-up whose money this transaction brought; may be empty."""
        topup = self.o2o_wallet_topup_id
        return topup.filtered(lambda topup: topup.transaction_id == self)

    def _o2o_pays_topup(self):
        return (
            self.state == "done"
            and self.currency_id == self.o2o_wallet_topup_id.currency_id
            and self.currency_id.compare_amounts(self.amount, 0.0) > 0
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

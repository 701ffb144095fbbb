from odoo import api, fields, models

from ..const import PAYMENT_TERMINAL

#: what the office sees of the approval
_SHOWN = (
    "o2o_transaction_id",
    "o2o_terminal_name",
    "o2o_card",
    "o2o_trace",
    "o2o_ref",
    "o2o_batch",
)


class PosPayment(models.Model):
    """A card payment is what the terminal approved, whatever a till says (POS-18)."""

    _inherit = "pos.payment"

    o2o_transaction_id = fields.Many2one(
        "o2o.terminal.transaction",
        string="Bank card transaction",
        compute="_compute_o2o_transaction",
        compute_sudo=True,
        help="The approval this payment stands on",
    )
    o2o_terminal_name = fields.Char(
        string="Bank card terminal",
        compute="_compute_o2o_transaction",
        compute_sudo=True,
    )
    o2o_card = fields.Char(
        string="Masked card number",
        compute="_compute_o2o_transaction",
        compute_sudo=True,
    )
    o2o_trace = fields.Char(
        string="Voucher number", compute="_compute_o2o_transaction", compute_sudo=True
    )
    o2o_ref = fields.Char(
        string="Bank reference number",
        compute="_compute_o2o_transaction",
        compute_sudo=True,
    )
    o2o_batch = fields.Char(
        string="Batch", compute="_compute_o2o_transaction", compute_sudo=True
    )

    # no @api.depends: a till sends every stored field back, so nothing is stored here
    def _compute_o2o_transaction(self):
        found = self.env["o2o.terminal.transaction"].search(
            [("payment_id", "in", self.ids)]
        )
        by_payment = {transaction.payment_id: transaction for transaction in found}
        for payment in self:
            transaction = by_payment.get(payment._origin, found.browse())
            payment.o2o_transaction_id = transaction
            payment.o2o_terminal_name = transaction.terminal_id.name
            payment.o2o_card = transaction.card
            payment.o2o_trace = transaction.trace
            payment.o2o_ref = transaction.ref
            payment.o2o_batch = transaction.batch

    # === GIVING BACK === #

    def _o2o_is_own_tender(self):
        """A card gets back what was charged to it, one approval after the other."""
        return (
            super()._o2o_is_own_tender()
            or self.payment_method_id.use_payment_terminal == PAYMENT_TERMINAL
        )

    def _o2o_get_left(self):
        if self.payment_method_id.use_payment_terminal != PAYMENT_TERMINAL:
            return super()._o2o_get_left()
        # sudo: what is left is computed; approvals belong to the store
        transaction_sudo = self.o2o_transaction_id.sudo()
        return transaction_sudo._get_refundable() if transaction_sudo else 0.0

    # === MATCHING === #

    def _o2o_match_transactions(self):
        """Tie the card payments of paid orders to what the terminal approved.

        A sale that happened is never refused: a payment without a matching approval is
        recorded as a problem for a person (``o2o.terminal.problem``). May be repeated:
        an approval that comes late closes the problem.
        """
        for payment in self:
            if (
                payment.payment_method_id.use_payment_terminal == PAYMENT_TERMINAL
                and not payment.currency_id.is_zero(payment.amount)
            ):
                payment._o2o_match_transaction()

    def _o2o_match_transaction(self):
        # sudo: transactions and problems are written by their own methods only
        transactions_sudo = self.env["o2o.terminal.transaction"].sudo()
        problems_sudo = self.env["o2o.terminal.problem"].sudo()
        ops = ("sale",) if self.amount > 0 else ("void", "refund")
        asked_sudo = transactions_sudo.search(
            [("payment_uuid", "=", self.uuid), ("op", "in", ops)], order="id desc"
        ).filtered(lambda transaction: not transaction._is_till_reversal())
        approved_sudo = asked_sudo.filtered(lambda each: each.state == "approved")[:1]
        kind = self._o2o_get_mismatch(approved_sudo)
        # what the till says about card and numbers is not believed
        self.sudo().write(self._prepare_o2o_card_vals(not kind and approved_sudo))
        if kind:
            problems_sudo._report_payment(self, kind, (approved_sudo or asked_sudo)[:1])
        else:
            approved_sudo.payment_id = self
            # computed without dependencies, see above
            self.invalidate_recordset(_SHOWN)
            problems_sudo._close(self, approved_sudo)

    def _o2o_is_proven(self):
        if self.payment_method_id.use_payment_terminal != PAYMENT_TERMINAL:
            return super()._o2o_is_proven()
        self._o2o_match_transactions()
        return bool(self.o2o_transaction_id)

    def _o2o_get_mismatch(self, transaction):
        """Why an approval does not cover this payment; empty when it does."""
        self.ensure_one()
        compare = self.currency_id.compare_amounts
        if not transaction:
            return "no_approval"
        if transaction.payment_id:
            return "" if transaction.payment_id == self else "used"
        if transaction.config_id != self.pos_order_id.config_id:
            return "other_till"
        if transaction.currency_id != self.currency_id or compare(
            transaction.booked_amount, abs(self.amount)
        ):
            return "other_amount"
        reversals = transaction.reversal_ids
        if any(reversal.state != "declined" for reversal in reversals):
            return "given_back"
        return ""

    @api.model
    def _prepare_o2o_card_vals(self, transaction):
        """The card fields of Odoo, from the terminal or all empty."""
        return {
            "card_no": transaction and (transaction.card or "")[-4:],
            "payment_ref_no": transaction and transaction.ref,
            "payment_method_authcode": transaction and transaction.auth,
            "payment_method_issuer_bank": transaction and transaction.bank,
            "transaction_id": transaction and transaction.uid,
        }

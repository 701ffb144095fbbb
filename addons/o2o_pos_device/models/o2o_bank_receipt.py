from odoo import api, fields, models
from odoo.tools.misc import format_amount

from ..receipts.blocks import barcode, cut, feed, heading, line, row, text


class O2oReceipt(models.AbstractModel):
    """Papers of the bank-card terminal: slip and settlement (UPAY-01 to 03, POS-16)."""

    _inherit = "o2o.receipt"

    @api.model
    def _build_bank_slip(self, transaction, store):
        """Two papers: one to be signed and kept, one for the customer."""
        return [
            *self._bank_copy(transaction, store, self.env._("Merchant copy"), True),
            *self._bank_copy(transaction, store, self.env._("Customer copy"), False),
        ]

    @api.model
    def _bank_copy(self, transaction, store, label, is_signed):
        titles = {
            "sale": self.env._("Bank card sale"),
            "void": self.env._("Bank card void"),
            "refund": self.env._("Bank card refund"),
        }
        origin = transaction.origin_id
        moment = transaction.booked_at or transaction.create_date
        numbers = [
            (self.env._("Merchant no."), transaction.mid),
            (self.env._("Terminal no."), transaction.tid),
            (self.env._("Till"), transaction.config_id.name),
            (self.env._("Cashier"), transaction.user_id.name),
            (self.env._("Card no."), transaction.card),
            (self.env._("Issuer"), transaction.bank),
            (self.env._("Batch no."), transaction.batch),
            (self.env._("Voucher no."), transaction.trace),
            (self.env._("Reference no."), transaction.ref),
            (self.env._("Authorization no."), transaction.auth),
            (
                self.env._("Time"),
                self._format_time(fields.Datetime.to_string(moment), store),
            ),
            (self.env._("Original voucher no."), origin.trace),
        ]
        signature = [
            feed(1),
            text(self.env._("Cardholder signature: ____________________")),
            text(self.env._("I confirm the transaction above.")),
        ]
        return [
            heading(titles[transaction.op]),
            text(store.name, "center"),
            text(label, "center"),
            line(),
            *self._labelled_lines(numbers),
            line(),
            text(
                format_amount(
                    self.env, transaction.booked_amount, transaction.currency_id
                ),
                "right",
                True,
                "double",
            ),
            *(signature if is_signed else []),
            line(),
            barcode(transaction.ref or transaction.trace or transaction.uid),
            feed(2),
            cut(),
        ]

    @api.model
    def _build_settlement_slip(self, settlement, store):
        """What the batch was: ours, the terminal's figure, and the difference."""
        currency = settlement.currency_id

        def money(amount):
            return format_amount(self.env, amount, currency)

        def figure(label, value, **style):
            return row([(label, 1, "left"), (value, 1, "right")], **style)

        request = settlement.transaction_id
        is_even = currency.is_zero(settlement.difference)
        labelled = [
            (self.env._("Merchant no."), request.mid),
            (self.env._("Terminal no."), request.tid),
            (self.env._("Till"), request.config_id.name),
            (self.env._("Batch no."), settlement.batch),
            (
                self.env._("Time"),
                self._format_time(
                    fields.Datetime.to_string(settlement.settled_at), store
                ),
            ),
        ]
        counted = [
            (
                self.env._("Sales"),
                settlement.sale_count,
                settlement.sale_amount,
            ),
            (self.env._("Voids"), settlement.void_count, settlement.void_amount),
            (self.env._("Refunds"), settlement.refund_count, settlement.refund_amount),
        ]
        return [
            heading(self.env._("Bank card settlement")),
            text(store.name, "center"),
            line(),
            *self._labelled_lines(labelled),
            line(),
            *[
                self._handover_row(label, count, money(amount))
                for label, count, amount in counted
            ],
            line(),
            figure(
                self.env._("Figure of the terminal"), money(settlement.terminal_amount)
            ),
            figure(
                self.env._("Difference"),
                money(settlement.difference),
                bold=True,
                # a difference is seen from afar
                size="normal" if is_even else "tall",
            ),
            feed(1),
            text(self.env._("Signature: ____________________")),
            feed(2),
            cut(),
        ]

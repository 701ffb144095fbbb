"""Payments of orders: closed in time, rescued when late (idea 5)."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.payment import utils as payment_utils

from ..const import Gift
from .sale_order_life import ON_RECEIPT_MODES

#: what a provider says when asked to close a payment
CLOSED, PAID, UNKNOWN = "closed", "paid", "unknown"


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    o2o_closed_at = fields.Datetime(
        string="Closed",
        readonly=True,
        copy=False,
        help="When the shop stopped waiting for this payment",
    )
    o2o_gift_amount = fields.Monetary(
        string="Below the price",
        readonly=True,
        copy=False,
        help="What of a refund does not make the order owe",
    )
    o2o_refund_ids = fields.One2many(
        "o2o.refund",
        "transaction_id",
        readonly=True,
        groups="o2o_order.o2o_order_group_user",
    )

    @api.model
    def _o2o_get_closed_fields(self):
        """A payment begins unpaid, whatever who pays calls his own default."""
        return super()._o2o_get_closed_fields() | {
            "is_post_processed",
            "o2o_closed_at",
            "o2o_gift_amount",
            "provider_reference",
            "state",
        }

    @api.model_create_multi
    def create(self, vals_list):
        transactions = super().create(vals_list)
        for transaction in transactions:
            transaction._o2o_start_clock()
        return transactions

    # === FACTS === #

    def _o2o_is_on_receipt(self):
        """Whether the money changes hands when the goods do."""
        self.ensure_one()
        return self.sudo().provider_id.custom_mode in ON_RECEIPT_MODES

    def _o2o_get_patience(self):
        """How long an order waits for this payment; None for ever."""
        self.ensure_one()
        company = self.company_id
        provider_sudo = self.sudo().provider_id
        if self._o2o_is_on_receipt():
            return None
        if provider_sudo.custom_mode == "wire_transfer":
            hours = company.o2o_unpaid_transfer_hours
            return timedelta(hours=hours) if hours else None
        minutes = company.o2o_unpaid_minutes
        return timedelta(minutes=minutes) if minutes else None

    def _o2o_get_due_at(self, started_at):
        """Until when an order waits for this payment; None for ever.

        :param datetime started_at: of the first attempt to pay
        """
        patience = self._o2o_get_patience()
        return started_at + patience if patience else None

    def _o2o_get_refundable_amount(self):
        """What of this payment was not given back, nor promised to be. Hook."""
        self.ensure_one()
        return self._o2o_get_unpromised_amount()

    def _o2o_get_unpromised_amount(self):
        """The same, as far as refunds tell."""
        self.ensure_one()
        by_hand = self._o2o_get_refunds_by_hand()
        # the amounts of refund transactions are negative
        left = self.amount - sum(self.o2o_refund_ids.mapped("amount"))
        left += sum(by_hand.mapped("amount"))
        return max(0.0, self.currency_id.round(left))

    def _o2o_get_price_part(self):
        """What this payment pays of the price of its order.

        What a person gave back on purpose, and what went back for goods, is not owed
        anew: it counts as paid. What went back because it was too much does not.
        """
        self.ensure_one()
        part = (
            self._o2o_get_refundable_amount()
            + sum(self.o2o_refund_ids.mapped("gift_amount"))
            + sum(self._o2o_get_refunds_by_hand().mapped("o2o_gift_amount"))
        )
        return min(self.amount, self.currency_id.round(part))

    def _o2o_get_refunds_by_hand(self):
        """What went back by Odoo's own button, without a row of ours. Hook."""
        return self.child_transaction_ids.filtered(
            lambda tx: (
                tx.operation == "refund"
                and tx.state in ("draft", "pending", "authorized", "done")
                and tx not in self.o2o_refund_ids.refund_transaction_id
            )
        )

    def _create_child_transaction(
        self, amount, is_refund=False, **custom_create_values
    ):
        """A refund says when it is made what of it is a gift: by the row of ours that
        it is sent for, or by what the order is just now."""
        orders = self.sale_order_ids
        if is_refund and orders:
            gift = self.env.context.get("o2o_gift")
            if isinstance(gift, Gift):
                gift_amount = gift.amount
            else:
                # sudo: whoever gives back need not change orders
                orders.sudo()._o2o_claim_row()
                gift_amount = orders._o2o_get_gift_part(amount)
            custom_create_values["o2o_gift_amount"] = gift_amount
        return super()._create_child_transaction(
            amount, is_refund=is_refund, **custom_create_values
        )

    def action_refund(self, amount_to_refund=None):
        """Odoo's own button: what is promised already is not promised again."""
        payment_utils.check_rights_on_recordset(self)
        for transaction in self.sudo().filtered("sale_order_ids"):
            transaction.sale_order_ids._o2o_claim_row()
            transaction._o2o_ensure_refundable(amount_to_refund or transaction.amount)
        return super().action_refund(amount_to_refund=amount_to_refund)

    def _o2o_ensure_refundable(self, amount):
        """:raise ValidationError: some of it went back, or is to go back, already"""
        self.ensure_one()
        left = self._o2o_get_refundable_amount()
        if self.currency_id.compare_amounts(amount, left) > 0:
            raise ValidationError(
                self.env._(
                    "%(left)s of payment %(reference)s can still be given back: the"
                    " rest went back, or a refund of its order is to bring it back.",
                    left=self.currency_id.format(left),
                    reference=self.reference,
                )
            )

    # === TIME TO PAY === #

    def _o2o_start_clock(self):
        """The order waits for this payment, counted from the first attempt to pay."""
        self.ensure_one()
        orders = self.sale_order_ids.filtered(
            lambda order: order.state in ("draft", "sent")
        )
        if self.operation in ("refund", "validation") or len(orders) != 1:
            return
        attempts = orders._o2o_get_payments().filtered(
            lambda tx: not tx.o2o_closed_at and not tx._o2o_is_on_receipt()
        )
        now = fields.Datetime.now()
        due_at = self._o2o_get_due_at(min(attempts.mapped("create_date"), default=now))
        if due_at and due_at < now:
            due_at = self._o2o_get_due_at(now)
        if due_at:
            self.env["o2o.timer"]._set("unpaid", orders, due_at)

    def _o2o_close_payment(self):
        """Hook: make sure that this payment can bring no more money.

        Providers with a remote side ask it to close the payment and say what it
        answered. Without a remote side there is nothing to ask.

        :return: ``closed`` (no money will come), ``paid`` (it has come) or
            ``unknown`` (no answer: ask again later, do not cancel)
        """
        self.ensure_one()
        return PAID if self.state in ("done", "authorized") else CLOSED

    def _o2o_close(self):
        """Close the payments of an order that waited long enough.

        :return: ``paid`` when one of them brought money, ``unknown`` when one may
            still, else ``closed``
        """
        outcomes = {self._o2o_close_one(transaction) for transaction in self}
        for outcome in (PAID, UNKNOWN):
            if outcome in outcomes:
                return outcome
        return CLOSED

    @api.model
    def _o2o_close_one(self, transaction):
        if transaction.state in ("cancel", "error") and transaction.o2o_closed_at:
            return CLOSED
        if transaction.state in ("done", "authorized"):
            return PAID
        outcome = transaction._o2o_close_payment()
        if outcome == CLOSED:
            transaction.o2o_closed_at = fields.Datetime.now()
            if transaction.state in ("draft", "pending"):
                transaction._set_canceled(state_message=self.env._("Not paid in time."))
        return outcome

    def _update_state(self, allowed_states, target_state, state_message):
        """Money that comes after the closing is money: believe it.

        The order is locked first, as the timer does: both sides take the locks in the
        same sequence and never wait for each other.
        """
        if target_state != "pending":
            self.sudo().sale_order_ids._o2o_lock_row()
        if target_state not in ("done", "authorized"):
            return super()._update_state(allowed_states, target_state, state_message)
        closed = self.filtered("o2o_closed_at")
        moved = super(PaymentTransaction, self - closed)._update_state(
            allowed_states, target_state, state_message
        )
        if closed:
            moved |= super(PaymentTransaction, closed)._update_state(
                (*allowed_states, "cancel"), target_state, state_message
            )
            # a closed payment has no page that waits for it
            self.env.ref("payment.cron_post_process_payment_tx").sudo()._trigger()
        return moved

    # === LATE MONEY === #

    def _post_process(self):
        """A late success revives the order, or goes back by itself; never silent."""
        late = self.filtered(lambda tx: tx._o2o_is_late())
        for transaction in late:
            transaction.sale_order_ids.sudo()._o2o_revive(transaction)
        result = super()._post_process()
        for transaction in late:
            transaction.sale_order_ids.sudo()._o2o_settle_late(transaction)
        self._o2o_report_paid_twice()
        # sudo: refunds belong to head office; a provider's answer updates them
        for refund in self.sudo().source_transaction_id.o2o_refund_ids:
            if refund.refund_transaction_id in self.sudo():
                refund._note_answer()
        return result

    def _o2o_report_paid_twice(self):
        """Money that a till has taken as well is not lost from sight."""
        paid = self.filtered(
            lambda tx: (
                tx.state in ("authorized", "done")
                and tx.operation not in ("refund", "validation")
            )
        )
        # sudo: problems are head office's, whoever pays
        paid.sale_order_ids.sudo()._o2o_report_paid_twice()

    def _o2o_is_late(self):
        """Whether this money has come for an order that was cancelled before."""
        self.ensure_one()
        return (
            self.state in ("done", "authorized")
            and not self.is_post_processed
            and self.operation not in ("refund", "validation")
            and len(self.sale_order_ids) == 1
            and self.sale_order_ids.state == "cancel"
        )

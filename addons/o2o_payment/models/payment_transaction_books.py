"""The books of a payment are kept after its order is confirmed (PAY-10)."""

from datetime import timezone

from odoo import fields, models

from ..const import GATEWAYS
from ..lib.o2o_gateway.clock import business_day


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _create_payment(self, **extra_create_values):
        """Later, where our job has confirmed the order of a payment."""
        if self.env.context.get("o2o_books_later") and self._o2o_may_wait_for_books():
            self.env["o2o.payment.booking"].sudo()._plan(self)
            return self.env["account.payment"]
        if self.provider_code in GATEWAYS:
            extra_create_values.setdefault("date", self._o2o_get_booking_date())
        return super()._create_payment(**extra_create_values)

    def _o2o_get_booking_date(self):
        """The day in Beijing when the money moved, whenever it is booked (PAY-10); the
        day of today, when the books of that day are closed."""
        self.ensure_one()
        moved_at = (
            self.o2o_refund_row_ids.done_at
            if self.operation == "refund"
            else self.o2o_intent_ids.paid_at
        )
        now = fields.Datetime.now()
        day, today = (
            business_day(moment.replace(tzinfo=timezone.utc))
            for moment in (moved_at or now, now)
        )
        is_closed = self.company_id._get_violated_lock_dates(
            day, False, self.provider_id.journal_id
        )
        return today if is_closed else day

    def _o2o_may_wait_for_books(self):
        """Whether this pays an order only. An invoice is paid by what is booked."""
        self.ensure_one()
        return (
            self.provider_code in GATEWAYS
            and self.operation != "refund"
            and bool(self.sale_order_ids)
            and not self.invoice_ids
        )

    def _o2o_book(self):
        """Book what was left for later. The caller holds the lock of this row."""
        self.ensure_one()
        self.invalidate_recordset(["payment_id"])
        if self.state != "done" or self.payment_id:
            return
        self.with_company(self.company_id)._create_payment()

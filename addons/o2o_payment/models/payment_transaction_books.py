"""The books of a payment are kept after its order is confirmed (PAY-10)."""

from odoo import models

from ..const import GATEWAYS


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    def _create_payment(self, **extra_create_values):
        """Later, where our job has confirmed the order of a payment."""
        if self.env.context.get("o2o_books_later") and self._o2o_may_wait_for_books():
            self.env["o2o.payment.booking"].sudo()._plan(self)
            return self.env["account.payment"]
        return super()._create_payment(**extra_create_values)

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

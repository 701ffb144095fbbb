from datetime import timedelta

from odoo import api, fields, models

from odoo.addons.o2o_order.models.sale_order_checkout import LEAN

#: that many notifications wait when books are left for later, and for how many seconds
BEHIND, BEHIND_PAUSE = 10, 5
#: after which books wait no longer
PATIENCE = 60
#: what is booked is kept for who wonders
KEEP_DAYS = 7


class O2oPaymentBooking(models.Model):
    """A payment that was left to be booked (PAY-10); forgotten some days after.

    An order that is paid is confirmed first: its store waits for no bookkeeping, and
    books that cannot be written keep no order from it.
    """

    _name = "o2o.payment.booking"
    _description = "Payment That Is Not Booked Yet"
    _inherit = ["o2o.payment.job"]
    _order = "id"
    _rec_name = "transaction_id"

    _job_xmlid = "o2o_payment.o2o_payment_booking_cron"

    transaction_id = fields.Many2one(
        "payment.transaction",
        string="Payment",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    partner_id = fields.Many2one(related="transaction_id.partner_id")
    amount = fields.Monetary(related="transaction_id.amount")
    currency_id = fields.Many2one(related="transaction_id.currency_id")

    _once = models.UniqueIndex("(transaction_id)", "This payment waits already.")

    @api.model
    def _plan(self, transaction):
        """Book a payment once its order is confirmed and committed."""
        row = self.search([("transaction_id", "=", transaction.id)]) or self.create(
            {
                "transaction_id": transaction.id,
                "provider_id": transaction.provider_id.id,
                "company_id": transaction.company_id.id,
            }
        )
        row._wake()
        return row

    @api.model
    def _cron_work(self):
        """Orders before books, for a minute at most."""
        now = fields.Datetime.now()
        since = fields.Datetime.subtract(now, seconds=PATIENCE)
        is_behind = self.env["o2o.payment.event"]._count_waiting(BEHIND) == BEHIND
        if is_behind and not self.search_count([("next_at", "<", since)], limit=1):
            later = fields.Datetime.add(now, seconds=BEHIND_PAUSE)
            self._call_job(later)
            return None
        return super()._cron_work()

    def _work(self):
        self._book()

    def _book(self):
        """Book these payments, whoever needs them to be."""
        for row in self:
            transaction = row.transaction_id
            transaction._o2o_lock_rows()
            transaction.with_context(lang=transaction.partner_lang, **LEAN)._o2o_book()
        self._rest()

    def action_book(self):
        """Try again now, for who has mended what the failure tells.

        :raise AccessError: for whoever is not in charge of payments
        """
        self._ensure_in_charge()
        self.check_access("read")
        # sudo: rows are written by their own methods only
        self.sudo().filtered("next_at")._wake()

    @api.autovacuum
    def _gc_booked(self):
        limit = fields.Datetime.now() - timedelta(days=KEEP_DAYS)
        self.search(
            [("next_at", "=", False), ("write_date", "<", limit)], limit=10000
        ).unlink()

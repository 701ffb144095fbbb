"""Sums of a day: of the bill, and of ours."""

from odoo import fields, models
from odoo.tools import SQL


class O2oPaymentBill(models.Model):
    _inherit = "o2o.payment.bill"

    paid = fields.Monetary(readonly=True, help="By the bill")
    refunded = fields.Monetary(string="Given back", readonly=True, help="By the bill")
    fees = fields.Monetary(readonly=True, help="What the gateway keeps")
    net = fields.Monetary(
        string="To be paid out", readonly=True, help="Paid - given back - fees"
    )
    ours_paid = fields.Monetary(string="Paid, by our books", readonly=True)
    ours_refunded = fields.Monetary(string="Given back, by our books", readonly=True)
    difference = fields.Monetary(
        readonly=True, help="The bill's paid - given back, less ours"
    )
    line_count = fields.Integer(string="Rows", readonly=True)
    open_count = fields.Integer(string="Open differences", readonly=True)

    def _count(self):
        """Sums of the day, of the bill and of ours; numeric, as the database has it."""
        self.env.flush_all()
        for bill in self:
            bill._count_one()
        self.env.invalidate_all()

    def _count_one(self):
        self.ensure_one()
        self.env.cr.execute(
            SQL(
                """
                WITH summed AS (
                    SELECT count(*) AS line_count,
                           sum(line.amount_fen) FILTER (WHERE line.kind = 'payment')
                               AS paid,
                           sum(line.amount_fen) FILTER (WHERE line.kind = 'refund')
                               AS refunded,
                           sum(line.fee_fen) AS fees,
                           sum(%(ours)s) FILTER (WHERE line.kind = 'payment')
                               AS ours_paid,
                           -sum(%(ours)s) FILTER (WHERE line.kind = 'refund')
                               AS ours_refunded
                      FROM o2o_payment_bill_line line
                 LEFT JOIN o2o_payment_intent intent ON intent.id = line.intent_id
                 LEFT JOIN o2o_payment_refund refund ON refund.id = line.refund_id
                     WHERE line.bill_id = %(bill)s
                ), missing AS (
                    SELECT sum(ours_fen) FILTER (WHERE ours_fen > 0) AS paid,
                           -sum(ours_fen) FILTER (WHERE ours_fen < 0) AS refunded
                      FROM o2o_payment_difference
                     WHERE bill_id = %(bill)s AND kind IN ('ours_only', 'cross_day')
                       AND (resolution IS NULL OR resolution <> 'itself')
                ), waiting AS (
                    SELECT count(*) AS open_count FROM o2o_payment_difference
                     WHERE bill_id = %(bill)s AND state <> 'resolved'
                ), sums AS (
                    SELECT summed.line_count, waiting.open_count,
                           COALESCE(summed.paid, 0) AS paid,
                           COALESCE(summed.refunded, 0) AS refunded,
                           COALESCE(summed.fees, 0) AS fees,
                           COALESCE(summed.ours_paid, 0) + COALESCE(missing.paid, 0)
                               AS ours_paid,
                           COALESCE(summed.ours_refunded, 0)
                               + COALESCE(missing.refunded, 0) AS ours_refunded
                      FROM summed, missing, waiting
                )
                UPDATE o2o_payment_bill bill
                   SET line_count = sums.line_count, open_count = sums.open_count,
                       paid = sums.paid / 100.0, refunded = sums.refunded / 100.0,
                       fees = sums.fees / 100.0,
                       net = (sums.paid - sums.refunded - sums.fees) / 100.0,
                       ours_paid = sums.ours_paid / 100.0,
                       ours_refunded = sums.ours_refunded / 100.0,
                       difference = (sums.paid - sums.refunded - sums.ours_paid
                                     + sums.ours_refunded) / 100.0
                  FROM sums WHERE bill.id = %(bill)s
                """,
                ours=self._ours_of_row(),
                bill=self.id,
            )
        )

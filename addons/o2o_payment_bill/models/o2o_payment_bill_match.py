"""The comparison of a bill with payments, refunds and what was sold: sets, in SQL.

Rows, then what only we have, then fees make *causes*, each with a key. A cause opens a
difference, or finds the one it has; a difference without its cause is resolved by
itself. So a second run changes nothing.
"""

from odoo import fields, models
from odoo.tools import SQL

#: seconds after which it is looked again whether a question to a gateway has helped
LOOK_AGAIN = 120


class O2oPaymentBill(models.Model):
    _inherit = "o2o.payment.bill"

    def _match(self):
        """Compare, and write down what does not agree. May be repeated."""
        self.ensure_one()
        self.env.flush_all()
        self._choose_rows()
        touched = self | self._find_touched_bills()
        self._link_rows()
        self._judge_rows()
        self._judge_undone()
        self._judge_fees()
        self._write_differences()
        self.env.invalidate_all()
        self.matched_at = fields.Datetime.now()
        self._undo_overtaken()
        touched._count()
        self._ask_gateway()
        touched.filtered(lambda bill: bill.state == "matched")._book()

    def _find_touched_bills(self):
        """Bills whose sums may change: of the rows that are judged, and of what is
        open."""
        self.env.cr.execute(
            """
            SELECT line.bill_id
              FROM o2o_bill_scope scope
              JOIN o2o_payment_bill_line line ON line.id = scope.id
             UNION
            SELECT bill_id FROM o2o_payment_difference
             WHERE provider_id = %s AND state <> 'resolved'
            """,
            [self.provider_id.id],
        )
        return self.browse([bill_id for (bill_id,) in self.env.cr.fetchall()])

    def _ask_gateway(self):
        """Where the bill knows more than we do, the gateway is asked before a person
        is."""
        rows = self.env["o2o.payment.difference"].search(
            [
                ("provider_id", "=", self.provider_id.id),
                ("state", "=", "open"),
                ("kind", "=", "status"),
                ("is_asked", "=", False),
            ]
        )
        # a payment that is held waits for a person, not for the gateway
        asked = rows.filtered(
            lambda row: (row.refund_id or row.intent_id)._may_change()
        )
        if not asked:
            return
        asked.is_asked = True
        asked.filtered("refund_id").refund_id._wake()
        asked.filtered(lambda row: not row.refund_id).intent_id._wake()
        self._wake(LOOK_AGAIN)

    def _undo_overtaken(self):
        """What was booked as gain or loss and turned out otherwise is taken back: it
        is in a bill now, or its amounts have changed and it is open again."""
        self.env.cr.execute(
            SQL(
                """
                SELECT lost.id FROM o2o_payment_difference lost
                 WHERE lost.provider_id = %s AND lost.move_id IS NOT NULL
                   AND (lost.state = 'open' OR lost.resolution = 'booked'
                    AND lost.kind = 'ours_only' AND EXISTS (
                        SELECT FROM o2o_payment_bill_line line
                         WHERE line.bill_id = %s AND line.number = lost.number
                           AND line.kind = split_part(lost.key, '/', 3)))
                """,
                self.provider_id.id,
                self.id,
            )
        )
        lost_ids = [row_id for (row_id,) in self.env.cr.fetchall()]
        for row in self.env["o2o.payment.difference"].browse(lost_ids):
            row.provider_id._o2o_reverse(row.move_id)
            if row.state == "resolved":
                row.resolution = "itself"
            row.move_id = False
            row.message_post(
                body=self.env._("The bill says otherwise now: the entry is reversed.")
            )

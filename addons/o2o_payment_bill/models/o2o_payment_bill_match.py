"""The comparison of a bill with payments, refunds and what was sold: sets, in SQL.

Rows, then what only we have, then fees make *causes*, each with a key. A cause opens a
difference, or finds the one it has; a difference without its cause is resolved by
itself. So a second run changes nothing.
"""

from odoo import api, fields, models
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
        touched |= self._undo_overtaken()
        touched._count()
        self._ask_gateway()
        touched.filtered(lambda bill: bill.state == "matched")._book()

    @api.model
    def _wake_late(self, provider, moment, out_no):
        """Compare the bill of a moment again, and those that hold rows of a payment:
        what belongs to them became known after they were matched.

        :param datetime moment: naive UTC, or False
        :param str out_no: our number of the payment
        """
        # sudo: payments are confirmed by whoever asks; the job compares
        provider_sudo = provider.sudo()
        day = moment and provider_sudo._o2o_get_day_of(moment)
        # the usual one is of today, and its bill cannot be there yet
        if not day or day >= provider_sudo._o2o_get_day_of(fields.Datetime.now()):
            return
        lines_sudo = (
            self.env["o2o.payment.bill.line"]
            .sudo()
            .search([("provider_id", "=", provider.id), ("out_no", "=", out_no)])
        )
        bills_sudo = lines_sudo.bill_id | self.sudo().search(
            [("provider_id", "=", provider.id), ("day", "=", day)]
        )
        bills_sudo.filtered(lambda bill: bill.state == "matched")._wake()

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
        """What persons decided and what turned out otherwise: it is in a bill now, its
        cause is gone, or its amounts have changed and it is open again. Entries are
        reversed.

        :return: the bills it was found in
        """
        self.env.cr.execute(
            SQL(
                """
                SELECT known.id FROM o2o_payment_difference known
                 WHERE known.provider_id = %(provider)s
                   AND (known.move_id IS NOT NULL
                    AND (known.state = 'open' OR known.resolution = 'itself')
                    OR known.state = 'resolved' AND known.resolution <> 'itself'
                    AND known.kind IN ('ours_only', 'cross_day') AND EXISTS (
                        SELECT FROM o2o_payment_bill_line line
                         WHERE line.bill_id = %(bill)s AND (
                            line.refund_id = known.refund_id
                            OR known.refund_id IS NULL AND line.kind = 'payment'
                               AND line.intent_id = known.intent_id)))
                """,
                provider=self.provider_id.id,
                bill=self.id,
            )
        )
        rows = self.env["o2o.payment.difference"].browse(
            [row_id for (row_id,) in self.env.cr.fetchall()]
        )
        for row in rows.filtered("move_id"):
            row.provider_id._o2o_reverse(row.move_id)
            row.move_id = False
            row.message_post(
                body=self.env._("The bill says otherwise now: the entry is reversed.")
            )
        rows.filtered(lambda row: row.state == "resolved").resolution = "itself"
        return rows.bill_id

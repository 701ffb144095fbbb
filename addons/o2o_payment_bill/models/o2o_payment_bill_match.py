"""The comparison of a bill with payments, refunds and what was sold: sets, in SQL.

Rows, then what only we have, then fees make *causes*, each with a key. A cause opens a
difference, or finds the one it has; a difference without its cause is resolved by
itself. So a second run changes nothing.
"""

from odoo import fields, models
from odoo.tools import SQL

#: seconds after which it is looked again whether a question to a gateway has helped
LOOK_AGAIN = 120
#: how near to midnight a payment may be found in the bill of the day beside it
BORDER = "1 hour"


class O2oPaymentBill(models.Model):
    _inherit = "o2o.payment.bill"

    paid = fields.Monetary(string="Paid", readonly=True, help="By the bill")
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

    # === ROWS === #

    def _choose_rows(self):
        """The rows that are judged: of this bill, and those that open differences are
        about, with all rows of the same numbers. Bills with problems count for
        nothing."""
        self.env.cr.execute("DROP TABLE IF EXISTS pg_temp.o2o_bill_scope")
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE o2o_bill_scope ON COMMIT DROP AS
                WITH wanted AS MATERIALIZED (
                    SELECT line.kind, line.number FROM o2o_payment_bill_line line
                     WHERE line.bill_id = %(bill)s
                     UNION
                    SELECT line.kind, line.number
                      FROM o2o_payment_difference open
                      JOIN o2o_payment_bill_line line ON line.id = open.line_id
                     WHERE open.provider_id = %(provider)s AND open.state <> 'resolved'
                )
                SELECT line.id
                  FROM wanted
                  JOIN o2o_payment_bill_line line
                    ON line.provider_id = %(provider)s AND line.kind = wanted.kind
                   AND line.number = wanted.number
                  JOIN o2o_payment_bill bill ON bill.id = line.bill_id
                 WHERE bill.state = 'matched'
                """,
                provider=self.provider_id.id,
                bill=self.id,
            )
        )
        self.env.cr.execute("CREATE UNIQUE INDEX ON o2o_bill_scope (id)")
        self.env.cr.execute("ANALYZE o2o_bill_scope")

    def _link_rows(self):
        self.env.cr.execute(
            SQL(
                """
                UPDATE o2o_payment_bill_line line SET intent_id = intent.id
                  FROM o2o_bill_scope scope, o2o_payment_intent intent
                 WHERE line.id = scope.id AND line.out_no = intent.out_no
                   AND intent.provider_id = %(provider)s AND line.intent_id IS NULL
                """,
                provider=self.provider_id.id,
            )
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE o2o_payment_bill_line line
                   SET refund_id = refund.id, intent_id = intent.id
                  FROM o2o_bill_scope scope, o2o_payment_refund refund
                  JOIN o2o_payment_intent intent ON intent.id = refund.intent_id
                 WHERE line.id = scope.id AND line.kind = 'refund'
                   AND line.refund_no = refund.refund_no
                   AND intent.provider_id = %(provider)s AND line.refund_id IS NULL
                """,
                provider=self.provider_id.id,
            )
        )

    def _judge_rows(self):
        """One word for each row; the first row of a number counts."""
        self.env.cr.execute(
            SQL(
                """
                WITH judged AS (
                    SELECT line.id, CASE
                        WHEN line.kind = 'other' AND line.word = 'REVOKED' THEN 'undone'
                        WHEN line.kind = 'other' THEN 'other'
                        WHEN row_number() OVER (
                            PARTITION BY line.kind, line.number
                                ORDER BY bill.day, line.row) > 1 THEN 'duplicate'
                        WHEN line.kind = 'payment' THEN %(payment)s
                        ELSE %(refund)s END AS word
                      FROM o2o_bill_scope scope
                      JOIN o2o_payment_bill_line line ON line.id = scope.id
                      JOIN o2o_payment_bill bill ON bill.id = line.bill_id
                 LEFT JOIN o2o_payment_intent intent ON intent.id = line.intent_id
                 LEFT JOIN o2o_payment_refund refund ON refund.id = line.refund_id
                )
                UPDATE o2o_payment_bill_line line SET match = judged.word
                  FROM judged
                 WHERE line.id = judged.id AND line.match IS DISTINCT FROM judged.word
                """,
                payment=self._judge_payment(),
                refund=self._judge_refund(),
            )
        )

    def _judge_stranger(self):
        """A number of ours at another provider, or nobody's."""
        return SQL(
            """
            CASE WHEN EXISTS (
                SELECT FROM o2o_payment_intent other WHERE other.out_no = line.out_no
                   AND other.provider_id <> line.provider_id
            ) THEN 'account' ELSE 'gateway_only' END
            """
        )

    def _judge_payment(self):
        return SQL(
            """
            CASE WHEN intent.id IS NULL THEN %s
                 WHEN intent.paid_fen = 0 THEN 'status'
                 WHEN intent.paid_fen <> line.amount_fen THEN 'amount'
                 WHEN intent.reserved_fen < intent.paid_fen AND NOT (%s) THEN 'document'
                 ELSE 'matched' END
            """,
            self._judge_stranger(),
            SQL(" OR ").join(self._get_document_conditions()),
        )

    def _judge_refund(self):
        return SQL(
            """
            CASE WHEN refund.id IS NULL THEN %s
                 WHEN refund.state <> 'done' THEN 'status'
                 WHEN refund.amount_fen <> line.amount_fen THEN 'amount'
                 WHEN EXISTS (
                    SELECT FROM payment_transaction tx
                     WHERE tx.id = refund.transaction_id AND tx.state <> 'done'
                 ) THEN 'document'
                 ELSE 'matched' END
            """,
            self._judge_stranger(),
        )

    def _get_document_conditions(self):
        """When something stands on a payment (alias ``intent``): a sale of a till, or a
        transaction that is done, is in the books and is for something. Hook for addons
        that take payments in another way.

        :return: list of ``SQL``
        """
        reasons = SQL(" OR ").join(
            self.env["payment.transaction"]._o2o_get_document_sql()
        )
        return [
            SQL("intent.pos_payment_id IS NOT NULL"),
            SQL(
                """
                EXISTS (
                    SELECT FROM payment_transaction tx
                      JOIN account_payment payment ON payment.id = tx.payment_id
                     WHERE tx.id = intent.transaction_id AND tx.state = 'done'
                       AND payment.state NOT IN ('draft', 'canceled', 'rejected')
                       AND (%s)
                )
                """,
                reasons,
            ),
        ]

    def _judge_undone(self):
        """Paid and given back at the gateway, by the till that stopped waiting: here
        the payment is closed, and nothing is owed on either side."""
        self.env.cr.execute(
            SQL(
                """
                WITH doubtful AS (
                    SELECT line.id, line.out_no
                      FROM o2o_bill_scope scope
                      JOIN o2o_payment_bill_line line ON line.id = scope.id
                      JOIN o2o_payment_intent intent ON intent.id = line.intent_id
                     WHERE line.match IN ('status', 'gateway_only')
                       AND line.refund_id IS NULL AND intent.paid_fen = 0
                       AND intent.state IN ('closed', 'failed')
                ), zero AS (
                    SELECT line.out_no
                      FROM o2o_payment_bill_line line
                      JOIN o2o_payment_bill bill ON bill.id = line.bill_id
                     WHERE line.provider_id = %(provider)s AND bill.state = 'matched'
                       AND line.match <> 'duplicate' AND line.kind <> 'other'
                       AND line.out_no IN (SELECT out_no FROM doubtful)
                  GROUP BY line.out_no
                    HAVING sum(CASE line.kind WHEN 'payment' THEN line.amount_fen
                                              ELSE -line.amount_fen END) = 0
                )
                UPDATE o2o_payment_bill_line line SET match = 'undone'
                  FROM doubtful JOIN zero ON zero.out_no = doubtful.out_no
                 WHERE line.id = doubtful.id
                """,
                provider=self.provider_id.id,
            )
        )

    def _judge_fees(self):
        """Rows whose fee is not the agreed one, by more than the tolerance."""
        expected, tolerance, rate = self._get_fee_terms()
        self.env.cr.execute(
            SQL(
                """
                UPDATE o2o_payment_bill_line line
                   SET is_fee_off = NOT line.is_fee_off
                  FROM o2o_bill_scope scope
                 WHERE line.id = scope.id AND line.is_fee_off <> (
                    %s > 0 AND line.kind = 'payment' AND line.match <> 'duplicate'
                    AND abs(line.fee_fen - %s) > %s
                 )
                """,
                rate,
                expected,
                tolerance,
            )
        )

    def _get_fee_terms(self):
        """The fee that was agreed for a row, the tolerance in fen, and the rate."""
        # sudo: the terms of a gateway are the administrators'
        provider_sudo = self.provider_id.sudo()
        rate = provider_sudo.o2o_fee_rate
        tolerance = round(provider_sudo.o2o_fee_tolerance * 100)
        return SQL("round(line.amount_fen * %s::numeric / 100)", rate), tolerance, rate

    # === DIFFERENCES === #

    def _write_differences(self):
        """Open what is new, follow what has changed, resolve what is gone."""
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                """
                WITH cause AS MATERIALIZED (
                    %(rows)s UNION ALL %(payments)s UNION ALL %(refunds)s
                    UNION ALL %(fees)s
                ), written AS (
                    INSERT INTO o2o_payment_difference AS known
                        (key, kind, provider_id, company_id, bill_id, day, line_id,
                         intent_id, refund_id, number, provider_no, ours_fen,
                         gateway_fen, stake_fen, count, is_asked, state, found_at,
                         create_uid, create_date, write_uid, write_date)
                    SELECT %(provider)s || '/' || cause.key, cause.kind, %(provider)s,
                           bill.company_id, bill.id, bill.day, cause.line_id,
                           cause.intent_id, cause.refund_id, cause.number,
                           cause.provider_no, cause.ours_fen, cause.gateway_fen,
                           GREATEST(abs(cause.gateway_fen - cause.ours_fen),
                               CASE WHEN cause.kind IN ('document', 'other', 'status')
                                    THEN abs(cause.gateway_fen) ELSE 0 END),
                           cause.count, FALSE, 'open', %(now)s,
                           %(uid)s, %(now)s, %(uid)s, %(now)s
                      FROM cause JOIN o2o_payment_bill bill ON bill.id = cause.bill_id
                    ON CONFLICT (key) DO UPDATE SET
                        kind = EXCLUDED.kind, bill_id = EXCLUDED.bill_id,
                        day = EXCLUDED.day, line_id = EXCLUDED.line_id,
                        intent_id = EXCLUDED.intent_id,
                        refund_id = EXCLUDED.refund_id,
                        provider_no = EXCLUDED.provider_no,
                        ours_fen = EXCLUDED.ours_fen,
                        gateway_fen = EXCLUDED.gateway_fen,
                        stake_fen = EXCLUDED.stake_fen, count = EXCLUDED.count,
                        state = CASE WHEN %(again)s THEN 'open' ELSE known.state END,
                        resolution = CASE WHEN %(again)s THEN NULL
                                          ELSE known.resolution END,
                        resolved_at = CASE WHEN %(again)s THEN NULL
                                           ELSE known.resolved_at END,
                        first_by_id = CASE WHEN %(again)s THEN NULL
                                           ELSE known.first_by_id END,
                        is_asked = known.is_asked AND NOT %(again)s,
                        write_date = EXCLUDED.write_date
                )
                UPDATE o2o_payment_difference gone
                   SET state = 'resolved', resolution = 'itself',
                       resolved_at = %(now)s, write_date = %(now)s
                  FROM o2o_payment_bill bill
                 WHERE gone.provider_id = %(provider)s AND gone.state <> 'resolved'
                   AND bill.id = gone.bill_id AND bill.state = 'matched'
                   AND NOT EXISTS (
                    SELECT FROM cause WHERE %(provider)s || '/' || cause.key = gone.key
                   )
                """,
                rows=self._causes_of_rows(),
                payments=self._causes_of_payments(),
                refunds=self._causes_of_refunds(),
                fees=self._causes_of_fees(),
                provider=self.provider_id.id,
                uid=self.env.uid,
                now=now,
                again=self._is_to_reopen(),
            )
        )

    def _is_to_reopen(self):
        """What was resolved by itself is back, or a person decided about other
        amounts."""
        return SQL(
            """(known.resolution IS NOT DISTINCT FROM 'itself' OR (known.state <> 'open' AND (
                known.ours_fen <> EXCLUDED.ours_fen
                OR known.gateway_fen <> EXCLUDED.gateway_fen)))"""
        )

    def _causes_of_rows(self):
        """By number, so that a row that comes thrice is one cause; money that went
        back is negative."""
        return SQL(
            """
            SELECT (CASE line.match WHEN 'duplicate' THEN 'twice' ELSE 'row' END)
                       || '/' || line.kind || '/' || line.number AS key,
                   line.match AS kind, max(line.bill_id) AS bill_id,
                   min(line.id) AS line_id, min(line.intent_id) AS intent_id,
                   min(line.refund_id) AS refund_id, line.number AS number,
                   min(line.provider_no) AS provider_no,
                   sum(%(ours)s)::integer AS ours_fen,
                   sum(%(gateway)s)::integer AS gateway_fen, count(*)::integer AS count
              FROM o2o_bill_scope scope
              JOIN o2o_payment_bill_line line ON line.id = scope.id
         LEFT JOIN o2o_payment_intent intent ON intent.id = line.intent_id
         LEFT JOIN o2o_payment_refund refund ON refund.id = line.refund_id
             WHERE line.match NOT IN ('matched', 'undone')
          GROUP BY line.kind, line.number, line.match
            """,
            ours=self._ours_of_row(),
            gateway=self._gateway_of_row(),
        )

    def _gateway_of_row(self):
        return SQL(
            """(CASE line.kind WHEN 'payment' THEN line.amount_fen
                    WHEN 'refund' THEN -line.amount_fen ELSE 0 END)"""
        )

    def _ours_of_row(self):
        """What our books say of a row, in fen; of one that was undone nothing is left
        on either side."""
        return SQL(
            """
            (CASE WHEN line.match IN ('duplicate', 'gateway_only', 'account') THEN 0
                  WHEN line.match = 'undone' THEN %s
                  WHEN line.kind = 'payment' THEN intent.paid_fen
                  WHEN line.kind = 'refund' AND refund.state = 'done'
                  THEN -refund.amount_fen
                  ELSE 0 END)
            """,
            self._gateway_of_row(),
        )

    def _shift(self):
        """From a moment in UTC to the day of the bill it belongs to."""
        # sudo: only which gateway it is
        return SQL(
            "make_interval(hours => %s)", self.provider_id.sudo()._o2o_day_shift()
        )

    def _causes_of_payments(self):
        """Payments of ours on the day of this bill, or known to be missing, that are
        in no bill."""
        return SQL(
            """
            SELECT 'ours/payment/' || intent.out_no,
                   CASE WHEN %(is_near)s THEN 'cross_day' ELSE 'ours_only' END,
                   bill.id, NULL::integer, intent.id, NULL::integer, intent.out_no,
                   intent.provider_no, intent.paid_fen, 0, 1
              FROM o2o_payment_intent intent
              JOIN o2o_payment_bill bill ON bill.provider_id = intent.provider_id
               AND bill.day = (intent.paid_at + %(shift)s)::date
             WHERE intent.provider_id = %(provider)s AND intent.paid_fen > 0
               AND bill.state = 'matched'
               AND (intent.paid_at >= %(begin)s AND intent.paid_at < %(end)s
                    OR intent.id IN (
                        SELECT intent_id FROM o2o_payment_difference
                         WHERE provider_id = %(provider)s AND state <> 'resolved'
                           AND kind IN ('ours_only', 'cross_day')
                    ))
               AND NOT %(is_there)s
            """,
            is_near=self._is_near("intent", "paid_at", "paid_at"),
            is_there=self._is_in_bill("payment", "intent", "out_no"),
            **self._day(),
        )

    def _causes_of_refunds(self):
        """The same for refunds, which are done some time between the two moments that
        we know."""
        return SQL(
            """
            SELECT 'ours/refund/' || refund.refund_no,
                   CASE WHEN %(is_near)s THEN 'cross_day' ELSE 'ours_only' END,
                   bill.id, NULL::integer, refund.intent_id, refund.id,
                   refund.refund_no, refund.provider_no, -refund.amount_fen, 0, 1
              FROM o2o_payment_refund refund
              JOIN o2o_payment_intent intent ON intent.id = refund.intent_id
              JOIN o2o_payment_bill bill ON bill.provider_id = intent.provider_id
               AND bill.day = (refund.sent_at + %(shift)s)::date
             WHERE intent.provider_id = %(provider)s AND refund.state = 'done'
               AND bill.state = 'matched'
               AND (refund.sent_at >= %(begin)s AND refund.sent_at < %(end)s
                    OR refund.id IN (
                        SELECT refund_id FROM o2o_payment_difference
                         WHERE provider_id = %(provider)s AND state <> 'resolved'
                           AND kind IN ('ours_only', 'cross_day')
                    ))
               AND NOT %(is_there)s
            """,
            is_near=self._is_near("refund", "sent_at", "done_at"),
            is_there=self._is_in_bill("refund", "refund", "refund_no"),
            **self._day(),
        )

    def _day(self):
        """The day of the bill, as moments in UTC."""
        # sudo: only which gateway it is
        begin, end = self.provider_id.sudo()._o2o_get_day(self.day)
        return {
            "provider": self.provider_id.id,
            "shift": self._shift(),
            "begin": begin,
            "end": end,
        }

    def _is_in_bill(self, kind, alias, number):
        return SQL(
            """
            EXISTS (
                SELECT FROM o2o_payment_bill_line found
                  JOIN o2o_payment_bill its ON its.id = found.bill_id
                 WHERE found.provider_id = %(provider)s AND its.state = 'matched'
                   AND found.kind = %(kind)s AND found.number = %(number)s
            )
            """,
            provider=self.provider_id.id,
            kind=kind,
            number=SQL.identifier(alias, number),
        )

    def _is_near(self, alias, first, last):
        """Whether it may be in the bill beside that of its day, which is not here yet
        (FAULT-69)."""
        return SQL(
            """
            (
                (%(last)s + %(shift)s + %(border)s::interval)::date > bill.day
                AND NOT EXISTS (
                    SELECT FROM o2o_payment_bill later
                     WHERE later.provider_id = bill.provider_id
                       AND later.state = 'matched' AND later.day = LEAST(
                        (%(last)s + %(shift)s + %(border)s::interval)::date,
                        bill.day + 7))
                OR (%(first)s + %(shift)s - %(border)s::interval)::date < bill.day
                AND EXISTS (
                    SELECT FROM o2o_payment_bill earlier
                     WHERE earlier.provider_id = bill.provider_id
                       AND earlier.state <> 'matched' AND earlier.day = bill.day - 1)
            )
            """,
            first=SQL.identifier(alias, first),
            last=SQL.identifier(alias, last),
            shift=self._shift(),
            border=BORDER,
        )

    def _causes_of_fees(self):
        """One cause for a day: when a rate is wrong, it is wrong in all rows."""
        expected, _tolerance, _rate = self._get_fee_terms()
        return SQL(
            """
            SELECT 'fee/' || bill.day, 'fee', bill.id, NULL::integer, NULL::integer,
                   NULL::integer, bill.day::text, '', -sum(%s)::integer,
                   -sum(line.fee_fen)::integer, count(*)::integer
              FROM o2o_payment_bill bill
              JOIN o2o_payment_bill_line line ON line.bill_id = bill.id
             WHERE line.is_fee_off AND bill.state = 'matched' AND (
                bill.id = %s OR bill.id IN (
                    SELECT bill_id FROM o2o_payment_difference
                     WHERE provider_id = %s AND state <> 'resolved' AND kind = 'fee'
                ))
          GROUP BY bill.id
            """,
            expected,
            self.id,
            self.provider_id.id,
        )

    # === WHAT FOLLOWS === #

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
        if not rows:
            return
        rows.is_asked = True
        rows.intent_id.filtered(lambda it: it._may_change())._wake()
        rows.refund_id.filtered(lambda it: it._may_change())._wake()
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
            row.move_id._reverse_moves(
                [{"date": fields.Date.context_today(row)}], cancel=True
            )
            if row.state == "resolved":
                row.resolution = "itself"
            row.move_id = False
            row.message_post(
                body=self.env._("The bill says otherwise now: the entry is reversed.")
            )

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

"""Causes of differences, and the rows that stand for them."""

from odoo import fields, models
from odoo.tools import SQL

#: how near to midnight a payment may be found in the bill of the day beside it
BORDER = "1 hour"


class O2oPaymentBill(models.Model):
    _inherit = "o2o.payment.bill"

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
                               CASE WHEN cause.kind IN ('document', 'status')
                                    THEN abs(cause.gateway_fen) ELSE 0 END,
                               cause.other_fen),
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
                 WHERE gone.provider_id = %(provider)s
                   AND (gone.state <> 'resolved' OR gone.move_id IS NOT NULL)
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
        """What was resolved by itself is back, or a person decided about other amounts,
        or about what was to be in the next bill and is not."""
        return SQL(
            """
            (known.resolution IS NOT DISTINCT FROM 'itself'
             OR known.state <> 'open' AND (
                known.kind = 'cross_day' AND EXCLUDED.kind <> 'cross_day'
                OR known.ours_fen <> EXCLUDED.ours_fen
                OR known.gateway_fen <> EXCLUDED.gateway_fen))
            """
        )

    def _causes_of_rows(self):
        """By number, so that a row that comes thrice is one cause; money that went
        back is negative. What is neither has no side, but much may be at stake."""
        return SQL(
            """
            SELECT (CASE line.match WHEN 'duplicate' THEN 'twice' ELSE 'row' END)
                       || '/' || line.kind || '/' || line.number AS key,
                   line.match AS kind, max(line.bill_id) AS bill_id,
                   min(line.id) AS line_id, min(line.intent_id) AS intent_id,
                   min(line.refund_id) AS refund_id, line.number AS number,
                   min(line.provider_no) AS provider_no,
                   sum(%(ours)s) AS ours_fen,
                   sum(%(gateway)s) AS gateway_fen, count(*)::integer AS count,
                   sum(CASE line.kind WHEN 'other'
                       THEN abs(line.amount_fen::bigint) + abs(line.fee_fen)
                       ELSE 0 END) AS other_fen
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
                   intent.provider_no, intent.paid_fen, 0, 1, 0
              FROM o2o_payment_intent intent
              JOIN o2o_payment_bill bill ON bill.provider_id = intent.provider_id
               AND bill.day = (intent.paid_at + %(shift)s)::date
             WHERE intent.provider_id = %(provider)s AND intent.paid_fen > 0
               AND bill.state = 'matched'
               AND intent.id IN (
                    SELECT id FROM o2o_payment_intent
                     WHERE provider_id = %(provider)s AND paid_fen > 0
                       AND paid_at >= %(begin)s AND paid_at < %(end)s
                     UNION
                    SELECT intent_id FROM o2o_payment_difference
                     WHERE provider_id = %(provider)s
                       AND (state <> 'resolved' OR move_id IS NOT NULL
                            OR kind = 'cross_day')
                       AND kind IN ('ours_only', 'cross_day')
               )
               AND NOT %(is_there)s
            """,
            is_near=self._is_near("intent", "paid_at", "paid_at"),
            is_there=self._is_in_bill("payment", "intent"),
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
                   refund.refund_no, refund.provider_no, -refund.amount_fen, 0, 1, 0
              FROM o2o_payment_refund refund
              JOIN o2o_payment_intent intent ON intent.id = refund.intent_id
              JOIN o2o_payment_bill bill ON bill.provider_id = intent.provider_id
               AND bill.day = (refund.sent_at + %(shift)s)::date
             WHERE intent.provider_id = %(provider)s AND refund.state = 'done'
               AND bill.state = 'matched'
               AND refund.id IN (
                    SELECT id FROM o2o_payment_refund
                     WHERE state = 'done'
                       AND sent_at >= %(begin)s AND sent_at < %(end)s
                     UNION
                    SELECT refund_id FROM o2o_payment_difference
                     WHERE provider_id = %(provider)s
                       AND (state <> 'resolved' OR move_id IS NOT NULL
                            OR kind = 'cross_day')
                       AND kind IN ('ours_only', 'cross_day')
               )
               AND NOT %(is_there)s
            """,
            is_near=self._is_near("refund", "sent_at", "done_at"),
            is_there=self._is_in_bill("refund", "refund"),
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

    def _is_in_bill(self, kind, alias):
        """Whether a row is about it; rows were linked before."""
        return SQL(
            """
            EXISTS (
                SELECT FROM o2o_payment_bill_line found
                  JOIN o2o_payment_bill its ON its.id = found.bill_id
                 WHERE found.%(link)s = %(id)s AND found.kind = %(kind)s
                   AND its.state = 'matched'
            )
            """,
            link=SQL.identifier(f"{alias}_id"),
            id=SQL.identifier(alias, "id"),
            kind=kind,
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
                   NULL::integer, bill.day::text, '', -sum(%s),
                   -sum(line.fee_fen), count(*)::integer, 0
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

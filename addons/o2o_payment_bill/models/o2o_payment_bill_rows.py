"""What each row of a bill is about, and one word for how it compares."""

from odoo import models
from odoo.tools import SQL


class O2oPaymentBill(models.Model):
    _inherit = "o2o.payment.bill"

    def _choose_rows(self):
        """The rows that are judged: of this bill, and those that differences are about
        that are open or booked, with all rows of the same numbers. Bills with problems
        count for nothing."""
        # to compile these statements takes longer than to run them
        self.env.cr.execute("SET LOCAL jit = off")
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
                     WHERE open.provider_id = %(provider)s
                       AND (open.state <> 'resolved' OR open.move_id IS NOT NULL)
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
                   AND line.out_no IN (intent.out_no, '')
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
                    %s > 0 AND line.match <> 'duplicate'
                    AND abs(line.fee_fen - %s) > %s
                 )
                """,
                rate,
                expected,
                tolerance,
            )
        )

    def _get_fee_terms(self):
        """The fee that was agreed for a row, the tolerance in fen, and the rate. What
        is no payment costs nothing, or gives back up to the fee of its amount."""
        # sudo: the terms of a gateway are the administrators'
        provider_sudo = self.provider_id.sudo()
        rate = provider_sudo.o2o_fee_rate
        tolerance = round(provider_sudo.o2o_fee_tolerance * 100)
        agreed = SQL("round(line.amount_fen * %s::numeric / 100)", rate)
        expected = SQL(
            """
            (CASE line.kind WHEN 'payment' THEN %s
                            ELSE LEAST(GREATEST(line.fee_fen, -%s), 0) END)
            """,
            agreed,
            agreed,
        )
        return expected, tolerance, rate

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

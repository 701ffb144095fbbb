from datetime import timezone

from odoo import api, fields, models

from odoo.addons.o2o_payment.money import from_fen

from ..const import LINE_KINDS, MATCHES

#: rows that go to the database in one statement
PAGE = 2000
_INSERT = """
    INSERT INTO o2o_payment_bill_line
           (bill_id, provider_id, company_id, currency_id, row, file_row, kind, number,
            out_no, refund_no, provider_no, amount_fen, fee_fen, is_fee_off, at,
            store_no, subject, word)
    VALUES %s
"""


class O2oPaymentBillLine(models.Model):
    """A row of a bill, and what it is about here. Written by the bill only."""

    _name = "o2o.payment.bill.line"
    _description = "Row of a Bill"
    _order = "bill_id desc, row"
    _rec_name = "out_no"
    # a hundred thousand rows a day: what the job writes is the job's
    _log_access = False

    bill_id = fields.Many2one(
        "o2o.payment.bill", required=True, readonly=True, ondelete="cascade"
    )
    provider_id = fields.Many2one(
        "payment.provider",
        string="Gateway",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    row = fields.Integer(required=True, readonly=True, help="The first one is 1")
    file_row = fields.Integer(string="Row of the file", readonly=True)
    kind = fields.Selection(LINE_KINDS, required=True, readonly=True)
    number = fields.Char(
        required=True,
        readonly=True,
        help="What it is known by: our number of the payment, or of the refund",
    )
    out_no = fields.Char(string="Our number", readonly=True)
    refund_no = fields.Char(string="Number of the refund", readonly=True)
    provider_no = fields.Char(string="Gateway's number", readonly=True, index="trigram")
    amount_fen = fields.Integer(string="Amount in fen", required=True, readonly=True)
    fee_fen = fields.Integer(
        string="Fee in fen",
        required=True,
        readonly=True,
        help="What the gateway keeps; negative where it gives a fee back",
    )
    amount = fields.Monetary(compute="_compute_amounts")
    fee = fields.Monetary(compute="_compute_amounts")
    is_fee_off = fields.Boolean(
        string="Other fee", required=True, readonly=True, default=False
    )
    at = fields.Datetime(string="Moment", readonly=True)
    store_no = fields.Char(string="Store", readonly=True)
    subject = fields.Char(readonly=True)
    word = fields.Char(string="Gateway's word", readonly=True)
    match = fields.Selection(MATCHES, string="Compared", readonly=True)
    intent_id = fields.Many2one(
        "o2o.payment.intent",
        string="Payment",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    refund_id = fields.Many2one(
        "o2o.payment.refund",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )

    _row_uniq = models.Constraint("UNIQUE (bill_id, row)", "This row is there already.")
    _number_idx = models.Index("(provider_id, kind, number)")
    _out_no_idx = models.Index("(provider_id, out_no)")

    @api.depends("amount_fen", "fee_fen", "kind")
    def _compute_amounts(self):
        for line in self:
            sign = -1 if line.kind == "refund" else 1
            line.amount = sign * from_fen(line.amount_fen)
            line.fee = from_fen(line.fee_fen)

    @api.model
    def _replace(self, bill, lines):
        """Put the rows of a file in the place of those that a bill has.

        :param lines: ``BillLine`` of the gateway's client
        """
        # what a difference was about may be gone; the match finds it again by its key
        bill.flush_recordset()
        self._find_bills_beside(bill)._wake()
        self.env.cr.execute(
            "DELETE FROM o2o_payment_bill_line WHERE bill_id = %s", [bill.id]
        )
        self.env.invalidate_all()
        fixed = (
            bill.id,
            bill.provider_id.id,
            bill.company_id.id,
            bill.currency_id.id,
        )
        self.env.cr.execute_values(
            _INSERT,
            ((*fixed, place, *_values(line)) for place, line in enumerate(lines, 1)),
            page_size=PAGE,
        )
        # a day may be most of the table, and the next statements are about it
        self.env.cr.execute("ANALYZE o2o_payment_bill_line")

    @api.model
    def _find_bills_beside(self, bill):
        """Bills with rows of the payments that a bill has rows of, elevated: what they
        were said to be (a duplicate, undone) may have stood on these."""
        self.env.cr.execute(
            """
            SELECT DISTINCT other.bill_id
              FROM o2o_payment_bill_line mine
              JOIN o2o_payment_bill_line other
                ON other.provider_id = mine.provider_id
               AND other.out_no = mine.out_no
               AND other.bill_id <> mine.bill_id
             WHERE mine.bill_id = %s AND mine.out_no <> ''
            """,
            [bill.id],
        )
        found = [bill_id for (bill_id,) in self.env.cr.fetchall()]
        # sudo: who brings a file has been asked; the job compares
        bills_sudo = self.env["o2o.payment.bill"].sudo().browse(found)
        return bills_sudo.filtered(lambda it: it.state == "matched")


def _values(line):
    return (
        line.row,
        line.kind.value,
        _number(line),
        line.out_no,
        line.refund_no,
        line.provider_no,
        line.amount_fen,
        line.fee_fen,
        False,
        line.at.astimezone(timezone.utc).replace(tzinfo=None),
        line.store_no,
        line.subject,
        line.word,
    )


def _number(line):
    """What the row is known by; a reversal has only the number of its payment."""
    if line.kind.value == "payment":
        return line.out_no or line.provider_no
    if line.kind.value == "refund":
        return line.refund_no or f"{line.out_no or line.provider_no}/undone"
    return f"{line.provider_no or line.out_no}/{line.word}"

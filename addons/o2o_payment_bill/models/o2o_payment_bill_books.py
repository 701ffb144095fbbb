"""One journal entry for a bill: what the gateway keeps, and where tills' money is."""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.o2o_payment.money import from_fen


class O2oPaymentBill(models.Model):
    """Receipts and refunds are in the books already: those of the website by the
    payments of their transactions, those of tills by the session. What only the bill
    says is booked here: the fees, and on which gateway a till's money is."""

    _inherit = "o2o.payment.bill"

    move_id = fields.Many2one(
        "account.move",
        string="Journal entry",
        readonly=True,
        check_company=True,
        ondelete="restrict",
    )
    books_failure = fields.Char(string="Not in the books", readonly=True)

    def _book(self):
        """Have the entry that the bill asks for; the same one again changes nothing,
        another one reverses it."""
        for bill in self:
            try:
                with self.env.cr.savepoint():
                    bill._book_one()
                bill.books_failure = False
            except UserError as error:
                # no account, or a period that is closed: the match stands
                bill.books_failure = str(error)

    def _book_one(self):
        self.ensure_one()
        balances = self._get_balances()
        booked = {
            line.account_id: line.balance
            for line in self.move_id.line_ids
            if not self.currency_id.is_zero(line.balance)
        }
        if booked == {account: balance for account, balance, _name in balances}:
            return
        # sudo: the accounts of a gateway are the administrators'
        provider = self.provider_id.sudo()
        if self.move_id:
            provider._o2o_reverse(self.move_id)
            self.message_post(
                body=self.env._(
                    "The bill has changed: %s is reversed.", self.move_id.name
                )
            )
        self.move_id = (
            provider._o2o_post(self.day, self.display_name, balances)
            if balances
            else False
        )

    def _get_balances(self):
        """Account, balance and text of each line of the entry.

        :raise UserError: an account is missing
        """
        self.ensure_one()
        provider = self.provider_id.sudo()
        fees, tills = self._sum_fees(), self._sum_tills()
        if not fees and not any(tills.values()):
            return []
        clearing = provider._o2o_get_account("clearing")
        sums = {}
        if fees:
            sums[provider._o2o_get_account("fee")] = fees
            sums[clearing] = -fees
        for method, amount in tills.items():
            account = method._o2o_get_outstanding_account()
            if account != clearing:
                sums[account] = sums.get(account, 0) - amount
                sums[clearing] = sums.get(clearing, 0) + amount
        name = self.display_name
        return [(account, from_fen(fen), name) for account, fen in sums.items() if fen]

    def _sum_fees(self):
        """What the gateway has kept, in fen; rows that come twice count once."""
        self.env.cr.execute(
            """
            SELECT COALESCE(sum(fee_fen), 0) FROM o2o_payment_bill_line
             WHERE bill_id = %s AND match <> 'duplicate'
            """,
            [self.id],
        )
        return self.env.cr.fetchone()[0]

    def _sum_tills(self):
        """What tills have booked for rows of this bill, by the method on whose account
        the session puts it. Where the bill has another amount, the rest is a matter of
        the difference.

        :return: dict, ``pos.payment.method`` to fen
        """
        self.env.cr.execute(
            SQL(
                """
                SELECT sale.payment_method_id, sum(%(ours)s)
                  FROM o2o_payment_bill_line line
                  JOIN o2o_payment_intent intent ON intent.id = line.intent_id
                  JOIN pos_payment sale ON sale.id = intent.pos_payment_id
             LEFT JOIN o2o_payment_refund refund ON refund.id = line.refund_id
                 WHERE line.bill_id = %(bill)s
                   AND line.match IN ('matched', 'document', 'amount')
              GROUP BY sale.payment_method_id
                """,
                ours=self._ours_of_row(),
                bill=self.id,
            )
        )
        methods = self.env["pos.payment.method"]
        return {methods.browse(it): fen for it, fen in self.env.cr.fetchall()}

    def action_book(self):
        """Try again after the accounts were set."""
        self._ensure_in_charge()
        self.check_access("read")
        # sudo: the checks above
        bills_sudo = self.sudo().filtered(lambda bill: bill.state == "matched")
        bills_sudo._book()


class PosPaymentMethod(models.Model):
    _inherit = "pos.payment.method"

    def _o2o_get_outstanding_account(self):
        """On which account the session of a till puts what this method has brought.

        :raise UserError: the company has none
        """
        self.ensure_one()
        line = self.journal_id.inbound_payment_method_line_ids[:1]
        payment = self.env["account.payment"].new({"company_id": self.company_id.id})
        return (
            self.outstanding_account_id
            or line.payment_account_id
            or payment._get_outstanding_account("inbound")
        )

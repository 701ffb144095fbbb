import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

_logger = logging.getLogger(__name__)

#: rows that no payment of Odoo books: bonus, corrections, what was paid out by hand
_BOOKED_KINDS = ("bonus", "adjust", "expire", "reversal", "payout")


class O2oWalletBooking(models.Model):
    """The journal entry of a day for what no payment of Odoo books.

    Top-ups, payments and refunds come into the books with the session of the till or
    with the transaction that moved the money; see ``res.company``. A bonus, its end, an
    adjustment and what was paid out by hand have no such entry: they are booked here,
    once per company and day, the day after.
    """

    _name = "o2o.wallet.booking"
    _description = "Booked Day of Wallets"
    _order = "day desc, id desc"
    _rec_name = "day"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="restrict"
    )
    day = fields.Date(required=True, readonly=True)
    move_id = fields.Many2one(
        "account.move",
        string="Journal Entry",
        required=True,
        readonly=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )

    _day_uniq = models.UniqueIndex(
        "(company_id, day)", "The wallets of this day were booked already."
    )

    @api.model
    def _cron_book(self):
        """Every night: book the days that are over, oldest first."""
        companies = self.env["res.company"].search(
            [
                ("o2o_wallet_account_id", "!=", False),
                ("o2o_wallet_bonus_account_id", "!=", False),
            ]
        )
        self.env["ir.cron"]._commit_progress(remaining=len(companies))
        for company in companies:
            self.with_company(company)._book_days(company)
            if not self.env["ir.cron"]._commit_progress(1):
                break

    @api.model
    def _book_days(self, company):
        """:return: what was booked"""
        domain = (
            Domain("company_id", "=", company.id)
            & Domain("kind", "in", _BOOKED_KINDS)
            & Domain("posted_at", "<", company._o2o_midnight(company._o2o_today()))
        )
        last = self.search([("company_id", "=", company.id)], limit=1)
        if last:
            # oldest first, so what is older than the last one was looked at
            after = company._o2o_midnight(last.day + timedelta(days=1))
            domain &= Domain("posted_at", ">=", after)
        entries = (
            self.env["o2o.wallet.entry"]
            .search(domain, order="id")
            .filtered(lambda entry: not entry._is_booked_elsewhere())
        )
        by_day = entries.grouped(
            lambda entry: company._o2o_local(entry.posted_at).date()
        )
        bookings = self.browse()
        for day, entries in sorted(by_day.items()):
            if move := self._book(company, day, entries):
                bookings |= self.create(
                    {"company_id": company.id, "day": day, "move_id": move.id}
                )
        return bookings

    @api.model
    def _book(self, company, day, entries):
        """One entry of a line per kind; what the members have goes up or down."""
        liability = company.o2o_wallet_account_id
        cost = company.o2o_wallet_bonus_account_id
        kinds = dict(entries._fields["kind"]._description_selection(self.env))
        lines = []
        for kind, rows in entries.grouped("kind").items():
            amount = company.currency_id.round(sum(rows.mapped("amount")))
            other = company.transfer_account_id if kind == "payout" else cost
            if company.currency_id.is_zero(amount) or not other:
                continue
            for account, balance in ((liability, -amount), (other, amount)):
                lines.append(
                    fields.Command.create(
                        {
                            "account_id": account.id,
                            "name": self.env._("Member wallets: %s", kinds[kind]),
                            "balance": balance,
                        }
                    )
                )
        if not lines:
            return self.env["account.move"]
        move = self.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": company._o2o_wallet_misc_journal().id,
                "date": day,
                "ref": self.env._("Member wallets %s", day),
                "line_ids": lines,
            }
        )
        move.action_post()
        _logger.info("wallets of company %s booked for %s", company.id, day)
        return move


class O2oWalletEntry(models.Model):
    _inherit = "o2o.wallet.entry"

    def _is_booked_elsewhere(self):
        """What went back by the transaction of a top-up, or failed to, is booked with
        it."""
        self.ensure_one()
        return self.res_model == "o2o.wallet.topup" and (
            self.kind == "payout" or (self.kind == "reversal" and self.principal > 0)
        )


class ResCompany(models.Model):
    _inherit = "res.company"

    def _o2o_wallet_misc_journal(self):
        """Where entries without a payment go: the first general journal."""
        return self.env["account.journal"].search(
            [("company_id", "=", self.id), ("type", "=", "general")], limit=1
        )

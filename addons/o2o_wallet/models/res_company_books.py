from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..const import POS_TERMINAL, PROVIDER

_JOURNAL_CODE = "WALLT"
#: where the numbers of new accounts begin: contract liabilities, selling expenses
_LIABILITY_CODE, _EXPENSE_CODE = "220500", "660100"


class ResCompany(models.Model):
    """Where wallets stand in the books.

    What the members have is a liability. A payment from a wallet goes through a bank
    journal of its own whose outstanding account is that liability, at the till and on
    the website, so core's own entries take it off. A bonus is an expense when given.
    """

    _inherit = "res.company"

    o2o_wallet_journal_id = fields.Many2one(
        "account.journal",
        string="Wallet Journal",
        domain=[("type", "=", "bank")],
        check_company=True,
        ondelete="restrict",
        help="The journal of payments from wallets.",
    )
    o2o_wallet_account_id = fields.Many2one(
        "account.account",
        string="Wallet Liability",
        domain=[("account_type", "=", "liability_current")],
        check_company=True,
        ondelete="restrict",
        help="What you owe your members.",
    )
    o2o_wallet_bonus_account_id = fields.Many2one(
        "account.account",
        string="Cost of Bonus",
        domain=[("account_type", "=like", "expense%")],
        check_company=True,
        ondelete="restrict",
        help="What bonus and adjustments cost.",
    )

    @api.constrains(
        "o2o_wallet_journal_id", "o2o_wallet_account_id", "o2o_wallet_bonus_account_id"
    )
    def _check_o2o_wallet_books(self):
        for company in self:
            account = company.o2o_wallet_account_id
            if account and account.account_type != "liability_current":
                raise ValidationError(
                    self.env._(
                        "What you owe your members belongs to a current liability."
                    )
                )
            if account and account == company.o2o_wallet_bonus_account_id:
                raise ValidationError(
                    self.env._("The cost of bonus needs an account of its own.")
                )
            journal = company.o2o_wallet_journal_id
            if journal and journal.type != "bank":
                raise ValidationError(
                    self.env._("The wallet journal is a bank journal.")
                )

    def _o2o_wallet_setup(self):
        """Accounts, journal, the payment method of the tills, and the journal of the
        provider; safe to repeat.

        Companies without a chart of accounts are left alone.
        """
        for company in self.filtered("chart_template"):
            # sudo: called at installation, and by who may change the settings
            company_sudo = company.sudo().with_company(company)
            company_sudo._o2o_wallet_create_accounts()
            company_sudo._o2o_wallet_create_method()
            company_sudo._o2o_wallet_set_provider_journal()

    def _o2o_wallet_create_accounts(self):
        self._o2o_wallet_ensure_account(
            "o2o_wallet_account_id",
            _LIABILITY_CODE,
            "liability_current",
            self.env._("Member wallets"),
        )
        self._o2o_wallet_ensure_account(
            "o2o_wallet_bonus_account_id",
            _EXPENSE_CODE,
            "expense",
            self.env._("Bonus of member wallets"),
        )
        if not self.o2o_wallet_journal_id:
            self.o2o_wallet_journal_id = self.env["account.journal"].create(
                {
                    "name": self.env._("Member wallets"),
                    "code": _JOURNAL_CODE,
                    "type": "bank",
                    "company_id": self.id,
                }
            )

    def _o2o_wallet_ensure_account(self, field, code, kind, name):
        if not self[field]:
            accounts = self.env["account.account"]
            self[field] = accounts.create(
                {
                    "name": name,
                    "code": accounts._search_new_account_code(code),
                    "account_type": kind,
                    "company_ids": [(6, 0, self.root_id.ids)],
                }
            )

    def _o2o_wallet_create_method(self):
        method = self._o2o_wallet_method()
        account = self.o2o_wallet_account_id
        if method and method.outstanding_account_id != account:
            if not method.open_session_ids:
                method.outstanding_account_id = account
        elif not method:
            self.env["pos.payment.method"].create(
                {
                    "name": self.env._("Member wallet"),
                    "sequence": 20,
                    "payment_method_type": "terminal",
                    "use_payment_terminal": POS_TERMINAL,
                    "journal_id": self.o2o_wallet_journal_id.id,
                    "outstanding_account_id": self.o2o_wallet_account_id.id,
                    "company_id": self.id,
                }
            )

    def _o2o_wallet_set_provider_journal(self):
        """With the journal comes the payment method line: made now, for the first
        payments of a fresh database make one each, and then block all others."""
        provider = self.env["payment.provider"].search(
            [("code", "=", PROVIDER), ("company_id", "=", self.id)], limit=1
        )
        if provider and provider.journal_id != self.o2o_wallet_journal_id:
            provider.journal_id = self.o2o_wallet_journal_id
        lines = self.env["account.payment.method.line"].search(
            [("payment_provider_id", "=", provider.id), ("journal_id", "!=", False)]
        )
        # moving the journal leaves the account of an older line as it was
        if provider and lines.payment_account_id != self.o2o_wallet_account_id:
            lines.payment_account_id = self.o2o_wallet_account_id

    def _o2o_wallet_method(self):
        """The payment method of the tills, or an empty recordset."""
        return self.env["pos.payment.method"].search(
            [
                ("use_payment_terminal", "=", POS_TERMINAL),
                ("company_id", "=", self.id),
            ],
            limit=1,
        )

    def action_o2o_wallet_setup(self):
        """The button of the settings.

        :raises UserError: there is no chart of accounts yet
        """
        self.check_access("write")
        if not all(self.mapped("chart_template")):
            raise UserError(
                self.env._("Please choose a chart of accounts for the company first.")
            )
        self._o2o_wallet_setup()

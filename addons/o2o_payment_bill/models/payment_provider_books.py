"""Where the money of a gateway stands in the books until it is paid out."""

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.o2o_payment.const import GATEWAYS

#: where the numbers of new accounts begin: other monetary funds, finance expenses,
#: non-operating expenses
_CLEARING_CODE, _FEE_CODE, _DIFFERENCE_CODE = "101200", "660300", "671100"


class PaymentProvider(models.Model):
    """Each gateway has a bank journal of its own, whose receipts wait on a clearing
    account: its balance is what the gateway still owes."""

    _inherit = "payment.provider"

    o2o_clearing_account_id = fields.Many2one(
        "account.account",
        string="Clearing account",
        compute="_compute_o2o_clearing_account_id",
        inverse="_inverse_o2o_clearing_account_id",
        check_company=True,
        domain="[('reconcile', '=', True)]",
        help="Receipts wait here until the gateway pays them out",
    )
    o2o_fee_account_id = fields.Many2one(
        "account.account",
        string="Fees",
        check_company=True,
        copy=False,
        ondelete="restrict",
        domain="[('account_type', '=like', 'expense%')]",
        help="What the gateway keeps",
    )
    o2o_difference_account_id = fields.Many2one(
        "account.account",
        string="Gains and losses",
        check_company=True,
        copy=False,
        ondelete="restrict",
        help="Differences that a person decides to book",
    )
    o2o_fee_rate = fields.Float(
        string="Agreed fee in percent",
        digits=(16, 4),
        help="0.6 is six in a thousand; 0 does not compare fees",
    )
    o2o_fee_tolerance = fields.Float(
        string="Tolerance in yuan",
        digits=(16, 2),
        default=0.01,
        help="By how much the fee of a row may differ",
    )

    @api.constrains("o2o_fee_rate", "o2o_fee_tolerance")
    def _check_o2o_fee(self):
        for provider in self:
            if not 0 <= provider.o2o_fee_rate < 100 or provider.o2o_fee_tolerance < 0:
                raise ValidationError(self.env._("A fee is between 0 and 100 percent."))

    @api.depends("journal_id")
    def _compute_o2o_clearing_account_id(self):
        for provider in self:
            provider.o2o_clearing_account_id = (
                provider._o2o_get_method_line().payment_account_id
            )

    def _inverse_o2o_clearing_account_id(self):
        for provider in self:
            line = provider._o2o_get_method_line()
            if not line:
                raise UserError(self.env._("Choose the journal of this gateway first."))
            line.payment_account_id = provider.o2o_clearing_account_id

    def _o2o_get_method_line(self):
        """The line of the journal on which payments of this gateway are booked."""
        self.ensure_one()
        return self.env["account.payment.method.line"].search(
            [
                ("payment_provider_id", "=", self._origin.id),
                ("journal_id", "!=", False),
            ],
            limit=1,
        )

    def _o2o_get_account(self, name):
        """
        :param str name: ``clearing``, ``fee`` or ``difference``
        :raise UserError: there is none
        """
        self.ensure_one()
        account = self[f"o2o_{name}_account_id"]
        if not account:
            raise UserError(
                self.env._(
                    "%(gateway)s lacks an account: %(field)s",
                    gateway=self.name,
                    field=self._fields[f"o2o_{name}_account_id"]._description_string(
                        self.env
                    ),
                )
            )
        return account

    def _o2o_post(self, day, ref, balances):
        """An entry in the journal of this gateway, on a day; where that is closed
        Odoo posts it on the first open one.

        :param balances: of (account, balance, text)
        :return: ``account.move``, posted
        """
        self.ensure_one()
        move = self.env["account.move"].create(
            {
                "move_type": "entry",
                "journal_id": self.journal_id.id,
                "date": day,
                "ref": ref,
                "line_ids": [
                    fields.Command.create(
                        {
                            "account_id": account.id,
                            "balance": balance,
                            "name": name,
                        }
                    )
                    for account, balance, name in balances
                ],
            }
        )
        move.action_post()
        return move

    @api.model
    def _o2o_reverse(self, move):
        """Take an entry back, on its own day, or today when that is closed."""
        is_closed = move._get_violated_lock_dates(move.date, False)
        day = fields.Date.context_today(self) if is_closed else move.date
        return move._reverse_moves([{"date": day}], cancel=True)

    # === SETTING UP === #

    def action_o2o_prepare_books(self):
        """Give the gateway a journal and the accounts that it lacks."""
        self.check_access("write")
        self._o2o_prepare_books()

    def _o2o_prepare_books(self):
        """Safe to repeat. Companies without a chart of accounts are left alone."""
        for provider in self.filtered(lambda it: it.code in GATEWAYS):
            if provider.company_id.chart_template:
                provider.with_company(provider.company_id)._o2o_prepare_one()

    def _o2o_prepare_one(self):
        """A journal and a clearing account of its own; fees and differences of all
        gateways of a company may be on the same accounts."""
        others = self.search(
            [
                ("company_id", "=", self.company_id.id),
                ("code", "in", list(GATEWAYS)),
                ("id", "!=", self.id),
            ]
        )
        # the one that Odoo chooses for every provider is that of the bank
        banks = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company_id.id)], limit=1
        )
        if not self.journal_id or self.journal_id in banks | others.journal_id:
            self.journal_id = self.env["account.journal"].create(
                {
                    "name": self.name,
                    "type": "bank",
                    "code": f"G{self.id:04d}"[:5],
                    # behind the bank's, which Odoo takes where none is chosen
                    "sequence": 50,
                    "company_id": self.company_id.id,
                }
            )
        taken = others.o2o_clearing_account_id | self._o2o_get_shared_accounts()
        if not self.o2o_clearing_account_id or self.o2o_clearing_account_id in taken:
            self.o2o_clearing_account_id = self._o2o_create_account(
                self.env._("Receivable from %s", self.name),
                _CLEARING_CODE,
                "asset_current",
            )
        if not self.o2o_fee_account_id:
            self.o2o_fee_account_id = others.o2o_fee_account_id[
                :1
            ] or self._o2o_create_account(
                self.env._("Fees of payment gateways"), _FEE_CODE, "expense"
            )
        if not self.o2o_difference_account_id:
            self.o2o_difference_account_id = others.o2o_difference_account_id[
                :1
            ] or self._o2o_create_account(
                self.env._("Differences with payment gateways"),
                _DIFFERENCE_CODE,
                "expense_other",
            )

    def _o2o_get_shared_accounts(self):
        """Outstanding accounts that stock Odoo gives to every method."""
        chart = self.env["account.chart.template"].with_context(
            allowed_company_ids=self.company_id.root_id.ids
        )
        accounts = self.company_id.transfer_account_id
        for name in ("debit", "credit"):
            accounts |= (
                chart.ref(
                    f"account_journal_payment_{name}_account_id",
                    raise_if_not_found=False,
                )
                or self.env["account.account"]
            )
        return accounts

    def _o2o_create_account(self, name, code, kind):
        accounts = self.env["account.account"]
        return accounts.create(
            {
                "name": name,
                "code": accounts._search_new_account_code(code),
                "account_type": kind,
                "reconcile": kind == "asset_current",
                "company_ids": [fields.Command.set(self.company_id.root_id.ids)],
            }
        )

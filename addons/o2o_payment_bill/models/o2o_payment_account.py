from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.o2o_payment.const import GATEWAYS


class O2oPaymentAccount(models.Model):
    """A receiving account as people may see it: no numbers, no keys (PAY-06, PAY-11).

    Gateways themselves are read by administrators only.
    """

    _name = "o2o.payment.account"
    _description = "Receiving Account"
    _auto = False
    _order = "company_id, id"

    provider_id = fields.Many2one("payment.provider", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    name = fields.Char(related="provider_id.name")
    code = fields.Selection(related="provider_id.code", string="Gateway")
    state = fields.Selection(related="provider_id.state")
    phone = fields.Char(related="provider_id.o2o_contact_phone", string="Phone")
    email = fields.Char(related="provider_id.o2o_contact_email", string="E-mail")
    store_ids = fields.Many2many(
        "o2o.store",
        "o2o_payment_provider_store_rel",
        "provider_id",
        "store_id",
        string="Only for stores",
        readonly=True,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    journal_id = fields.Many2one(
        related="provider_id.journal_id", groups="o2o_payment.o2o_payment_group_user"
    )
    clearing_account_id = fields.Many2one(
        related="provider_id.o2o_clearing_account_id",
        groups="o2o_payment.o2o_payment_group_user",
    )
    fee_rate = fields.Float(
        related="provider_id.o2o_fee_rate",
        groups="o2o_payment.o2o_payment_group_user",
    )
    balance = fields.Monetary(
        string="Still owed to us",
        compute="_compute_balance",
        groups="o2o_payment.o2o_payment_group_user",
        help="What the gateway has taken for us and not paid out, by our books",
    )
    last_day = fields.Date(
        string="Last bill",
        compute="_compute_bills",
        groups="o2o_payment.o2o_payment_group_user",
    )
    open_count = fields.Integer(
        string="Open differences",
        compute="_compute_bills",
        groups="o2o_payment.o2o_payment_group_user",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT id, id AS provider_id, company_id FROM payment_provider
             WHERE code IN %s AND state <> 'disabled'
            """,
            tuple(GATEWAYS),
        )

    def _compute_balance(self):
        # sudo: who is in charge of payments sees this sum, not the entries
        rows = (
            self.env["account.move.line"]
            .sudo()
            ._read_group(
                [
                    ("account_id", "in", self.clearing_account_id.ids),
                    ("company_id", "in", self.company_id.ids),
                    ("parent_state", "=", "posted"),
                ],
                ["account_id", "company_id"],
                ["balance:sum"],
            )
        )
        sums = {(account, company): balance for account, company, balance in rows}
        for row in self.sudo():
            row.balance = sums.get((row.clearing_account_id, row.company_id), 0.0)

    def _compute_bills(self):
        bills = dict(
            self.env["o2o.payment.bill"]._read_group(
                [
                    ("provider_id", "in", self.provider_id.ids),
                    ("state", "=", "matched"),
                ],
                ["provider_id"],
                ["day:max"],
            )
        )
        differences = dict(
            self.env["o2o.payment.difference"]._read_group(
                [
                    ("provider_id", "in", self.provider_id.ids),
                    ("state", "!=", "resolved"),
                ],
                ["provider_id"],
                ["__count"],
            )
        )
        for row in self:
            row.last_day = bills.get(row.provider_id)
            row.open_count = differences.get(row.provider_id, 0)

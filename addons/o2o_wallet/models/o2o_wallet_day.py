from odoo import fields, models
from odoo.tools import SQL

from odoo.addons.o2o_member.const import DEFAULT_TIMEZONE


class O2oWalletDay(models.Model):
    """What the company owes its members, day by day: the liability report (idea 26).

    Computed from the rows of the ledger, in the days of the company's time zone, so
    that opening plus all columns is closing, and the last closing is the sum of all
    wallets. Days without a row are left out.
    """

    _name = "o2o.wallet.day"
    _description = "Wallet Liability by Day"
    _auto = False
    _order = "day desc, company_id"
    _rec_name = "day"

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    day = fields.Date(readonly=True)
    opening = fields.Monetary(readonly=True, aggregator=None)
    topped_up = fields.Monetary(readonly=True)
    bonus_given = fields.Monetary(readonly=True)
    paid = fields.Monetary(readonly=True, help="Payments from wallets.")
    refunded = fields.Monetary(readonly=True, help="Payments given back.")
    paid_out = fields.Monetary(readonly=True)
    expired = fields.Monetary(string="Bonus Expired", readonly=True)
    corrected = fields.Monetary(readonly=True, help="Adjustments and reversals.")
    closing = fields.Monetary(readonly=True, aggregator=None)
    closing_principal = fields.Monetary(
        string="Of It Principal", readonly=True, aggregator=None
    )
    closing_bonus = fields.Monetary(
        string="Of It Bonus", readonly=True, aggregator=None
    )

    @property
    def _table_query(self):
        return SQL(
            """
            WITH entry AS (
                SELECT entry.company_id, entry.kind, entry.principal, entry.bonus,
                       entry.amount,
                       (entry.posted_at AT TIME ZONE 'UTC'
                        AT TIME ZONE COALESCE(owner.tz, %(zone)s))::date AS day
                  FROM o2o_wallet_entry entry
                  JOIN res_company company ON company.id = entry.company_id
                  JOIN res_partner owner ON owner.id = company.partner_id
                 WHERE entry.kind NOT IN ('hold', 'release')
            ), daily AS (
                SELECT company_id, day,
                       SUM(amount) FILTER (WHERE kind = 'topup') AS topped_up,
                       SUM(amount) FILTER (WHERE kind = 'bonus') AS bonus_given,
                       SUM(amount) FILTER (WHERE kind = 'pay') AS paid,
                       SUM(amount) FILTER (WHERE kind = 'refund') AS refunded,
                       SUM(amount) FILTER (WHERE kind = 'payout') AS paid_out,
                       SUM(amount) FILTER (WHERE kind = 'expire') AS expired,
                       SUM(amount) FILTER (
                           WHERE kind IN ('adjust', 'reversal', 'transfer')
                       ) AS corrected,
                       SUM(amount) AS amount, SUM(principal) AS principal,
                       SUM(bonus) AS bonus
                  FROM entry
              GROUP BY company_id, day
            )
            SELECT company_id * 100000 + (day - DATE '2000-01-01') AS id,
                   company_id, day,
                   COALESCE(topped_up, 0) AS topped_up,
                   COALESCE(bonus_given, 0) AS bonus_given,
                   COALESCE(paid, 0) AS paid,
                   COALESCE(refunded, 0) AS refunded,
                   COALESCE(paid_out, 0) AS paid_out,
                   COALESCE(expired, 0) AS expired,
                   COALESCE(corrected, 0) AS corrected,
                   SUM(amount) OVER so_far - amount AS opening,
                   SUM(amount) OVER so_far AS closing,
                   SUM(principal) OVER so_far AS closing_principal,
                   SUM(bonus) OVER so_far AS closing_bonus
              FROM daily
            WINDOW so_far AS (PARTITION BY company_id ORDER BY day)
            """,
            zone=DEFAULT_TIMEZONE,
        )

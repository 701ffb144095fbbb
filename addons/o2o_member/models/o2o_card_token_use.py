from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL


class O2oCardTokenUse(models.Model):
    """A member QR that a till has read: it is valid once."""

    _name = "o2o.card.token.use"
    _description = "Used Member Code"
    _order = "id desc"

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Member",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    window = fields.Integer(
        string="Minute", required=True, readonly=True, help="Minutes since 1970."
    )
    used_at = fields.Datetime(required=True, readonly=True, index=True)

    _once = models.UniqueIndex('(company_id, partner_id, "window")')

    @api.model
    def _use(self, company, partner, window):
        """:return: whether this is the first use.

        Two tills at the same instant: the second waits, then either sees the row or is
        refused with a serialization failure and replayed, and sees it then.
        """
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO o2o_card_token_use
                            (company_id, partner_id, "window", used_at, create_uid,
                             create_date, write_uid, write_date)
                     VALUES (%(company)s, %(partner)s, %(window)s, %(now)s, %(uid)s,
                             %(now)s, %(uid)s, %(now)s)
                ON CONFLICT DO NOTHING
                  RETURNING id
                """,
                company=company.id,
                partner=partner.id,
                window=window,
                now=fields.Datetime.now(),
                uid=self.env.uid,
            )
        )
        return bool(rows)

    @api.autovacuum
    def _gc_uses(self):
        limit = fields.Datetime.now() - timedelta(days=1)
        self.search([("used_at", "<", limit)]).unlink()

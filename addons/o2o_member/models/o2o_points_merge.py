from odoo import api, fields, models
from odoo.tools import SQL

from ..const import LEDGER_CONTEXT


class O2oPointsBucket(models.Model):
    _inherit = "o2o.points.bucket"

    @api.model
    def _end_due(self, account):
        """Post the expiry of what is over in one account, as the nightly run does."""
        now = fields.Datetime.now()
        due = self.search(
            [
                ("loyalty_card_id", "=", account.id),
                ("remaining", ">", 0),
                ("expires_at", "<=", now),
            ]
        )
        points = sum(due.mapped("remaining"))
        if not points:
            return
        last = max(due.ids)
        for bucket in due:
            bucket.write({"expired": bucket.expired + bucket.remaining, "remaining": 0})
        self._post_expiry(account, -points, f"o2o.points.bucket/{last}/merge")

    @api.model
    def _settle_expired(self, account, merge):
        """Settle joined accounts; a debt is paid from the other's points."""
        if change := self._rebuild(account):
            self._post_expiry(
                account, -change, f"{merge._name}/{merge.id}/{account.id}"
            )

    @api.model
    def _post_expiry(self, account, points, key):
        self.env["o2o.points.entry"].with_context(**LEDGER_CONTEXT)._append(
            account,
            {
                "partner_id": account.partner_id.id,
                "company_id": account.company_id.id,
                "actor_id": self.env.uid,
                "kind": "expire",
                "points": points,
                "key": f"{key}/expiry",
            },
        )


class O2oPointsEntry(models.Model):
    _inherit = "o2o.points.entry"

    @api.model
    def _next_place(self):
        """A place of its own between the rows, for what is no row."""
        [[place]] = self.env.execute_query(
            SQL("SELECT nextval(pg_get_serial_sequence(%s, 'id'))", self._table)
        )
        return place

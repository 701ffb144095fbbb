from odoo import models

from ..const import LEDGER_CONTEXT


class LoyaltyCard(models.Model):
    _inherit = "loyalty.card"

    def _o2o_end_in(self, into, survivor, merge):
        """Join this account to another one; both are locked, in the ledger's context.

        One row takes everything out; the other account gets one row for each bucket,
        with its waiting time and end, or one row with the debt. The buckets themselves
        move, and are settled with what the other account owes, or is owed.
        """
        self.ensure_one()
        buckets = self.env["o2o.points.bucket"].with_context(**LEDGER_CONTEXT)
        for account in (self, into):
            buckets._end_due(account)
        before, balance = round(into.points), round(self.points)
        own = buckets.search([("loyalty_card_id", "=", self.id)])
        self._o2o_post_transfer(into, survivor, merge, balance, own)
        own.write({"loyalty_card_id": into.id, "partner_id": survivor.id})
        # those that ended here before follow
        family = self._o2o_family()
        family.write({"o2o_merged_into_id": into.id})
        self.write({"active": False})
        self.env["res.partner"]._o2o_log_account(merge, self, into, balance, before)
        buckets._settle_expired(into, merge)

    def _o2o_post_transfer(self, into, survivor, merge, balance, buckets):
        if not balance:
            return
        ledger = self.env["o2o.points.entry"].with_context(**LEDGER_CONTEXT)
        vals = {
            "company_id": self.company_id.id,
            "kind": "transfer",
            "res_model": merge._name,
            "res_id": merge.id,
            "actor_id": self.env.uid,
            "reason": merge.reason,
        }
        key = f"{merge._name}/{merge.id}/{self.id}"
        ledger._append(
            self,
            {
                **vals,
                "partner_id": self.partner_id.id,
                "points": -balance,
                "key": f"{key}/out",
                "facts": {"side": "out"},
            },
        )
        vals["partner_id"] = survivor.id
        for bucket in buckets.filtered("remaining").sorted("id"):
            ledger._append(
                into,
                {
                    **vals,
                    "points": bucket.remaining,
                    "key": f"{key}/in/{bucket.id}",
                    "available_at": bucket.available_at,
                    "expires_at": bucket.expires_at,
                    "facts": {"side": "in", "entry": bucket.entry_id.id},
                },
            )
        if balance < 0:
            ledger._append(
                into,
                {
                    **vals,
                    "points": balance,
                    "key": f"{key}/in/debt",
                    "facts": {"side": "in"},
                },
            )

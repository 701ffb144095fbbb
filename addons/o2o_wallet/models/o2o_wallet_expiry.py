from odoo import api, fields, models
from odoo.tools import SQL

_BATCH = 500


class O2oWallet(models.Model):
    """A bonus may end; own money never does (rules of named prepaid cards)."""

    _inherit = "o2o.wallet"

    bonus_checked_at = fields.Datetime(
        readonly=True, help="Bonus that ended until then is gone."
    )

    def _ensure_can_spend(self, amount):
        """A bonus that ended today pays nothing any more, whenever the job runs."""
        if self._has_ended_bonus():
            self._expire_bonus()
        return super()._ensure_can_spend(amount)

    def _has_ended_bonus(self):
        domain = [
            ("wallet_id", "=", self.id),
            ("bonus", ">", 0),
            ("expires_at", "<=", fields.Datetime.now()),
        ]
        if self.bonus_checked_at:
            domain.append(("expires_at", ">", self.bonus_checked_at))
        return bool(self.env["o2o.wallet.entry"].search_count(domain, limit=1))

    @api.model
    def _cron_expire_bonus(self):
        """Every night: take away the bonus whose time is over."""
        due_ids = self._find_ending()
        self.env["ir.cron"]._commit_progress(remaining=len(due_ids))
        for wallet_id in due_ids:
            self.browse(wallet_id)._expire_bonus()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    @api.model
    def _find_ending(self):
        """Wallets with a bonus that ended since they were last looked at.

        A wallet is looked at when a bonus of it ended later than its last expiry, so
        that old ends are not replayed every night for good.
        """
        self.flush_model()
        self.env["o2o.wallet.entry"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT DISTINCT entry.wallet_id
                  FROM o2o_wallet_entry entry
                  JOIN o2o_wallet wallet ON wallet.id = entry.wallet_id
                 WHERE entry.expires_at <= %(now)s
                   AND entry.bonus > 0
                   AND wallet.bonus > wallet.held_bonus
                   AND (wallet.bonus_checked_at IS NULL
                        OR entry.expires_at > wallet.bonus_checked_at)
              ORDER BY entry.wallet_id
                 LIMIT %(limit)s
                """,
                now=fields.Datetime.now(),
                limit=_BATCH,
            )
        )
        return [row[0] for row in rows]

    def _expire_bonus(self):
        """Post what is over in this wallet. What is set aside for a payment is left,
        and looked at again the next night."""
        wallet = self._lock()
        now = fields.Datetime.now()
        lots, _taken = wallet._replay_bonus()
        over = [lot for lot in lots if lot.end and lot.end <= now]
        owed = sum(lot.left for lot in over)
        # a payment under way uses these first
        units = max(0, owed - wallet._minor(wallet.held_bonus))
        if units:
            # the rows taken by the same order of use as everywhere: these end first
            self.env["o2o.wallet.entry"]._append(
                wallet,
                "expire",
                f"o2o.wallet/{wallet.id}/expire/{over[-1].row_id}/{owed}",
                {"bonus": -units},
            )
        if units == owed:
            wallet.bonus_checked_at = now

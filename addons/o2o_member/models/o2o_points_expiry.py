from odoo import api, fields, models
from odoo.tools import SQL

EXPIRY_BATCH = 5000


class O2oPointsBucket(models.Model):
    """The end of points: the nightly expiry and the reminder before it."""

    _inherit = "o2o.points.bucket"

    @api.model
    def _cron_expire(self):
        """Post the expiry of all buckets whose time is over, account by account.

        Set-based, because the last night of a year may end a hundred thousand buckets.
        Accounts somebody is working on are left for the next run. Safe to run twice.
        """
        cron = self.env["ir.cron"]
        while accounts := self._expire_accounts(EXPIRY_BATCH):
            if not cron._commit_progress(accounts):
                break

    @api.model
    def _expire_accounts(self, limit):
        """Expire what is over in so many accounts, one ledger row for each.

        :return: the number of accounts
        """
        self.env.invalidate_all()  # flushes before, and reads again afterwards
        self.env.cr.execute(
            SQL(
                """
                WITH due AS (
                    SELECT card.id, card.points, card.partner_id, card.company_id
                      FROM loyalty_card card
                     WHERE card.id IN (
                               SELECT loyalty_card_id
                                 FROM o2o_points_bucket
                                WHERE remaining > 0 AND expires_at <= %(now)s
                                LIMIT %(limit)s
                           )
                       FOR NO KEY UPDATE SKIP LOCKED
                ), over AS (
                    UPDATE o2o_points_bucket bucket
                       SET expired = expired + remaining,
                           remaining = 0,
                           write_date = %(now)s
                      FROM due
                     WHERE bucket.loyalty_card_id = due.id
                       AND bucket.remaining > 0
                       AND bucket.expires_at <= %(now)s
                 RETURNING bucket.loyalty_card_id, bucket.id,
                           bucket.points AS given, bucket.entry_id
                ), ended AS (
                    SELECT over.loyalty_card_id, MAX(over.id) AS last_bucket,
                           SUM(old.remaining)::int AS points
                      FROM over
                      JOIN o2o_points_bucket old ON old.id = over.id
                  GROUP BY over.loyalty_card_id
                ), posted AS (
                    INSERT INTO o2o_points_entry (
                        partner_id, loyalty_card_id, company_id, kind, points,
                        balance_before, balance_after, key, actor_id, posted_at,
                        create_uid, create_date, write_uid, write_date
                    )
                    SELECT due.partner_id, due.id, due.company_id, 'expire',
                           -ended.points, due.points::int,
                           due.points::int - ended.points,
                           'o2o.points.bucket/' || ended.last_bucket || '/expiry/'
                               || extract(epoch FROM %(now)s::timestamp)::bigint,
                           %(uid)s, %(now)s, %(uid)s, %(now)s, %(uid)s, %(now)s
                      FROM due
                      JOIN ended ON ended.loyalty_card_id = due.id
                 RETURNING loyalty_card_id, balance_after
                )
                UPDATE loyalty_card
                   SET points = posted.balance_after,
                       write_date = %(now)s
                  FROM posted
                 WHERE loyalty_card.id = posted.loyalty_card_id
                """,
                now=fields.Datetime.now(),
                limit=limit,
                uid=self.env.uid,
            )
        )
        return self.env.cr.rowcount

    @api.model
    def _cron_remind(self):
        """Tell members once that points of theirs end soon."""
        for company in self.env["res.company"].search(
            [("o2o_points_reminder_days", ">", 0)]
        ):
            self.with_company(company)._remind_company()

    @api.model
    def _remind_company(self):
        now = fields.Datetime.now()
        limit = self.env.company._o2o_end_of_day(
            now, days=self.env.company.o2o_points_reminder_days
        )
        buckets = self.search(
            [
                ("company_id", "=", self.env.company.id),
                ("remaining", ">", 0),
                ("reminded_at", "=", False),
                ("expires_at", ">", now),
                ("expires_at", "<=", limit),
            ]
        )
        self.env["ir.cron"]._commit_progress(remaining=len(buckets.partner_id))
        for partner, partner_buckets in buckets.grouped("partner_id").items():
            if locked := partner_buckets.try_lock_for_update():
                partner._o2o_remind_of_expiry(locked)
                locked.reminded_at = now
            if not self.env["ir.cron"]._commit_progress(1):
                break

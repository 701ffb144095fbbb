from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..lib.points_fifo import Join, Lot, Take, draw, drawing_order, settle


class O2oPointsBucket(models.Model):
    """What is left of the points of one ledger row: first in, first out.

    Buckets are a cache of the ledger, kept under the lock of the account, and can be
    computed again from it at any time (:meth:`_rebuild`). Spending and expiry only move
    forward and touch few buckets; a reversal changes the past, so it replays the
    account.
    """

    _name = "o2o.points.bucket"
    _description = "Points Bucket"
    _order = "expires_at, id"
    _rec_name = "entry_id"

    entry_id = fields.Many2one(
        "o2o.points.entry", required=True, readonly=True, ondelete="restrict"
    )
    loyalty_card_id = fields.Many2one(
        "loyalty.card",
        string="Account",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Member",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    points = fields.Integer(
        required=True, readonly=True, help="Points given, less those reversed."
    )
    remaining = fields.Integer(required=True, readonly=True)
    expired = fields.Integer(required=True, readonly=True, default=0)
    available_at = fields.Datetime(string="Usable From", required=True, readonly=True)
    expires_at = fields.Datetime(string="Expires", readonly=True)
    reminded_at = fields.Datetime(readonly=True)

    _entry_uniq = models.UniqueIndex("(entry_id)", "A points entry has one bucket.")
    _account_idx = models.Index("(loyalty_card_id, id)")
    _partner_idx = models.Index("(partner_id, company_id) WHERE remaining > 0")
    _expiry_idx = models.Index("(expires_at) WHERE remaining > 0")
    _nothing_from_nothing = models.Constraint(
        "CHECK (remaining >= 0 AND expired >= 0 AND remaining + expired <= points)",
        "A bucket never holds more points than were given.",
    )

    # === spending ===

    @api.model
    def _spendable_domain(self):
        now = fields.Datetime.now()
        return (
            Domain("remaining", ">", 0)
            & Domain("available_at", "<=", now)
            & (Domain("expires_at", "=", False) | Domain("expires_at", ">", now))
        )

    @api.model
    def _spendable(self, account):
        """Buckets that can be spent now, in the order they are spent."""
        buckets = self.search(
            Domain("loyalty_card_id", "=", account.id) & self._spendable_domain()
        )
        now = fields.Datetime.now()
        return buckets.sorted(
            lambda bucket: drawing_order(
                bucket.available_at, bucket.expires_at or None, bucket.id, now
            )
        )

    @api.model
    def _ensure_spendable(self, account, points):
        available = sum(self._spendable(account).mapped("remaining"))
        if available < points:
            raise UserError(
                self.env._(
                    "Not enough points: %(balance)s available, %(needed)s needed.",
                    balance=available,
                    needed=points,
                )
            )

    @api.model
    def _draw(self, account, points):
        buckets = self._spendable(account)
        drawn, _missing = draw(
            [(bucket, bucket.remaining) for bucket in buckets], points
        )
        for bucket, part in drawn.items():
            bucket.remaining -= part

    # === earning ===

    @api.model
    def _open(self, entry, debt):
        """The bucket of a new row; an open debt is paid from it at once."""
        return self.create(
            {
                "entry_id": entry.id,
                "loyalty_card_id": entry.loyalty_card_id.id,
                "partner_id": entry.partner_id.id,
                "company_id": entry.company_id.id,
                "points": entry.points,
                "remaining": entry.points - min(debt, entry.points),
                "available_at": entry.available_at,
                "expires_at": entry.expires_at,
            }
        )

    # === the past changes ===

    @api.model
    def _on_reversal(self, reversal):
        """Replay the account without the reversed points.

        Points that had already expired cannot be taken back once more, and points that
        come back after their time are void: the difference in expired points is posted
        as rows of its own, so that the ledger tells both stories.
        """
        change = self._rebuild(reversal.loyalty_card_id, reversal)
        if not change:
            return
        ledger = reversal.with_company(reversal.company_id)
        vals = {
            "partner_id": reversal.partner_id.id,
            "company_id": reversal.company_id.id,
            "res_model": reversal.res_model,
            "res_id": reversal.res_id,
            "actor_id": self.env.uid,
        }
        ledger._append(
            reversal.loyalty_card_id,
            {
                **vals,
                "kind": "expire",
                "points": -change,
                "key": f"{reversal.key}/expiry",
                "facts": {"corrects": reversal.id},
            },
        )
        if change > 0 and ledger._is_grace_given(reversal):
            self._grant_grace(reversal, change, vals)

    @api.model
    def _grant_grace(self, reversal, points, vals):
        """Spent points that come back too late live on for the days of the company."""
        company = reversal.company_id
        if not company.o2o_points_grace_days:
            return
        now = fields.Datetime.now()
        reversal.with_company(company)._append(
            reversal.loyalty_card_id,
            {
                **vals,
                "kind": "redeem_return",
                "points": points,
                "key": f"{reversal.key}/grace",
                "reason": reversal.reason,
                "available_at": now,
                "expires_at": company._o2o_end_of_day(
                    now, days=company.o2o_points_grace_days
                ),
            },
        )

    @api.model
    def _rebuild(self, account, reversal=None):
        """Compute all buckets of an account again from its rows.

        The caller holds the lock of the account.

        :param reversal: a new row that takes points of a bucket back
        :return: by how much the expired points change
        :rtype: int
        """
        family = account._o2o_family()
        buckets = self.search([("loyalty_card_id", "=", account.id)], order="id")
        points = {bucket: bucket.points for bucket in buckets}
        if reversal:
            reversed_bucket = buckets.filtered(
                lambda bucket: bucket.entry_id == reversal.reversal_of_id
            )
            if reversed_bucket:
                points[reversed_bucket] += reversal.points
        settled = settle(
            [
                Lot(
                    bucket.entry_id.id,
                    points[bucket],
                    bucket.available_at,
                    bucket.expires_at or None,
                    # members were merged: buckets move on, their rows stay
                    bucket.entry_id.loyalty_card_id.id,
                )
                for bucket in buckets
            ],
            self._takes(family),
            fields.Datetime.now(),
            self._joins(family),
        )
        expired_before = sum(buckets.mapped("expired"))
        for bucket in buckets:
            # in one write: no state in between would pass the constraint
            vals = {
                "points": points[bucket],
                "remaining": settled.remaining[bucket.entry_id.id],
                "expired": settled.expired[bucket.entry_id.id],
            }
            if any(bucket[name] != value for name, value in vals.items()):
                bucket.write(vals)
        return sum(settled.expired.values()) - expired_before

    @api.model
    def _takes(self, accounts):
        """Rows that took points, less what was given back since."""
        self.env["o2o.points.entry"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT taken.id, -taken.points - COALESCE(SUM(back.points), 0),
                       taken.posted_at, taken.loyalty_card_id
                  FROM o2o_points_entry taken
             LEFT JOIN o2o_points_entry back ON back.reversal_of_id = taken.id
                 WHERE taken.loyalty_card_id IN %s
                   AND taken.points < 0
                   AND taken.kind NOT IN ('expire', 'transfer')
                   AND taken.reversal_of_id IS NULL
              GROUP BY taken.id
                """,
                tuple(accounts.ids),
            )
        )
        return [Take(*row) for row in rows if row[1] > 0]

    @api.model
    def _joins(self, accounts):
        """Where accounts ended in one another; nothing for most members."""
        if len(accounts) == 1:
            return []
        return [
            Join(line.sequence, line.account_id.id, line.into_id.id, line.joined_at)
            for line in self.env["o2o.member.merge.account"].search(
                [("account_id", "in", accounts.ids), ("into_id", "!=", False)]
            )
        ]

    @api.model
    def _open_missing(self):
        """Give rows from before there were buckets theirs, and compute what is left.

        They never wait and never expire: that is what their members were told.
        """
        ledger = self.env["o2o.points.entry"]
        old = ledger.search(
            Domain("points", ">", 0)
            & Domain("reversal_of_id", "=", False)
            & Domain("kind", "!=", "expire")
            & Domain("bucket_ids", "=", False)
        )
        self.create(
            [
                {
                    "entry_id": entry.id,
                    "loyalty_card_id": entry.loyalty_card_id.id,
                    "partner_id": entry.partner_id.id,
                    "company_id": entry.company_id.id,
                    "points": entry.points
                    + sum(
                        ledger.search([("reversal_of_id", "=", entry.id)]).mapped(
                            "points"
                        )
                    ),
                    "remaining": 0,
                    "available_at": entry.posted_at,
                }
                for entry in old
            ]
        )
        for account in old.loyalty_card_id:
            self._rebuild(account)

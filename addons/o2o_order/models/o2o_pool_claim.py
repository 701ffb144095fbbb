from datetime import timedelta

from psycopg2.pool import PoolError

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL, mute_logger

#: a claim whose owner did not finish (a crash, a lost connection) is void after this
STALE_SECONDS = 20
ATTEMPTS = 20


class O2oPoolClaim(models.Model):
    """Who tapped first: one row per order, committed at once.

    Thirty stores that tap in the same second would otherwise wait for each other's
    transactions, and be replayed with growing pauses. Here the first tap is on disk
    before its store begins to reserve goods, and all others read who it was in the
    same moment. The claim decides nothing but the order of taps: the fulfillment
    itself changes under its row lock, as always.
    """

    _name = "o2o.pool.claim"
    _description = "First tap on an order of the pool"
    _log_access = False
    _rec_name = "fulfillment_id"

    #: plain numbers: the row is committed by a transaction of its own
    fulfillment_id = fields.Integer(required=True, readonly=True)
    store_id = fields.Integer(required=True, readonly=True)
    claimed_at = fields.Datetime(required=True, readonly=True)

    _fulfillment_uniq = models.Constraint(
        "UNIQUE (fulfillment_id)", "An order is claimed by one store."
    )

    @api.model
    def _claim(self, fulfillment, store):
        """Be the first; may be repeated by the same store.

        Where no second connection is to be had, nobody is turned away: the row lock of
        the fulfillment decides then, as it does in the end anyway, only slower.

        :return: id of the store that was first, this one or another
        """
        for _attempt in range(ATTEMPTS):
            try:
                with mute_logger("odoo.sql_db"), self._own_cursor() as cr:
                    return self._claim_row(cr, fulfillment.id, store.id)
            except (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError):
                # somebody was first a moment ago: the next look sees the row
                continue
            except PoolError:
                return store.id
        raise ConcurrencyError(f"no claim on fulfillment {fulfillment.id}")

    def _own_cursor(self):
        return self.env.registry.cursor()

    @api.model
    def _claim_row(self, cr, fulfillment_id, store_id):
        now = fields.Datetime.now()
        cr.execute(
            SQL(
                """
                INSERT INTO o2o_pool_claim AS claim
                       (fulfillment_id, store_id, claimed_at)
                VALUES (%(fulfillment)s, %(store)s, %(now)s)
                ON CONFLICT (fulfillment_id) DO UPDATE
                   SET store_id = excluded.store_id, claimed_at = excluded.claimed_at
                 WHERE claim.store_id = excluded.store_id
                    OR claim.claimed_at < %(stale)s
                RETURNING store_id
                """,
                fulfillment=fulfillment_id,
                store=store_id,
                now=now,
                stale=now - timedelta(seconds=STALE_SECONDS),
            )
        )
        if row := cr.fetchone():
            return row[0]
        cr.execute(
            SQL(
                "SELECT store_id FROM o2o_pool_claim WHERE fulfillment_id = %s",
                fulfillment_id,
            )
        )
        return cr.fetchone()[0]

    @api.model
    def _release(self, fulfillment, store=None):
        """Give the order free again, at once: the first tap led to nothing."""
        for _attempt in range(ATTEMPTS):
            try:
                with mute_logger("odoo.sql_db"), self._own_cursor() as cr:
                    cr.execute(
                        SQL(
                            "DELETE FROM o2o_pool_claim WHERE fulfillment_id = %s AND"
                            " (%s OR store_id = %s)",
                            fulfillment.id,
                            store is None,
                            store.id if store else 0,
                        )
                    )
                    return
            except (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, ConcurrencyError):
                continue
            except PoolError:
                return  # it is void by itself soon

    @api.autovacuum
    def _gc_claims(self):
        limit = fields.Datetime.now() - timedelta(days=1)
        self.env.cr.execute(
            SQL("DELETE FROM o2o_pool_claim WHERE claimed_at < %s", limit)
        )

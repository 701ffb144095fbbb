from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL


class O2oCardThrottle(models.Model):
    """One row per thing that is tried out, and per address it is tried from.

    The gate of every counter of tries: activation codes and one-time codes. The keys
    are hashes that name their purpose, so that the counters do not meet.

    Odoo transactions are REPEATABLE READ: a hundred guesses sent at once would each
    count the tries in a picture of the table taken before any of them was stored, and
    an advisory lock alone only lets them do so one after the other. Touching the row
    does both things: the second transaction waits for the first, and is then refused
    with a serialization failure, which makes Odoo replay the request, now with a
    picture that holds the first try.
    """

    _name = "o2o.card.throttle"
    _description = "Throttle of Tries"
    _order = "id"

    key_hash = fields.Char(required=True, readonly=True)
    touched_at = fields.Datetime(required=True, readonly=True, index=True)
    hits = fields.Integer(readonly=True)
    hits_since = fields.Datetime(readonly=True)

    _key_hash_uniq = models.UniqueIndex("(key_hash)")

    @api.model
    def _enter(self, key_hashes):
        """Serialise with every other transaction that enters one of these keys."""
        for key_hash in sorted(key_hashes):  # one order for all, hence no deadlock
            self.env.cr.execute(
                SQL(
                    """
                    INSERT INTO o2o_card_throttle (key_hash, touched_at)
                         VALUES (%(key_hash)s, %(now)s)
                    ON CONFLICT (key_hash)
                      DO UPDATE SET touched_at = EXCLUDED.touched_at
                    """,
                    key_hash=key_hash,
                    now=fields.Datetime.now(),
                )
            )

    @api.model
    def _is_over(self, key_hash, limit, seconds):
        """Count a request under this key.

        :return: whether there were more than ``limit`` within ``seconds``
        """
        now = fields.Datetime.now()
        [(hits,)] = self.env.execute_query(
            SQL(
                """
                INSERT INTO o2o_card_throttle AS t
                            (key_hash, touched_at, hits, hits_since)
                     VALUES (%(key_hash)s, %(now)s, 1, %(now)s)
                ON CONFLICT (key_hash)
                      DO UPDATE SET
                         touched_at = EXCLUDED.touched_at,
                         hits = CASE WHEN t.hits_since > %(start)s
                                     THEN t.hits + 1 ELSE 1 END,
                         hits_since = CASE WHEN t.hits_since > %(start)s
                                           THEN t.hits_since ELSE %(now)s END
                  RETURNING hits
                """,
                key_hash=key_hash,
                now=now,
                start=now - timedelta(seconds=seconds),
            )
        )
        return hits > limit

    @api.autovacuum
    def _gc_throttle(self):
        limit = fields.Datetime.now() - timedelta(days=1)
        self.search([("touched_at", "<", limit)]).unlink()

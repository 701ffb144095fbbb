import logging

from odoo import api, models
from odoo.tools import SQL, split_every

_logger = logging.getLogger(__name__)

# More contacts than this with one phone are a placeholder, not a person.
MAX_GROUP = 20
STORE_BATCH = 1000


class O2oMemberDuplicate(models.Model):
    """The search: one statement per reason over all contacts, then only differences."""

    _inherit = "o2o.member.duplicate"

    def init(self):
        """What a phone is compared by: its digits, without the country code.

        No index: to group everything, one pass with a hash is faster than any."""
        self.env.cr.execute(
            SQL(
                """
                CREATE OR REPLACE FUNCTION o2o_phone_key(phone text) RETURNS text AS
                $key$
                    SELECT regexp_replace(
                        regexp_replace(normalize(phone, NFKC), '[^0-9]', '', 'g'),
                        '^(00)?86(?=1[3-9][0-9]{9}$)', ''
                    )
                $key$ LANGUAGE sql IMMUTABLE PARALLEL SAFE;
                """
            )
        )

    @api.model
    def _cron_find(self):
        """Search all contacts, night by night. Safe to stop and to run twice."""
        cron = self.env["ir.cron"]
        for done, left in self._find_in_batches():
            if not cron._commit_progress(done, remaining=left):
                break

    @api.model
    def _find_in_batches(self):
        """Search reason by reason, and store what changed in batches.

        :return: iterator of (groups stored, groups left of this reason)
        """
        for reason, source in self._duplicate_sources().items():
            gone_ids, changed = self._compare(reason, self._find(source))
            self.browse(gone_ids).unlink()
            left = len(changed)
            yield 0, left
            for batch in split_every(STORE_BATCH, changed):
                self._store(reason, list(batch))
                left -= len(batch)
                yield len(batch), left
            _logger.info("duplicate members, %s: %s groups", reason, len(changed))

    # === what makes contacts look alike ===

    @api.model
    def _duplicate_sources(self):
        """:return: {reason: SQL that gives (partner_id, what they share)}"""
        person = SQL("p.active AND p.parent_id IS NULL AND p.is_company IS NOT TRUE")
        return {
            "phone": SQL(
                """
                SELECT partner_id, key
                  FROM (
                       SELECT p.id AS partner_id, o2o_phone_key(p.phone) AS key
                         FROM res_partner p
                        WHERE p.phone IS NOT NULL AND %s
                       OFFSET 0
                  ) AS phone -- the key is computed once per contact
                 WHERE length(key) >= 7
                """,
                person,
            ),
            "card": SQL(
                """
                SELECT card.partner_id, card.number AS key
                  FROM o2o_card card
                 WHERE card.partner_id IS NOT NULL
             UNION ALL
                SELECT p.id, upper(p.ref)
                  FROM res_partner p
                  JOIN o2o_card card ON card.number = upper(p.ref)
                 WHERE p.ref IS NOT NULL AND %s
                """,
                person,
            ),
            "name_birthday": SQL(
                """
                SELECT p.id AS partner_id,
                       lower(regexp_replace(p.name, '\\s', '', 'g'))
                           || '/' || p.o2o_birthday AS key
                  FROM res_partner p
                 WHERE p.o2o_birthday IS NOT NULL AND p.name IS NOT NULL AND %s
                """,
                person,
            ),
            "email": SQL(
                """
                SELECT p.id AS partner_id, p.email_normalized AS key
                  FROM res_partner p
                 WHERE p.email_normalized IN (%s) AND %s
                """,
                self._verified_emails(),
                person,
            ),
        }

    @api.model
    def _verified_emails(self):
        """SQL of e-mails somebody has proved to own: by default, who logs in by it."""
        return SQL(
            """
            SELECT lower(u.login)
              FROM res_users u
              JOIN res_partner owner ON owner.id = u.partner_id
             WHERE u.active AND u.share AND lower(u.login) = owner.email_normalized
               AND EXISTS (SELECT FROM res_users_log l WHERE l.create_uid = u.id)
            """
        )

    # === search and store ===

    @api.model
    def _find(self, source):
        """Groups with a member in them, without pairs known to be two persons.

        :return: {digest: sorted tuple of partner ids}
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                WITH grouped AS (
                    SELECT key, array_agg(DISTINCT partner_id) AS ids
                      FROM (%(source)s) AS source
                  GROUP BY key
                    HAVING COUNT(*) > 1 AND MIN(partner_id) <> MAX(partner_id)
                ), candidate AS (
                    SELECT grouped.key, one AS partner_id, grouped.ids
                      FROM grouped, unnest(grouped.ids) AS one
                     WHERE cardinality(grouped.ids) <= %(limit)s
                       AND NOT EXISTS (
                               SELECT FROM res_users u
                                WHERE u.partner_id = one AND u.share IS NOT TRUE
                           )
                )
                SELECT md5(key), array_agg(partner_id ORDER BY partner_id)
                  FROM candidate
                 WHERE EXISTS (
                           SELECT FROM candidate other
                            WHERE other.key = candidate.key
                              AND other.partner_id <> candidate.partner_id
                              AND NOT EXISTS (
                                      SELECT FROM o2o_member_distinct d
                                       WHERE d.first_id = LEAST(
                                                 other.partner_id, candidate.partner_id)
                                         AND d.second_id = GREATEST(
                                                 other.partner_id, candidate.partner_id)
                                  )
                       )
              GROUP BY key
                HAVING BOOL_OR(EXISTS (
                           SELECT FROM o2o_card card
                            WHERE card.partner_id = candidate.partner_id))
                    OR BOOL_OR(EXISTS (
                           SELECT FROM res_users u
                            WHERE u.partner_id = candidate.partner_id AND u.active))
                """,
                source=source,
                limit=MAX_GROUP,
            )
        )
        return {digest: tuple(ids) for digest, ids in self.env.cr.fetchall()}

    @api.model
    def _compare(self, reason, found):
        """What differs from the list: ids of groups that are gone, [(digest, ids)]."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT d.id, d.digest, d.state,
                       array_agg(rel.res_partner_id ORDER BY rel.res_partner_id)
                  FROM o2o_member_duplicate d
             LEFT JOIN o2o_member_duplicate_res_partner_rel rel
                    ON rel.o2o_member_duplicate_id = d.id
                 WHERE d.reason = %s
              GROUP BY d.id
                """,
                reason,
            )
        )
        known = {}
        gone_ids = []
        for duplicate_id, digest, state, partner_ids in rows:
            if state == "open" and digest not in found:
                gone_ids.append(duplicate_id)
            if state == "open":
                known[digest] = tuple(partner_ids)
        changed = [item for item in found.items() if known.get(item[0]) != item[1]]
        return gone_ids, changed

    @api.model
    def _store(self, reason, groups):
        """Write groups into the list; decided ones open again, they found somebody."""
        digests = [digest for digest, _ids in groups]
        existing = {
            duplicate.digest: duplicate
            for duplicate in self.search(
                [("reason", "=", reason), ("digest", "in", digests)]
            )
        }
        missing = [digest for digest in digests if digest not in existing]
        for duplicate in self.create(
            [{"reason": reason, "digest": digest} for digest in missing]
        ):
            existing[duplicate.digest] = duplicate
        self.env.flush_all()
        values = SQL(", ").join(
            SQL("(%s, %s::int[])", existing[digest].id, list(ids))
            for digest, ids in groups
        )
        self.env.cr.execute(
            SQL(
                """
                CREATE TEMPORARY TABLE o2o_found ON COMMIT DROP AS
                SELECT column1 AS id, column2 AS ids FROM (VALUES %s) AS found;

                UPDATE o2o_member_duplicate d
                   SET state = 'open', decided_by_id = NULL,
                       member_count = cardinality(o2o_found.ids)
                  FROM o2o_found WHERE d.id = o2o_found.id;

                DELETE FROM o2o_member_duplicate_res_partner_rel
                 WHERE o2o_member_duplicate_id IN (SELECT id FROM o2o_found);
                INSERT INTO o2o_member_duplicate_res_partner_rel
                    (o2o_member_duplicate_id, res_partner_id)
                SELECT id, unnest(ids) FROM o2o_found;

                DELETE FROM o2o_member_duplicate_res_company_rel
                 WHERE o2o_member_duplicate_id IN (SELECT id FROM o2o_found);
                INSERT INTO o2o_member_duplicate_res_company_rel
                    (o2o_member_duplicate_id, res_company_id)
                SELECT DISTINCT o2o_found.id, of.company_id
                  FROM o2o_found
            CROSS JOIN LATERAL (
                    SELECT company_id FROM res_partner WHERE id = ANY(ids)
                     UNION
                    SELECT company_id FROM o2o_card WHERE partner_id = ANY(ids)
                     UNION
                    SELECT company_id FROM loyalty_card
                     WHERE partner_id = ANY(ids) AND o2o_is_points_account
                  ) AS of
                 WHERE of.company_id IS NOT NULL;

                DROP TABLE o2o_found;
                """,
                values,
            )
        )
        self.env.invalidate_all()

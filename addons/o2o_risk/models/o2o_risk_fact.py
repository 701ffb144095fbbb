"""What has happened, by whom, as far as rules may want to count it."""

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..const import COUNTED, KEEP_DAYS, KEEP_PARAMETER, KEYS

_logger = logging.getLogger(__name__)

#: rows that the job deletes in one transaction
BATCH = 5000


class O2oRiskFact(models.Model):
    """One thing that happened, under one key; kept only as long as rules look back.

    Keys are keyed hashes (Personal Information Protection Law, Art. 6 and 51: no more
    than is needed, de-identified): whoever has the table has no phone and no address.
    The same thing under the same key is one row, however often its request is
    repeated; submitted again with another key it has another row, with another amount
    the row is as of the later submission.
    """

    _name = "o2o.risk.fact"
    _description = "Risk Fact"
    _order = "id desc"
    _rec_name = "ref"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    kind = fields.Selection(COUNTED, required=True, readonly=True)
    key_kind = fields.Selection(KEYS, string="By", required=True, readonly=True)
    key_hash = fields.Char(required=True, readonly=True)
    ref = fields.Char(
        string="What", required=True, readonly=True, help="e.g. sale.order/12"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(readonly=True)
    happened_at = fields.Datetime(string="Time", required=True, readonly=True)

    _once = models.UniqueIndex("(ref, kind, key_hash)")
    _count_idx = models.Index("(key_hash, kind, company_id, happened_at)")
    _happened_idx = models.Index("(happened_at)")

    @api.model
    def _hash(self, key_kind, text):
        """:return: the key of a text; the secret lives outside this table"""
        return self.env["o2o.card"]._hash("risk", key_kind, str(text))

    @api.model
    def _note(self, company, amounts_by_ref, keys, meet=()):
        """Write down what happens; a repetition changes nothing. One statement.

        With another amount the row moves to the end: it counts what was submitted in
        the meantime, and is counted with what it costs now.

        :param dict amounts_by_ref: for each thing (as ``sale.order/12``) amounts in the
            company's currency, by kind (``const.COUNTED``)
        :param dict keys: hashes by their kind (``const.KEYS``)
        :param meet: kinds of keys whose submissions in the same moment wait for each
            other, see ``o2o.card.throttle``: the later one is run again, and counts the
            first
        """
        now = fields.Datetime.now()
        rows = [
            SQL(
                "(%s, %s, %s, %s, %s, %s, %s)",
                company.id,
                kind,
                key_kind,
                key_hash,
                ref,
                amount,
                now,
            )
            for ref, amounts in amounts_by_ref.items()
            for kind, amount in amounts.items()
            for key_kind, key_hash in keys.items()
        ]
        if not rows:
            return
        self.env.cr.execute(
            SQL(
                """
                %s
                INSERT INTO o2o_risk_fact
                       (company_id, kind, key_kind, key_hash, ref, amount, happened_at)
                VALUES %s
                    ON CONFLICT (ref, kind, key_hash)
                      DO UPDATE SET id = EXCLUDED.id,
                                    amount = EXCLUDED.amount,
                                    happened_at = EXCLUDED.happened_at
                          WHERE o2o_risk_fact.amount
                                IS DISTINCT FROM EXCLUDED.amount
                """,
                self._get_meeting(sorted(keys[kind] for kind in meet if kind in keys)),
                SQL(", ").join(rows),
            )
        )

    @api.model
    def _get_meeting(self, key_hashes):
        """Touch the rows of these keys, in their order: hence no deadlock."""
        if not key_hashes:
            return SQL()
        now = fields.Datetime.now()
        return SQL(
            """
            WITH met AS (
                INSERT INTO o2o_card_throttle (key_hash, touched_at)
                     VALUES %s
                ON CONFLICT (key_hash)
                  DO UPDATE SET touched_at = EXCLUDED.touched_at
            )
            """,
            SQL(", ").join(SQL("(%s, %s)", key, now) for key in key_hashes),
        )

    @api.model
    def _note_after(self, kind, ref, earlier_ref, amount):
        """Something follows from an earlier thing and has the keys of that one.

        :param str earlier_ref: e.g. of the order whose money goes back
        """
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO o2o_risk_fact
                       (company_id, kind, key_kind, key_hash, ref, amount, happened_at)
                SELECT DISTINCT ON (key_kind, key_hash)
                       company_id, %(kind)s, key_kind, key_hash, %(ref)s,
                       %(amount)s, %(now)s
                  FROM o2o_risk_fact
                 WHERE ref = %(earlier)s
              ORDER BY key_kind, key_hash, id
                    ON CONFLICT (ref, kind, key_hash) DO NOTHING
                """,
                kind=kind,
                ref=ref,
                earlier=earlier_ref,
                amount=amount,
                now=fields.Datetime.now(),
            )
        )

    # === THE TABLE ONLY GROWS, AND EXPIRES === #

    def write(self, vals):
        if vals:
            raise UserError(self.env._("What was counted cannot be changed."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_counted(self):
        raise UserError(self.env._("What was counted goes when its time is over."))

    @api.model
    def _get_keep_days(self):
        # sudo: a number that says how long, nothing about a person
        text = self.env["ir.config_parameter"].sudo().get_param(KEEP_PARAMETER)
        return int(text) if str(text or "").isdigit() else KEEP_DAYS

    @api.model
    def _cron_expire(self):
        """Delete what is older than the setting says."""
        limit = fields.Datetime.now() - timedelta(days=self._get_keep_days())
        while True:
            self.env.cr.execute(
                SQL(
                    """
                    DELETE FROM o2o_risk_fact
                          WHERE id IN (SELECT id
                                         FROM o2o_risk_fact
                                        WHERE happened_at < %s
                                        LIMIT %s)
                    """,
                    limit,
                    BATCH,
                )
            )
            count = self.env.cr.rowcount
            if count:
                self.invalidate_model()
                _logger.info("%s risk facts have expired", count)
            if not self.env["ir.cron"]._commit_progress(count) or count < BATCH:
                return

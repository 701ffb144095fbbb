import logging
from datetime import timedelta

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import TIMERS

_logger = logging.getLogger(__name__)

#: rows handled by one run of the job
BATCH = 200
#: a timer that fails is tried again after 1, 2, 4 … minutes, then waits for a person
MAX_ATTEMPTS = 8


class O2oTimer(models.Model):
    """Something that happens by itself at a due time: a row, so no restart loses it.

    A timer belongs to an order or to a fulfillment, which handles it in
    ``_on_timer_<kind>``. The handler reads the present state and does nothing when the
    reason for the timer is gone: clearing a timer is tidy, not needed.
    """

    _name = "o2o.timer"
    _description = "Timer"
    _order = "due_at, id"
    _rec_name = "kind"

    kind = fields.Selection(TIMERS, required=True, readonly=True)
    order_id = fields.Many2one(
        "sale.order", index="btree_not_null", readonly=True, ondelete="cascade"
    )
    fulfillment_id = fields.Many2one(
        "o2o.fulfillment", index="btree_not_null", readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    due_at = fields.Datetime(required=True, readonly=True)
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("done", "Done"),
            ("cleared", "Cleared"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        default="waiting",
    )
    done_at = fields.Datetime(readonly=True)
    attempt_count = fields.Integer(readonly=True)
    error = fields.Char(readonly=True)

    _due_idx = models.Index("(due_at) WHERE state = 'waiting'")
    _one_owner = models.Constraint(
        "CHECK (num_nonnulls(order_id, fulfillment_id) = 1)",
        "A timer belongs to an order or to a fulfillment.",
    )
    _one_waiting = models.UniqueIndex(
        "(kind, COALESCE(order_id, 0), COALESCE(fulfillment_id, 0))"
        " WHERE state = 'waiting'",
        "This timer is running already.",
    )

    @api.model
    def _set(self, kind, record, due_at):
        """Start a timer, or move the one that runs.

        :param str kind: of ``const.TIMERS``
        :param record: one ``sale.order`` or ``o2o.fulfillment``
        :param datetime due_at: naive UTC
        """
        record.ensure_one()
        timers_sudo = self.sudo()  # nobody but this service writes timers
        owner = self._get_owner_field(record)
        timers_sudo.flush_model()
        now = fields.Datetime.now()
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO o2o_timer (
                       kind, %(owner)s, company_id, due_at, state, attempt_count,
                       create_uid, create_date, write_uid, write_date)
                VALUES (%(kind)s, %(id)s, %(company)s, %(due)s, 'waiting', 0,
                        %(uid)s, %(now)s, %(uid)s, %(now)s)
                ON CONFLICT (
                       kind, COALESCE(order_id, 0), COALESCE(fulfillment_id, 0))
                 WHERE state = 'waiting'
                    DO UPDATE SET due_at = excluded.due_at,
                                  write_uid = excluded.write_uid,
                                  write_date = excluded.write_date
                RETURNING id
                """,
                owner=SQL.identifier(owner),
                kind=kind,
                id=record.id,
                company=record.company_id.id,
                due=due_at,
                uid=self.env.uid,
                now=now,
            )
        )
        timer = timers_sudo.browse(rows[0][0])
        timer.invalidate_recordset(flush=False)
        return timer

    @api.model
    def _clear(self, records, *kinds):
        """Stop the timers of these records, of some kinds or of all."""
        if not records:
            return
        domain = Domain(self._get_owner_field(records), "in", records.ids)
        domain &= Domain("state", "=", "waiting")
        if kinds:
            domain &= Domain("kind", "in", kinds)
        self.sudo().search(domain).write({"state": "cleared"})

    @api.model
    def _get_owner_field(self, record):
        return {"sale.order": "order_id", "o2o.fulfillment": "fulfillment_id"}[
            record._name
        ]

    @api.model
    def _cron_run_due(self):
        """Let happen what is due, each in a transaction of its own (ORD-01)."""
        cron = self.env["ir.cron"]
        domain = Domain("state", "=", "waiting") & Domain(
            "due_at", "<=", fields.Datetime.now()
        )
        due = self.search(domain, limit=BATCH)
        cron._commit_progress(remaining=self.search_count(domain))
        for timer in due:
            # somebody else's job: skip; gone or moved meanwhile: not due any more
            if timer := timer.try_lock_for_update().filtered_domain(domain):
                timer._run()
            if not cron._commit_progress(1):
                break

    def _run(self):
        """Call the handler; what it did is undone when it fails."""
        self.ensure_one()
        record = self.order_id or self.fulfillment_id
        # a job has no language of its own, and people read what the handlers write
        record = record.with_context(lang=self.company_id.partner_id.lang)
        try:
            with self.env.cr.savepoint():
                getattr(record, f"_on_timer_{self.kind}")()
        except Exception as error:
            self._postpone(error)
        else:
            if self.state == "waiting" and self.due_at <= fields.Datetime.now():
                self.write({"state": "done", "done_at": fields.Datetime.now()})

    def _postpone(self, error):
        """Later again; after the last attempt a person has to look (head office)."""
        self.ensure_one()
        self.invalidate_recordset()
        attempts = self.attempt_count + 1
        # somebody else was at the order in the same moment: no error, only later
        expected = isinstance(error, UserError | OperationalError)
        _logger.log(
            logging.WARNING if expected else logging.ERROR,
            "timer %s (%s) failed, attempt %s",
            self.id,
            self.kind,
            attempts,
            exc_info=not expected,
        )
        self.write(
            {
                "attempt_count": attempts,
                "error": str(error)[:500],
                "state": "failed" if attempts >= MAX_ATTEMPTS else "waiting",
                "due_at": fields.Datetime.add(
                    fields.Datetime.now(), minutes=2 ** (attempts - 1)
                ),
            }
        )

    def action_retry(self):
        """Try a failed timer again within a minute; the button of head office."""
        self.check_access("read")
        if not self.env.user.has_group("o2o_order.o2o_order_group_user"):
            raise UserError(self.env._("Only head office may start a timer again."))
        self.sudo().filtered(lambda timer: timer.state == "failed").write(
            {"state": "waiting", "attempt_count": 0, "due_at": fields.Datetime.now()}
        )

    @api.autovacuum
    def _gc_timers(self):
        limit = fields.Datetime.now() - timedelta(days=90)
        self.search(
            [("state", "in", ("done", "cleared")), ("write_date", "<", limit)],
            limit=10000,
        ).unlink()

import logging
from datetime import timedelta
from time import monotonic, sleep

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

_logger = logging.getLogger(__name__)

#: rows handled by one run of a job
BATCH = 100
#: a gateway that takes longer for one row is left alone for the rest of the run
SLOW_SECONDS = 5
#: that many notifications within a second are a flood
FLOOD = 20
#: seconds that a job lets a flood go first, and between two looks at it
WAY_SECONDS, WAY_PAUSE = 8, 0.25
#: seconds after which a row that failed is tried again, at most
MAX_PAUSE = 300


class O2oPaymentJob(models.AbstractModel):
    """Rows that wait for a job: each is worked off in short transactions of its own.

    What a call to a gateway is about is committed before the call. Nothing is locked
    while a gateway is asked, and what it answers is written in a new transaction.
    """

    _name = "o2o.payment.job"
    _description = "Work of Payments"

    #: xml id of the ``ir.cron`` that works off a model's rows
    _job_xmlid = ""

    provider_id = fields.Many2one("payment.provider", readonly=True)
    next_at = fields.Datetime(
        string="Next look",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="When the job looks at this the next time; empty when nothing is left",
    )
    attempt_count = fields.Integer(string="Looked", readonly=True, copy=False)
    failure = fields.Char(string="Last failure", readonly=True, copy=False)

    def _work(self):
        """Do what is due for this row; may commit. To be overridden."""
        raise NotImplementedError

    def _wake(self, seconds=0):
        """Let the job look at these rows in so many seconds, or at once."""
        due_at = fields.Datetime.now() + timedelta(seconds=seconds)
        self.next_at = due_at
        self._call_job(due_at)

    def _call_job(self, due_at):
        """Let the job of these rows run at a moment. Hook."""
        self.env["o2o.timer"]._wake_job(self._job_xmlid, due_at)

    def _is_due(self):
        """Whether it still waits: another job may have seen to it meanwhile."""
        self.ensure_one()
        return bool(self.next_at) and self.next_at <= fields.Datetime.now()

    def _rest(self):
        """Nothing is left to do."""
        self.write({"next_at": False, "failure": False})

    def _postpone(self, failure, seconds=None):
        """Later again, with pauses that grow up to five minutes."""
        for row in self:
            pause = min(MAX_PAUSE, 2 ** min(row.attempt_count, 9))
            row.write(
                {
                    "attempt_count": row.attempt_count + 1,
                    "failure": (failure or "")[:500],
                }
            )
            row._wake(pause if seconds is None else seconds)

    @api.model
    def _ensure_in_charge(self):
        """:raise AccessError: the user does not decide about payments"""
        if not self.env.user.has_group("o2o_payment.o2o_payment_group_manager"):
            raise AccessError(
                self.env._("Only who is in charge of payments decides this.")
            )

    def _get_failure_words(self):
        """The last failure for who is not interested in the gateway's code."""
        self.ensure_one()
        failure = self.failure or ""
        _code, _space, words = failure.partition(" ")
        return words or failure

    def _commit(self):
        """Keep what was written; what is read next is of now."""
        self.env["ir.cron"]._commit_progress()

    @api.model
    def _cron_work(self):
        """Work off what is due."""
        cron = self.env["ir.cron"]
        domain = self._get_due_domain()
        rows = self.search(domain, order="next_at, id", limit=BATCH)
        cron._commit_progress(remaining=self.search_count(domain))
        slow = self.env["payment.provider"]
        way_until = monotonic() + self._get_way_seconds()
        for due in rows:
            # what is written down is read by the company, and by its customers
            row = due.with_context(lang=due.provider_id.company_id.partner_id.lang)
            self._give_way(way_until)
            if row.provider_id in slow:
                # still due: others shall not wait for its gateway
                continue
            begun_at = monotonic()
            if row._is_due():
                row._work_off()
            if monotonic() - begun_at > SLOW_SECONDS:
                slow |= row.provider_id
            if not cron._commit_progress(1):
                # its time is over: Odoo goes on when it is called, or after a minute
                rows._call_job(fields.Datetime.now())
                break

    @api.model
    def _give_way(self, until):
        """Let notifications be acknowledged first while they pour in.

        To confirm an order takes as much of a processor as twenty of them. A gateway
        waits for seconds only, and comes again; an order waits for some seconds more.

        :param float until: monotonic; a flood without an end stops no job
        """
        while monotonic() < until and self.env["o2o.payment.event"]._is_flood(FLOOD):
            # what comes meanwhile is seen by the next look
            self._commit()
            sleep(WAY_PAUSE)

    @api.model
    def _get_way_seconds(self):
        """How long a run lets a flood go first. Hook."""
        return WAY_SECONDS

    @api.model
    def _get_due_domain(self):
        """What a run of the job works off. Hook."""
        return Domain("next_at", "<=", fields.Datetime.now())

    def _work_off(self):
        """Work on one row; whatever goes wrong with it, the others go on."""
        self.ensure_one()
        try:
            self._work()
            self.env.flush_all()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY as error:
            # somebody else was at it in the same moment
            self.env.cr.rollback()
            _logger.info("%s %s meets another: %s", self._name, self.id, error)
            self._postpone("", seconds=2)
        except Exception as error:
            self.env.cr.rollback()
            _logger.exception("%s %s failed", self._name, self.id)
            self._postpone(f"{type(error).__name__}: {error}")

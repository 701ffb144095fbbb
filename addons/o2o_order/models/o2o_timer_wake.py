"""Timers that are due before the minute is over."""

import heapq
import logging
import threading
import time
from datetime import timedelta

from odoo import api, fields, models, modules
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.sql_db import db_connect
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

#: how long after the due time the job is woken: it must find the timer due
LATE_SECONDS = 0.5
#: how long calls of a job are gathered: one message to PostgreSQL stands for all
GATHER_SECONDS = 0.02


class _AlarmClock:
    """Wakes the job of a database at given moments; one thread for each process.

    Best effort: what this process does not live to see, the job finds in its minute.
    """

    def __init__(self):
        self._lock = threading.Condition()
        self._due = []
        self._thread = None

    def wake(self, database, seconds):
        with self._lock:
            heapq.heappush(self._due, (time.monotonic() + seconds, database))
            if not (self._thread and self._thread.is_alive()):
                self._thread = threading.Thread(
                    target=self._run, name="o2o.timer.wake", daemon=True
                )
                self._thread.start()
            self._lock.notify()

    def _run(self):
        while True:
            with self._lock:
                if not self._due:
                    # nothing for a while: the next alarm starts a new thread
                    if not self._lock.wait(timeout=120) and not self._due:
                        self._thread = None
                        return
                    continue
                left = self._due[0][0] - time.monotonic()
                if left > 0:
                    self._lock.wait(timeout=left)
                    continue
                databases = set()
                while self._due and self._due[0][0] <= time.monotonic():
                    databases.add(heapq.heappop(self._due)[1])
            self._notify(databases)

    def _notify(self, databases):
        try:
            with db_connect("postgres").cursor() as cr:
                for database in databases:
                    cr.execute(SQL("SELECT pg_notify('cron_trigger', %s)", database))
        except Exception as error:  # the job runs every minute anyway
            _logger.info("no alarm for the timers: %s", type(error).__name__)


_alarm_clock = _AlarmClock()


class O2oTimer(models.Model):
    _inherit = "o2o.timer"

    @api.model
    def _set_soon(self, kind, record, due_at):
        """Start a timer that is due within the minute, and wake the job in time.

        :param str kind: of ``const.TIMERS``
        :param record: one ``sale.order`` or ``o2o.fulfillment``
        :param datetime due_at: naive UTC
        """
        timer = self._set(kind, record, due_at)
        self._wake_job("o2o_order.o2o_timer_cron", due_at)
        return timer

    @api.model
    def _wake_job(self, xmlid, due_at):
        """Let a job run at a moment within the minute, once this commits.

        :param str xmlid: of the ``ir.cron``
        :param datetime due_at: naive UTC
        """
        # sudo: the job belongs to nobody who orders
        cron_id = self.env["ir.model.data"]._xmlid_to_res_id(xmlid)
        self.env["ir.cron"].sudo().browse(cron_id)._trigger(at=due_at)
        seconds = (due_at - fields.Datetime.now()).total_seconds()
        if seconds > 0 and not modules.module.current_test:
            database = self.env.cr.dbname

            @self.env.cr.postcommit.add
            def set_alarm():
                _alarm_clock.wake(database, seconds + LATE_SECONDS)

    @api.model
    def _call_job(self, xmlid):
        """Let a job run at once when this commits, at the least cost for the caller.

        For whoever calls a hundred times a second: ``ir.cron._trigger`` reads the job
        and speaks with PostgreSQL over another connection, each time.

        :param str xmlid: of the ``ir.cron``
        """
        self.env.cr.execute(
            SQL(
                "INSERT INTO ir_cron_trigger (cron_id, call_at) VALUES (%s, %s)",
                self.env["ir.model.data"]._xmlid_to_res_id(xmlid),
                fields.Datetime.now(),
            )
        )
        if not modules.module.current_test:
            database = self.env.cr.dbname
            self.env.cr.postcommit.add(
                lambda: _alarm_clock.wake(database, GATHER_SECONDS)
            )

    @api.model
    def _come_back(self, kind, record, seconds=5):
        """Somebody is acting on the record right now: look again in a moment."""
        return self._set_soon(
            kind, record, fields.Datetime.now() + timedelta(seconds=seconds)
        )

    def _postpone(self, error):
        """To meet somebody else is no failure: soon again, whatever the count."""
        self.ensure_one()
        if isinstance(error, PG_CONCURRENCY_EXCEPTIONS_TO_RETRY):
            self.invalidate_recordset()
            self._come_back(self.kind, self.order_id or self.fulfillment_id)
            return
        super()._postpone(error)

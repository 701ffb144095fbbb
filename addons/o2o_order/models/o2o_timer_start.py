"""Jobs begin when the server does: Odoo lets their workers sleep for a minute first."""

import logging
import threading
import time
from contextlib import closing

import psycopg2

from odoo import models, modules, sql_db
from odoo.tools import config

_logger = logging.getLogger(__name__)

#: seconds between the calls after a database was loaded: the workers of jobs are not
#: there yet, or do not listen yet
PAUSES = (2, 3, 5, 10)
#: databases whose jobs were called by this process, or by the one it is a copy of
_called = set()


def call_jobs(database):
    """Wake the workers of jobs.

    Over a connection that is nobody else's and ends at once: worker processes are
    copies of the one that loads the database, with all its connections.
    """
    _name, options = sql_db.connection_info_for("postgres")
    with closing(psycopg2.connect(**options)) as connection:
        connection.autocommit = True
        with connection.cursor() as cr:
            cr.execute("SELECT pg_notify('cron_trigger', %s)", [database])


def call_at_start(database, sleep=time.sleep):
    """Wake them a few times; what is not due costs them a look."""
    for pause in PAUSES:
        sleep(pause)
        try:
            call_jobs(database)
        except psycopg2.Error as error:
            _logger.info("jobs were not called: %s", type(error).__name__)


class O2oTimer(models.Model):
    _inherit = "o2o.timer"

    def _register_hook(self):
        """After a crash, orders that were paid and timers that were due do not wait
        for a minute more (PAY-10)."""
        super()._register_hook()
        database = self.env.cr.dbname
        if (
            modules.module.current_test
            or config["stop_after_init"]
            or database in _called
        ):
            return
        _called.add(database)
        threading.Thread(
            target=call_at_start, args=(database,), name="o2o.timer.start", daemon=True
        ).start()

from contextlib import closing
from time import monotonic
from unittest.mock import patch

import psycopg2

from odoo import modules, sql_db
from odoo.tests import TransactionCase, tagged

from ..models import o2o_timer_start


@tagged("post_install", "-at_install")
class TestTimerStart(TransactionCase):
    def test_workers_of_jobs_hear_the_call(self):
        """PAY-10: what wakes them after a restart arrives where they listen."""
        database = self.env.cr.dbname
        _name, options = sql_db.connection_info_for("postgres")
        with closing(psycopg2.connect(**options)) as ear:
            ear.autocommit = True
            ear.cursor().execute("LISTEN cron_trigger")
            pauses = []
            o2o_timer_start.call_at_start(database, sleep=pauses.append)
            # a busy server brings the last one a moment later
            heard, patience = [], monotonic() + 10
            while heard.count(database) < len(pauses) and monotonic() < patience:
                ear.poll()
                heard = [it.payload for it in ear.notifies]
        self.assertEqual(heard.count(database), len(pauses))
        self.assertGreater(sum(pauses), 10, "also those that start slowly")

    def test_each_database_is_called_once(self):
        """PAY-10: loading a database calls its jobs; loading it again does not."""
        called = []
        with (
            patch.object(modules.module, "current_test", False),
            patch.object(o2o_timer_start, "_called", set()),
            patch.object(o2o_timer_start, "call_at_start", called.append),
        ):
            self.env["o2o.timer"]._register_hook()
            self.env["o2o.timer"]._register_hook()
        self.assertEqual(called, [self.env.cr.dbname])

    def test_nothing_is_called_from_tests(self):
        with patch.object(o2o_timer_start, "call_at_start") as call:
            self.env["o2o.timer"]._register_hook()
        call.assert_not_called()

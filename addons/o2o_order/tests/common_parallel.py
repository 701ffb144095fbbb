import threading
from unittest.mock import patch

from psycopg2.errors import DeadlockDetected, LockNotAvailable, SerializationFailure
from psycopg2.extras import Json

from odoo import api, sql_db
from odoo.exceptions import ConcurrencyError
from odoo.tools import SQL, mute_logger

from .common import O2oOrderCase

#: records of others that the chain, or a case, changes
CHANGED_TABLES = ("res_company", "o2o_store", "payment_provider", "payment_method")


class ParallelOrderCase(O2oOrderCase):
    """The small chain, committed, for real connections; removed at the end.

    Orders cannot be deleted and leave rows in many tables, so whatever was inserted
    since the start is taken out below Odoo, in one transaction without foreign keys.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # as many people as in a chain, in one process
        cls.startClassPatcher(patch.object(sql_db._Pool, "_maxconn", 90))
        # another connection: it does not see what was not committed yet
        with cls.registry.cursor() as cr:
            cls._before = cls._get_last_ids(cr)
            cls._rows = {table: cls._get_rows(cr, table) for table in CHANGED_TABLES}
        cls.addClassCleanup(cls._remove_rows)
        cls.env.flush_all()
        cls.cr._cnx.commit()

    @classmethod
    def _get_last_ids(cls, cr):
        cr.execute(
            """
            SELECT c.table_name
              FROM information_schema.columns c
              JOIN information_schema.tables t USING (table_schema, table_name)
             WHERE c.table_schema = 'public' AND c.column_name = 'id'
               AND t.table_type = 'BASE TABLE'
               AND c.data_type IN ('integer', 'bigint')
            """
        )
        last = {}
        for (table,) in cr.fetchall():
            cr.execute(
                SQL("SELECT COALESCE(max(id), 0) FROM %s", SQL.identifier(table))
            )
            last[table] = cr.fetchone()[0]
        return last

    @classmethod
    def _get_rows(cls, cr, table):
        cr.execute(SQL("SELECT id, to_jsonb(it) FROM %s it", SQL.identifier(table)))
        return dict(cr.fetchall())

    @classmethod
    def _restore_rows(cls, cr, table, rows):
        """Give records that were there before the values they had."""
        now = cls._get_rows(cr, table)
        for row_id, row in rows.items():
            if now.get(row_id, row) == row:
                continue
            columns = SQL(", ").join(map(SQL.identifier, row))
            cr.execute(
                SQL(
                    "UPDATE %s SET (%s) = (SELECT %s FROM jsonb_populate_record("
                    "NULL::%s, %s)) WHERE id = %s",
                    SQL.identifier(table),
                    columns,
                    columns,
                    SQL.identifier(table),
                    Json(row),
                    row_id,
                )
            )

    @classmethod
    def _remove_rows(cls):
        cls.cr._cnx.rollback()
        with cls.registry.cursor() as cr:
            # no foreign keys and no guards of ledgers while the rows go
            cr.execute("SET LOCAL session_replication_role = replica")
            for table, last_id in cls._before.items():
                cr.execute(
                    SQL("DELETE FROM %s WHERE id > %s", SQL.identifier(table), last_id)
                )
            cr.execute(
                """
                SELECT own.relname, att.attname, target.relname
                  FROM pg_constraint con
                  JOIN pg_class own ON own.oid = con.conrelid
                  JOIN pg_class target ON target.oid = con.confrelid
                  JOIN pg_attribute att
                    ON att.attrelid = con.conrelid AND att.attnum = con.conkey[1]
                 WHERE con.contype = 'f' AND con.confrelid IN (
                     SELECT attrelid FROM pg_attribute
                      WHERE attname = 'id' AND NOT attisdropped)
                   AND NOT EXISTS (
                     SELECT 1 FROM pg_attribute id
                      WHERE id.attrelid = con.conrelid AND id.attname = 'id')
                """
            )
            for table, column, target in cr.fetchall():
                cr.execute(
                    SQL(
                        "DELETE FROM %s link WHERE NOT EXISTS"
                        " (SELECT 1 FROM %s it WHERE it.id = link.%s)",
                        SQL.identifier(table),
                        SQL.identifier(target),
                        SQL.identifier(column),
                    )
                )
            for table, rows in cls._rows.items():
                cls._restore_rows(cr, table, rows)
        cls.registry.clear_all_caches()

    def _commit(self, function):
        """Run ``function(env)`` in a transaction of its own and keep it."""
        with self.registry.cursor() as cr:
            return function(api.Environment(cr, self.env.uid, {}))

    def _in_parallel(self, acts):
        """Run all functions at once, each as Odoo runs a request: replayed when it
        meets another one.

        :param list acts: functions that take an environment
        :return: list of what they returned, in their order
        """
        barrier = threading.Barrier(len(acts))
        results, failures = [None] * len(acts), []

        def work(index):
            is_first = True
            try:
                for _replay in range(50):
                    try:
                        # commits at the end of the block, rolls back on errors
                        with self.registry.cursor() as cr:
                            env = api.Environment(cr, self.env.uid, {})
                            # the snapshot of this transaction is taken here
                            cr.execute("SELECT 1")
                            if is_first:
                                is_first = False
                                barrier.wait(timeout=60)
                            results[index] = acts[index](env)
                            env.flush_all()
                            return
                    except (
                        SerializationFailure,
                        LockNotAvailable,
                        DeadlockDetected,
                        ConcurrencyError,
                    ):
                        continue
                failures.append("no turn in 50 replays")
            except Exception as error:  # a thread must not fail silently
                failures.append(repr(error))

        threads = [
            threading.Thread(target=work, args=(index,)) for index in range(len(acts))
        ]
        with mute_logger("odoo.sql_db"):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(120)
        self.assertEqual(failures, [])
        return results

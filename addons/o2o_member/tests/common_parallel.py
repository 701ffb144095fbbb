import threading
from contextlib import contextmanager

from psycopg2.errors import DeadlockDetected, LockNotAvailable, SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.exceptions import ConcurrencyError, UserError
from odoo.tests import TransactionCase
from odoo.tools import SQL, mute_logger

_REPLAYED = (SerializationFailure, DeadlockDetected, LockNotAvailable, ConcurrencyError)
_MEMBER_TABLES = (
    "o2o_points_redemption",
    "o2o_points_share",
    "o2o_points_bucket",
    "o2o_sign_in",
    "o2o_level_membership",
)
_MAX_REPLAYS = 100


class ParallelCase(TransactionCase):
    """Real connections and real commits, cleaned up by the case."""

    @contextmanager
    def _committed(self):
        """An environment of a connection of its own, committed at the end."""
        with self.registry.cursor() as cr:
            yield api.Environment(cr, SUPERUSER_ID, {})

    def _at_once(self, works, refused=()):
        """Run functions of an environment together, each in its own transaction and
        replayed as Odoo replays requests.

        :param refused: errors that are an answer, too
        :return: list of results in the order of ``works``; None where refused
        """
        barrier = threading.Barrier(len(works))
        results, failures = [None] * len(works), []

        def run(index, work):
            try:
                is_first = True
                for _replay in range(_MAX_REPLAYS):
                    try:
                        # commits at the end of the block, rolls back on errors
                        with self._committed() as env:
                            # the snapshot of this transaction is taken here
                            env.cr.execute("SELECT 1")
                            if is_first:
                                is_first = False
                                barrier.wait(timeout=60)
                            result = work(env)
                    except _REPLAYED:
                        continue
                    except refused:
                        return
                    results[index] = result
                    return
                failures.append(f"no turn in {_MAX_REPLAYS} replays")
            except Exception as error:  # a thread must not fail silently
                failures.append(repr(error))

        threads = [
            threading.Thread(target=run, args=(index, work))
            for index, work in enumerate(works)
        ]
        with mute_logger("odoo.sql_db"):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(120)
        self.assertEqual(failures, [])
        return results

    def _delete_rows(self, env, table, partner_ids):
        """Logs that no model lets anybody delete."""
        env.cr.execute(
            SQL(
                "DELETE FROM %s WHERE partner_id = ANY(%s)",
                SQL.identifier(table),
                list(partner_ids),
            )
        )

    @contextmanager
    def _unguarded(self, env, *tables):
        """Only the owner of the tables can do this; the ledger has no back door."""
        for table in map(SQL.identifier, tables):
            env.cr.execute(SQL("ALTER TABLE %s DISABLE TRIGGER USER", table))
        yield
        for table in map(SQL.identifier, tables):
            env.cr.execute(SQL("ALTER TABLE %s ENABLE TRIGGER USER", table))

    def _delete_members(self, env, partner_ids):
        for table in _MEMBER_TABLES:
            self._delete_rows(env, table, partner_ids)
        with self._unguarded(env, "o2o_points_entry"):
            self._delete_rows(env, "o2o_points_entry", partner_ids)
        domain = [("partner_id", "in", partner_ids)]
        env["o2o.card"].search(domain).unlink()
        accounts = env["loyalty.card"].with_context(active_test=False).search(domain)
        accounts.filtered("o2o_merged_into_id").unlink()
        accounts.exists().unlink()
        env["res.partner"].browse(partner_ids).exists().unlink()


class ParallelPointsCase(ParallelCase):
    """One member with points."""

    number = "88PARALLEL02"
    points = 100

    def setUp(self):
        super().setUp()
        self.addCleanup(self._clean_up)
        with self._committed() as env:
            cards = env["o2o.card"]
            partner = env["res.partner"].create({"name": "O2O Parallel"})
            cards.create(
                {
                    "number": self.number,
                    "code_hash": cards._code_hash(self.number, "123456"),
                }
            )._activate(partner)
            partner._o2o_post_points(self.points, "manual", "parallel:start")
            self.partner_id = partner.id
            self.rule_ids = []

    def _clean_up(self):
        with self._committed() as env:
            self._delete_members(env, [self.partner_id])
            env["o2o.points.rule"].browse(self.rule_ids).unlink()

    def _in_parallel(self, items, act):
        """Run ``act(partner, item)`` for all items at once.

        :return: list of ids, None for each that was refused
        """

        def work(item):
            return lambda env: act(env["res.partner"].browse(self.partner_id), item).id

        return self._at_once([work(item) for item in items], refused=UserError)

    def _balances(self):
        with self._committed() as env:
            partner = env["res.partner"].browse(self.partner_id)
            return partner.o2o_points, partner._o2o_points_account().points

import threading

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.exceptions import ConcurrencyError, UserError
from odoo.tests import TransactionCase
from odoo.tools import SQL, mute_logger

_OWN_TABLES = (
    "o2o_points_redemption",
    "o2o_points_share",
    "o2o_points_bucket",
    "o2o_sign_in",
    "o2o_level_membership",
)


class ParallelPointsCase(TransactionCase):
    """A member on real connections, with real commits, cleaned up by the case."""

    number = "88PARALLEL02"
    points = 100

    def setUp(self):
        super().setUp()
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cards = env["o2o.card"]
            partner = env["res.partner"].create({"name": "O2O Parallel"})
            card = cards.create(
                {
                    "number": self.number,
                    "code_hash": cards._code_hash(self.number, "123456"),
                }
            )
            card._activate(partner)
            partner._o2o_post_points(self.points, "manual", "parallel:start")
            self.card_id, self.partner_id = card.id, partner.id
            self.rule_ids = []
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            self._delete_rows(cr, *_OWN_TABLES)
            # only the owner of the table can do this; the ledger has no back door
            cr.execute("ALTER TABLE o2o_points_entry DISABLE TRIGGER USER")
            self._delete_rows(cr, "o2o_points_entry")
            cr.execute("ALTER TABLE o2o_points_entry ENABLE TRIGGER USER")
            env["o2o.points.rule"].browse(self.rule_ids).unlink()
            env["o2o.card"].browse(self.card_id).unlink()
            env["loyalty.card"].search([("partner_id", "=", self.partner_id)]).unlink()
            env["res.partner"].browse(self.partner_id).unlink()

    def _delete_rows(self, cr, *tables):
        for table in tables:
            cr.execute(
                SQL(
                    "DELETE FROM %s WHERE partner_id = %s",
                    SQL.identifier(table),
                    self.partner_id,
                )
            )

    def _in_parallel(self, items, act):
        """Run ``act(partner, item)`` for all items at once, each in its own transaction
        and replayed as Odoo replays requests.

        :return: list of ids, None for each that was refused
        """
        barrier = threading.Barrier(len(items))
        results, failures = [], []

        def work(item):
            try:
                is_first = True
                for _replay in range(100):
                    try:
                        # commits at the end of the block, rolls back on errors
                        with self.registry.cursor() as cr:
                            env = api.Environment(cr, SUPERUSER_ID, {})
                            partner = env["res.partner"].browse(self.partner_id)
                            # the snapshot of this transaction is taken here
                            cr.execute("SELECT 1")
                            if is_first:
                                is_first = False
                                barrier.wait(timeout=60)
                            result = act(partner, item).id
                    except (SerializationFailure, ConcurrencyError):
                        continue
                    except UserError:
                        result = None
                    results.append(result)
                    return
                failures.append("no turn in 100 replays")
            except Exception as error:  # a thread must not fail silently
                failures.append(repr(error))

        threads = [threading.Thread(target=work, args=(item,)) for item in items]
        with mute_logger("odoo.sql_db"):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(120)
        self.assertEqual(failures, [])
        return results

    def _balances(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            partner = env["res.partner"].browse(self.partner_id)
            return partner.o2o_points, partner._o2o_points_account().points

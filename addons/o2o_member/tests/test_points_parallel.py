import threading

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

NUMBER = "88PARALLEL02"
THREADS = 6


@tagged("post_install", "-at_install")
class TestPointsParallel(TransactionCase):
    """Real connections and commits, cleaned up by the test itself."""

    def setUp(self):
        super().setUp()
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cards = env["o2o.card"]
            partner = env["res.partner"].create({"name": "O2O Parallel"})
            card = cards.create(
                {"number": NUMBER, "code_hash": cards._code_hash(NUMBER, "123456")}
            )
            card._activate(partner)
            partner._o2o_post_points(100, "manual", "parallel:start")
            self.card_id, self.partner_id = card.id, partner.id
        self.addCleanup(self._clean_up)

    def _clean_up(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            # only the owner of the table can do this; the ledger has no back door
            cr.execute(
                "DELETE FROM o2o_points_bucket WHERE partner_id = %s", [self.partner_id]
            )
            cr.execute("ALTER TABLE o2o_points_entry DISABLE TRIGGER USER")
            cr.execute(
                "DELETE FROM o2o_points_entry WHERE partner_id = %s", [self.partner_id]
            )
            cr.execute("ALTER TABLE o2o_points_entry ENABLE TRIGGER USER")
            env["o2o.card"].browse(self.card_id).unlink()
            env["loyalty.card"].search([("partner_id", "=", self.partner_id)]).unlink()
            env["res.partner"].browse(self.partner_id).unlink()

    def _in_parallel(self, keys, points, kind):
        barrier = threading.Barrier(len(keys))
        results, failures = [], []

        def post(key):
            try:
                is_first = True
                for _replay in range(50):
                    try:
                        # commits at the end of the block, rolls back on errors
                        with self.registry.cursor() as cr:
                            env = api.Environment(cr, SUPERUSER_ID, {})
                            partner = env["res.partner"].browse(self.partner_id)
                            # the snapshot of this transaction is taken here
                            cr.execute("SELECT 1")
                            if is_first:
                                is_first = False
                                barrier.wait(timeout=30)
                            entry_id = partner._o2o_post_points(points, kind, key).id
                    except SerializationFailure:
                        continue
                    except UserError:
                        entry_id = None
                    results.append(entry_id)
                    return
                failures.append("no turn in 50 replays")
            except Exception as error:  # a thread must not fail silently
                failures.append(repr(error))

        threads = [threading.Thread(target=post, args=(key,)) for key in keys]
        with mute_logger("odoo.sql_db"):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
        self.assertEqual(failures, [])
        return results

    def _balances(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            partner = env["res.partner"].browse(self.partner_id)
            return partner.o2o_points, partner._o2o_points_account().points

    def test_parallel_spending_stops_at_zero(self):
        """PTS-09: six tills spend 30 of 100 points at once; three succeed."""
        results = self._in_parallel(
            [f"parallel:{n}" for n in range(THREADS)], -30, "redeem"
        )
        self.assertEqual(sum(map(bool, results)), 3)
        self.assertEqual(self._balances(), (10, 10))

    def test_parallel_replays_are_one_row(self):
        """PTS-01: the same completion reported six times at once counts once."""
        results = self._in_parallel(["parallel:same"] * THREADS, 7, "manual")
        self.assertEqual(len(set(results)), 1)
        self.assertEqual(self._balances(), (107, 107))

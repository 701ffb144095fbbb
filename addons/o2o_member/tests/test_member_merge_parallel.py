import threading

from psycopg2.errors import DeadlockDetected, LockNotAvailable, SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.exceptions import ConcurrencyError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

NUMBERS = ("88PARALLEL03", "88PARALLEL04")
RETRIED = (SerializationFailure, DeadlockDetected, LockNotAvailable, ConcurrencyError)


@tagged("post_install", "-at_install")
class TestMemberMergeParallel(TransactionCase):
    """Real connections and commits, cleaned up by the test itself."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self._clean_up)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            cards = env["o2o.card"]
            self.partner_ids = []
            for number in NUMBERS:
                partner = env["res.partner"].create({"name": f"O2O {number}"})
                self.partner_ids.append(partner.id)
                cards.create(
                    {"number": number, "code_hash": cards._code_hash(number, "1")}
                )._activate(partner)
                partner._o2o_post_points(100, "manual", f"merge:{number}")
            self.card_ids = partner._o2o_points_account().ids
            orders = env["sale.order"].create(
                [{"partner_id": self.partner_ids[0]} for _n in range(4)]
            )
            self.order_ids = orders.ids

    def _clean_up(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            # only the owner of the tables can do this; the ledger has no back door
            guarded = (
                "o2o_member_merge_account",
                "o2o_member_merge",
                "o2o_points_entry",
            )
            ids = tuple(self.partner_ids)
            cr.execute("DELETE FROM o2o_points_bucket WHERE partner_id IN %s", [ids])
            for table in guarded:
                cr.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cr.execute(
                "DELETE FROM o2o_member_merge_account WHERE merge_id IN "
                "(SELECT id FROM o2o_member_merge WHERE survivor_id IN %s)",
                [ids],
            )
            cr.execute("DELETE FROM o2o_member_merge WHERE survivor_id IN %s", [ids])
            cr.execute("DELETE FROM o2o_points_entry WHERE partner_id IN %s", [ids])
            for table in guarded:
                cr.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            env["sale.order"].browse(self.order_ids).unlink()
            env["o2o.card"].search([("number", "in", NUMBERS)]).unlink()
            accounts = (
                env["loyalty.card"]
                .with_context(active_test=False)
                .search([("partner_id", "in", ids)])
            )
            accounts.filtered("o2o_merged_into_id").unlink()
            accounts.exists().unlink()
            # the levels the members got with their cards
            cr.execute("DELETE FROM o2o_level_membership WHERE partner_id IN %s", [ids])
            env["res.partner"].browse(ids).exists().unlink()

    def _replayed(self, failures, barrier, work):
        """Run as Odoo runs a request: again with a fresh view when it must."""
        is_first = True
        try:
            for _replay in range(50):
                try:
                    with self.registry.cursor() as cr:
                        env = api.Environment(cr, SUPERUSER_ID, {})
                        cr.execute("SELECT 1")  # the snapshot is taken here
                        if is_first:
                            is_first = False
                            barrier.wait(timeout=30)
                        work(env)
                except RETRIED:
                    continue
                return
            failures.append("no turn in 50 replays")
        except Exception as error:  # a thread must not fail silently
            failures.append(repr(error))

    def test_purchases_while_merging(self):
        """MEM-12: points of purchases of both members during a merge are all there."""
        source_id, survivor_id = self.partner_ids
        failures = []
        barrier = threading.Barrier(5)

        def merge(env):
            partners = env["res.partner"]
            env["o2o.member.merge"]._merge_members(
                partners.browse(survivor_id), partners.browse(source_id)
            )

        def purchase(order_id):
            def work(env):
                # as an order is completed: whose it is, is read from the order
                order = env["sale.order"].browse(order_id)
                order.partner_id._o2o_post_points(
                    10, "earn_purchase", f"merge:order:{order_id}", source=order
                )

            return work

        works = [merge, *map(purchase, self.order_ids)]
        threads = [
            threading.Thread(target=self._replayed, args=(failures, barrier, work))
            for work in works
        ]
        with mute_logger("odoo.sql_db"):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(120)
        self.assertEqual(failures, [])
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            survivor = env["res.partner"].browse(survivor_id)
            self.assertFalse(env["res.partner"].browse(source_id).exists())
            entries = env["o2o.points.entry"].search(
                [("partner_id", "=", survivor_id), ("kind", "=", "earn_purchase")]
            )
            self.assertEqual(len(entries), 4)
            self.assertEqual(survivor._o2o_points_account().points, 240)
            accounts = entries.loyalty_card_id | survivor._o2o_points_account()
            wrong = env["o2o.points.entry"]._cron_check_balances()
            self.assertFalse(set(wrong) & set(accounts.ids))

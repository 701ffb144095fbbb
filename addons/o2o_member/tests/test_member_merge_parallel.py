from functools import partial

from odoo.tests import tagged

from .common_parallel import ParallelCase

NUMBERS = ("88PARALLEL03", "88PARALLEL04")
_MERGE_TABLES = ("o2o_member_merge_account", "o2o_member_merge")


@tagged("post_install", "-at_install")
class TestMemberMergeParallel(ParallelCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(self._clean_up)
        with self._committed() as env:
            cards = env["o2o.card"]
            self.partner_ids = []
            for number in NUMBERS:
                partner = env["res.partner"].create({"name": f"O2O {number}"})
                self.partner_ids.append(partner.id)
                cards.create(
                    {"number": number, "code_hash": cards._code_hash(number, "1")}
                )._activate(partner)
                partner._o2o_post_points(100, "manual", f"merge:{number}")
            orders = env["sale.order"].create(
                [{"partner_id": self.partner_ids[0]} for _n in range(4)]
            )
            self.order_ids = orders.ids

    def _clean_up(self):
        with self._committed() as env:
            with self._unguarded(env, *_MERGE_TABLES):
                env.cr.execute(
                    "DELETE FROM o2o_member_merge_account WHERE merge_id IN "
                    "(SELECT id FROM o2o_member_merge WHERE survivor_id = ANY(%s))",
                    [self.partner_ids],
                )
                env.cr.execute(
                    "DELETE FROM o2o_member_merge WHERE survivor_id = ANY(%s)",
                    [self.partner_ids],
                )
            env["sale.order"].browse(self.order_ids).unlink()
            self._delete_members(env, self.partner_ids)

    def test_purchases_while_merging(self):
        """MEM-12: points of purchases of both members during a merge are all there."""
        source_id, survivor_id = self.partner_ids

        def merge(env):
            partners = env["res.partner"]
            env["o2o.member.merge"]._merge_members(
                partners.browse(survivor_id), partners.browse(source_id)
            )

        def purchase(order_id, env):
            # as an order is completed: whose it is, is read from the order
            order = env["sale.order"].browse(order_id)
            order.partner_id._o2o_post_points(
                10, "earn_purchase", f"merge:order:{order_id}", source=order
            )

        self._at_once([merge, *(partial(purchase, id_) for id_ in self.order_ids)])
        with self._committed() as env:
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

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common_sourcing import SourcingCase


@tagged("post_install", "-at_install")
class TestSourcingRehearsal(SourcingCase):
    """Idea 8: try rules on past orders before they are used."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "o2o_rehearsal_manager",
            groups="base.group_user,o2o_order.o2o_order_group_manager",
        )
        cls._set_stock(cls.near, cls.product, 90)
        cls._set_stock(cls.far, cls.product, 90)
        cls.past = cls.env["o2o.fulfillment"]
        for _number in range(4):
            cls.past |= cls._place()
        cls.big = cls._place([(cls.product, 150)])
        cls.draft = cls._create_rules(
            {"region": 0},
            ["head_office"],
            weight_distance=50,
            weight_load=50,
            scale_load=1.0,
            max_parcels=2,
        )
        cls.env.flush_all()

    def _rehearse(self, **vals):
        now = fields.Datetime.now()
        rehearsal = (
            self.env["o2o.sourcing.rehearsal"]
            .with_user(self.manager)
            .create(
                {
                    "rule_set_id": self.draft.id,
                    "date_from": now - timedelta(hours=1),
                    "date_to": now + timedelta(hours=1),
                    **vals,
                }
            )
        )
        rehearsal.action_start()
        while rehearsal.state == "running":
            rehearsal.sudo()._run_batch(limit=2)
        return rehearsal

    def test_report_compares(self):
        """Idea 8: parcels, distance, load per store, winners and losers."""
        rehearsal = self._rehearse(basis="then")
        self.assertEqual(rehearsal.state, "done")
        self.assertEqual((rehearsal.total_count, rehearsal.done_count), (5, 5))
        self.assertEqual(rehearsal.one_parcel_before, 80.0)
        self.assertEqual(rehearsal.head_office_before, 20.0)
        # the load now counts, and the big order is split
        self.assertEqual(rehearsal.split_after, 20.0)
        self.assertGreater(rehearsal.changed_count, 1)
        by_store = {it.store_id: it for it in rehearsal.store_ids}
        self.assertEqual(by_store[self.near].orders_before, 4)
        self.assertGreater(by_store[self.far].difference, 0)
        self.assertEqual(by_store[self.head_office].difference, -1)
        self.assertGreater(rehearsal.distance_after, rehearsal.distance_before)
        self.assertIn("orders would go elsewhere", rehearsal.summary)
        self.assertIn("written down", rehearsal.basis_note)

    def test_same_rules_change_nothing(self):
        """Idea 8: the rules that were in use give what happened."""
        self.draft = self._create_rules(
            {"region": 0},
            ["head_office"],
            weight_distance=1,
            weight_depth=0,
            weight_load=0,
            weight_score=0,
            head_office_needs_goods=False,
        )
        for basis in ("then", "now"):
            rehearsal = self._rehearse(basis=basis)
            self.assertEqual(rehearsal.changed_count, 0, basis)
            self.assertEqual(rehearsal.winner_count + rehearsal.loser_count, 0)

    def test_result_is_reproducible(self):
        """Idea 8: twice the same, in batches of any size; stock of then stays then."""
        first = self._rehearse(basis="then")
        self._set_stock(self.near, self.product, -95)
        self._set_stock(self.far, self.product, -20)
        second = self._rehearse(basis="then")
        self.assertTrue(first.digest)
        self.assertEqual(first.digest, second.digest)
        third = self._rehearse(basis="now")
        self.assertNotEqual(first.digest, third.digest)

    def test_orders_are_not_touched(self):
        """Idea 8: a rehearsal is on paper."""
        self.env.flush_all()
        decisions = self.env["o2o.routing.decision"].search_count([])
        before = [(it.write_date, it.state, it.store_id) for it in self.past]
        self._rehearse()
        self.past.invalidate_recordset()
        self.assertEqual(
            before, [(it.write_date, it.state, it.store_id) for it in self.past]
        )
        self.assertEqual(decisions, self.env["o2o.routing.decision"].search_count([]))

    def test_published_from_the_report(self):
        rehearsal = self._rehearse()
        self.assertTrue(rehearsal.can_publish)
        rehearsal.action_publish()
        self.assertEqual(self.draft.state, "published")
        self.assertFalse(rehearsal.can_publish)

    def test_unfinished_report_publishes_nothing(self):
        rehearsal = self._rehearse()
        rehearsal.action_start()
        self.assertEqual(rehearsal.done_count, 0)
        with self.assertRaises(UserError):
            rehearsal.action_publish()
        rehearsal.action_stop()
        self.assertEqual(rehearsal.state, "stopped")

    def test_job_runs_what_was_started(self):
        """Idea 8: in the background, with progress."""
        rehearsal = self._rehearse()
        rehearsal.action_start()
        with self.enter_registry_test_mode():
            self.env.ref(
                "o2o_order.o2o_sourcing_rehearsal_cron"
            ).method_direct_trigger()
        rehearsal.invalidate_recordset()
        self.assertEqual((rehearsal.state, rehearsal.progress), ("done", 100))

    def test_no_orders(self):
        now = fields.Datetime.now()
        rehearsal = self._rehearse(
            date_from=now - timedelta(days=900), date_to=now - timedelta(days=899)
        )
        self.assertEqual(rehearsal.state, "done")
        self.assertIn("no orders", rehearsal.summary)

    def test_only_managers_rehearse(self):
        """SYS-05: head office may read a report, not start one."""
        rehearsal = self._rehearse()
        as_user = rehearsal.with_user(self.head_office_user)
        self.assertTrue(as_user.summary)
        for action in ("action_start", "action_publish"):
            with self.assertRaises(AccessError):
                getattr(as_user, action)()
        with self.assertRaises(AccessError):
            rehearsal.with_user(self.cashier).read(["summary"])

from datetime import timedelta

from odoo.tests import freeze_time, tagged

from .common import GUIYANG
from .common_sourcing import SourcingCase

NOON = "2026-11-23 04:00:00"


@tagged("post_install", "-at_install")
class TestSourcingPool(SourcingCase):
    """ROUT-03, idea 11: who may grab, and when."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the near store is 5.2 km from the member, the far one 24 km
        cls.rules = cls._publish(
            {"region": 0},
            ["head_office"],
            pool_radius_km=3.0,
            pool_step_km=3.0,
            pool_step_minutes=1.0,
            pool_max_km=30.0,
            pool_head_start_seconds=10.0,
        )
        with freeze_time(NOON):
            order = cls._create_order()
            cls.fulfillment = order._o2o_create_fulfillment(
                {
                    "store_id": False,
                    "lines": [
                        [line.id, qty] for line, qty in order._o2o_get_wanted().items()
                    ],
                }
            )
            decision = cls.env["o2o.routing.decision"].create(
                {
                    "order_id": order.id,
                    "rule": "pool",
                    "rule_set_id": cls.rules.id,
                    "parts": [],
                }
            )
            cls.fulfillment.routing_id = decision
            cls.fulfillment.pooled_at = NOON
        cls.start = cls.fulfillment.pooled_at

    def _see(self, seconds):
        return self.env["o2o.sourcing"]._get_pool_stores(
            self.fulfillment, self.start + timedelta(seconds=seconds)
        )

    def test_radius_widens(self):
        self.assertFalse(self._see(0))
        self.assertEqual(self._see(60), self.near)
        self.assertEqual(self._see(9 * 60), self.near | self.far)

    def test_next_change_is_known(self):
        sourcing = self.env["o2o.sourcing"]
        self.assertEqual(
            sourcing._get_pool_next_change(self.fulfillment, self.start),
            self.start + timedelta(seconds=60),
        )
        self.assertEqual(
            sourcing._get_pool_radius_km(
                self.fulfillment, self.start + timedelta(seconds=61)
            ),
            6.0,
        )

    def test_only_stores_that_could(self):
        """ROUT-03: with all goods, open, not paused, not after refusing it."""
        self.near.paused_until = self.start + timedelta(hours=1)
        self.assertNotIn(self.near, self._see(60))
        self.near.paused_until = False
        self._set_stock(self.near, self.product, -9)
        self.assertNotIn(self.near, self._see(60))
        self._set_stock(self.near, self.product, 9)
        offer = self.env["o2o.offer"].create(
            {
                "fulfillment_id": self.fulfillment.id,
                "store_id": self.near.id,
                "offered_at": self.start,
                "state": "rejected",
            }
        )
        self.assertTrue(offer)
        self.assertNotIn(self.near, self._see(60))

    def test_city_and_area_do_not_count(self):
        """ROUT-03: a store may take by itself what it would not be asked for."""
        self.near.write({"area_radius_km": 0.5, "region_id": self.chengdu.id})
        self.assertEqual(self._see(60), self.near)

    def test_rest_after_a_drop(self):
        """Idea 11: a store that drops an order rests for a while."""
        with freeze_time(self.start + timedelta(seconds=50)):
            self.env["o2o.sourcing"]._note_drop(self.near)
        self.assertFalse(self._see(60))
        self.assertEqual(self._see(31 * 60), self.near | self.far)

    def test_cap_of_unfinished_grabs(self):
        """Idea 11: three grabbed orders open, no fourth."""
        self._set_stock(self.near, self.product, 50)
        grabbed = self.env["o2o.fulfillment"]
        for _number in range(3):
            grabbed |= self._place()
        grabbed.grabbed_at = self.start
        grabbed._mark_accepted()
        self.env.flush_all()
        self.assertFalse(self._see(75))
        grabbed[0]._mark_shipped()
        self.env.flush_all()
        self.assertEqual(self._see(75), self.near)

    def test_starved_store_is_told_first(self):
        """Idea 11: the store that got nothing this week is ten seconds earlier."""
        twin = self._create_near_store("TWIN")
        self._set_stock(twin, self.product, 10)
        with freeze_time(self.start - timedelta(days=1)):
            served = self._place()
            self.assertIn(served.store_id, self.near | twin)
            served._mark_accepted()
        starved = (self.near | twin) - served.store_id
        self.env.flush_all()
        self.assertEqual(self._see(60), starved)
        self.assertEqual(self._see(70), self.near | twin)

    def test_position_of_the_city_stands_in(self):
        """ROUT-04: an address without coordinates is where its district is."""
        self.assertEqual(
            self.env["o2o.sourcing"]._get_destination(self.fulfillment.order_id),
            GUIYANG,
        )

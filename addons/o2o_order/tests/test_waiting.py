from datetime import timedelta
from uuid import uuid4

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import freeze_time, tagged

from .common import O2oOrderCase


@tagged("post_install", "-at_install")
class TestWaiting(O2oOrderCase):
    """Invariants 2 and 3: an order without a store keeps what it was promised."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.o2o_hold_limit = 0
        cls._publish(pool_radius_km=100.0, pool_max_km=100.0)

    @classmethod
    def _publish(cls, **vals):
        cls.env["o2o.sourcing.rule.set"].create(
            {"name": "Test", **vals}
        ).action_publish()

    def _held(self, fulfillment):
        """:return: ``{warehouse: quantity}`` held for a part now"""
        holds = self.env["o2o.stock.hold"].search(
            [("res_model", "=", "o2o.fulfillment"), ("res_id", "=", fulfillment.id)]
        )
        held = {}
        for hold in holds.filtered(
            lambda it: it.state == "active" and it.until > fields.Datetime.now()
        ):
            held[hold.warehouse_id] = held.get(hold.warehouse_id, 0) + hold.quantity
        return held

    def _free(self, store, product):
        return store._get_free_quantities(product)[store][product]

    def _into_pool(self, fulfillment):
        fulfillment._move_to_store(self.env["o2o.store"])
        fulfillment._present_by_pool()
        return fulfillment

    def test_last_piece_stays_promised_in_the_pool(self):
        """Another buyer does not get what a pooled order waits for."""
        fulfillment = self._into_pool(self._place([(self.scarce, 2)]))
        self.assertFalse(fulfillment.store_id)
        self.assertEqual(self._held(fulfillment), {self.far.warehouse_id: 2})
        self.assertEqual(self._free(self.far, self.scarce), 0)
        with self.assertRaises(ValidationError):
            self._create_order([(self.scarce, 1)])

    def test_its_own_goods_do_not_stand_in_its_way(self):
        """The store that holds them is asked, and may grab."""
        fulfillment = self._into_pool(self._place([(self.scarce, 2)]))
        self.assertEqual(fulfillment.announcement_ids.store_id, self.far)
        fulfillment._grab(self.far)
        self.assertEqual(fulfillment.state, "accepted")
        self.assertEqual(fulfillment.picking_ids.move_ids.state, "assigned")
        self.assertEqual(self._held(fulfillment), {})
        self.assertFalse(fulfillment.hold_key)
        self.assertEqual(self._free(self.far, self.scarce), 0)

    def test_another_store_grabs(self):
        """The hold goes when the goods are reserved elsewhere."""
        fulfillment = self._into_pool(self._place([(self.product, 4)]))
        (place,) = self._held(fulfillment)
        other = self.far if place == self.near.warehouse_id else self.near
        fulfillment._grab(other)
        self.assertEqual(self._held(fulfillment), {})
        self.assertEqual(
            self._free(self.near, self.product), 10 - 4 * (other == self.near)
        )
        self.assertEqual(
            self._free(self.far, self.product), 10 - 4 * (other == self.far)
        )

    def test_refused_grab_keeps_the_hold(self):
        fulfillment = self._into_pool(self._place([(self.product, 4)]))
        (place,) = self._held(fulfillment)
        other = self.far if place == self.near.warehouse_id else self.near
        self.env["o2o.stock"]._claim(
            f"test/{uuid4()}",
            [(self.product, other.warehouse_id, 8)],
            fields.Datetime.now() + timedelta(hours=1),
        )
        with self.assertRaises(UserError), self.env.cr.savepoint():
            fulfillment._grab(other)
        self.assertEqual(self._held(fulfillment), {place: 4})

    def test_store_that_drops_keeps_nothing_when_another_can(self):
        """The goods of an order that was handed back wait at a store that can."""
        fulfillment = self._into_pool(self._place([(self.product, 4)]))
        fulfillment._grab(self.near)
        fulfillment._drop("Broken")
        self.assertEqual(self._held(fulfillment), {self.far.warehouse_id: 4})
        self.assertEqual(self._free(self.near, self.product), 10)

    def test_last_piece_stays_where_it_was_dropped(self):
        """Nobody else has it: better held there than sold to somebody else."""
        fulfillment = self._into_pool(self._place([(self.scarce, 2)]))
        fulfillment._grab(self.far)
        fulfillment._drop("No time")
        self.assertEqual(self._held(fulfillment), {self.far.warehouse_id: 2})

    def test_nobody_can_serve(self):
        """ROUT-04: what there is of it stays promised until somebody decides."""
        fulfillment = self._place([(self.scarce, 2)])
        fulfillment._move_to_store(self.env["o2o.store"])
        fulfillment._present_by_choice()
        self.assertEqual(self._held(fulfillment), {self.far.warehouse_id: 2})
        fulfillment.with_user(self.head_office_user).action_route_again()
        self.assertEqual(fulfillment.store_id, self.far)
        self.assertEqual(fulfillment.picking_ids.move_ids.state, "assigned")
        self.assertEqual(self._held(fulfillment), {})

    def test_cancelled_order_gives_back(self):
        fulfillment = self._into_pool(self._place([(self.scarce, 2)]))
        fulfillment.order_id._o2o_cancel("head_office")
        self.assertEqual(self._held(fulfillment), {})
        self.assertEqual(self._free(self.far, self.scarce), 2)

    def test_first_step_is_the_pool(self):
        """An order that comes in by the pool is held once, under its part."""
        self._publish(method="pool", pool_radius_km=100.0, pool_max_km=100.0)
        fulfillment = self._place([(self.product, 4)])
        self.assertEqual(fulfillment.state, "pooled")
        self.assertEqual(sum(self._held(fulfillment).values()), 4)
        free = sum(self._free(store, self.product) for store in (self.near, self.far))
        self.assertEqual(free, 16)

    def test_however_long_it_waits(self):
        """The job does not end the hold of an order that waits."""
        fulfillment = self._into_pool(self._place([(self.scarce, 2)]))
        with freeze_time(fields.Datetime.now() + timedelta(days=31)):
            self.env["o2o.stock"]._expire_overdue(limit=100)
            self.assertEqual(self._held(fulfillment), {self.far.warehouse_id: 2})
            fulfillment.order_id._o2o_cancel("head_office")
            self.assertEqual(self._held(fulfillment), {})

    def test_two_parts_wait_for_the_same_goods(self):
        """Each has its own; one does not take the other's."""
        first = self._into_pool(self._place([(self.scarce, 1)]))
        second = self._into_pool(self._place([(self.scarce, 1)]))
        first.order_id._o2o_cancel("head_office")
        self.assertEqual(self._held(second), {self.far.warehouse_id: 1})
        second._grab(self.far)
        self.assertEqual(second.picking_ids.move_ids.state, "assigned")
        self.assertEqual(self._free(self.far, self.scarce), 1)

    def test_sold_at_the_till_by_a_manager(self):
        """Idea 4: the order waits with the goods of another store."""
        fulfillment = self._into_pool(self._place([(self.product, 10)]))
        (place,) = self._held(fulfillment)
        store = self.near if place == self.near.warehouse_id else self.far
        till = self._till(store)
        till.picking_type_id = place.pos_type_id
        seller = store.user_ids[0]
        seller.group_ids += self.env.ref("point_of_sale.group_pos_manager")
        self.env["o2o.stock.till"].with_user(seller).override(
            till.id, str(uuid4()), [[self.product.id, 1]], "At the counter"
        )
        (now,) = self._held(fulfillment)
        self.assertNotEqual(now, place)
        self.assertEqual(self._held(fulfillment), {now: 10})

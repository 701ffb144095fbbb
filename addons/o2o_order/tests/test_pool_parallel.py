from odoo.tests import new_test_user, tagged

from .common import GUANSHANHU
from .common_parallel import ParallelOrderCase

STORES = 30


@tagged("post_install", "-at_install")
class TestPoolParallel(ParallelOrderCase):
    @classmethod
    def setUpClass(cls):
        # stores are made with the chain, so that they are committed with it
        super().setUpClass()
        cls.staff = new_test_user(
            cls.env,
            "o2o_grabber",
            groups="base.group_user,point_of_sale.group_pos_user",
        )
        cls.stores = cls.env["o2o.store"]
        for number in range(STORES):
            store = cls._create_store(
                f"G{number:02d}", cls.guanshanhu, GUANSHANHU, cls.staff
            )
            cls._set_stock(store, cls.product, 5)
            cls.stores |= store
        (cls.near | cls.far).is_paused = True
        cls.env["o2o.sourcing.rule.set"].create(
            {"name": "Pool", "pool_radius_km": 50.0, "pool_max_km": 50.0}
        ).action_publish()
        cls.tills = {store: cls._till(store).id for store in cls.stores}
        cls.env.flush_all()
        cls.cr._cnx.commit()

    def test_thirty_grabs_have_one_winner(self):
        """ROUT-03, idea 11: one store has it, the others are told which."""
        fulfillment_id = self._commit(self._pool_one)

        def grab(store):
            return lambda env: (
                env["o2o.fulfillment"]
                .with_user(self.staff.id)
                .pos_grab(self.tills[store], fulfillment_id)
            )

        answers = self._in_parallel([grab(store) for store in self.stores])
        statuses = [answer["status"] for answer in answers]
        self.assertEqual(statuses.count("ok"), 1, statuses)
        self.assertEqual(statuses.count("taken"), STORES - 1, statuses)
        winner = self.stores[statuses.index("ok")]
        for answer in answers:
            if answer["status"] == "taken":
                self.assertIn(winner.name, answer["message"])
                self.assertFalse(answer["order"])
        state, store_id, rows, events, reserved = self._commit(
            lambda env: self._look(env, fulfillment_id)
        )
        self.assertEqual((state, store_id), ("accepted", winner.id))
        self.assertEqual(sorted(rows), ["lost"] * (STORES - 1) + ["won"])
        self.assertEqual(events.count("accepted"), 1)
        self.assertEqual(reserved, {winner.warehouse_id.id: 2.0})

    def _pool_one(self, env):
        cls = type(self)
        before, cls.env = cls.env, env
        try:
            order = cls._create_order(
                [(self.product.with_env(env), 2)], carrier=self.carrier.with_env(env)
            )
            order.action_confirm()
            fulfillment = order.o2o_fulfillment_ids
            fulfillment._move_to_store(env["o2o.store"])
            fulfillment._present_by_pool()
            return fulfillment.id
        finally:
            cls.env = before

    def _look(self, env, fulfillment_id):
        fulfillment = env["o2o.fulfillment"].browse(fulfillment_id)
        quants = env["stock.quant"].search(
            [("product_id", "=", self.product.id), ("reserved_quantity", ">", 0)]
        )
        return (
            fulfillment.state,
            fulfillment.store_id.id,
            fulfillment.announcement_ids.mapped("state"),
            fulfillment.event_ids.mapped("kind"),
            {q.location_id.warehouse_id.id: q.reserved_quantity for q in quants},
        )

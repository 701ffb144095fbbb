from odoo.tests import tagged
from odoo.tools import SQL

from .common_parallel import ParallelOrderCase


@tagged("post_install", "-at_install")
class TestWaitingParallel(ParallelOrderCase):
    """The same on real connections, where holds follow the commit (invariant 3)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["o2o.sourcing.rule.set"].create(
            {"name": "Pool", "pool_radius_km": 100.0, "pool_max_km": 100.0}
        ).action_publish()
        cls.env.flush_all()
        cls.cr._cnx.commit()

    def _pool_one(self, quantity):
        def act(env):
            cls = type(self)
            before, cls.env = cls.env, env
            try:
                order = cls._create_order(
                    [(self.scarce.with_env(env), quantity)],
                    carrier=self.carrier.with_env(env),
                )
                order.action_confirm()
                part = order.o2o_fulfillment_ids
                part._move_to_store(env["o2o.store"])
                part._present_by_pool()
                return part.id
            finally:
                cls.env = before

        part_id = self._commit(act)
        self.addCleanup(
            self._commit,
            lambda env: (
                env["o2o.fulfillment"].browse(part_id).order_id._o2o_cancel("other")
            ),
        )
        return part_id

    def _facts(self, part_id):
        """:return: tuple: pieces held for a part at the far store, held there for
        anybody, reserved there; as committed"""
        with self.registry.cursor() as cr:
            cr.execute(
                SQL(
                    "SELECT COALESCE(SUM(quantity) FILTER (WHERE key LIKE %s), 0),"
                    "       COALESCE(SUM(quantity), 0)"
                    "  FROM o2o_stock_hold WHERE state = 'active'"
                    "   AND until > now() at time zone 'UTC'"
                    "   AND warehouse_id = %s AND product_id = %s",
                    f"o2o.fulfillment/{part_id}/%",
                    self.far.warehouse_id.id,
                    self.scarce.id,
                )
            )
            own, held = map(float, cr.fetchone())
            cr.execute(
                SQL(
                    "SELECT COALESCE(SUM(reserved_quantity), 0) FROM stock_quant"
                    " WHERE product_id = %s AND location_id = %s",
                    self.scarce.id,
                    self.far.warehouse_id.lot_stock_id.id,
                )
            )
            return own, held, float(cr.fetchone()[0])

    def _grab(self, part_id, store):
        user, till = store.user_ids[:1].id, self._till(store).id
        return self._commit(
            lambda env: env["o2o.fulfillment"].with_user(user).pos_grab(till, part_id)
        )

    def test_goods_of_a_waiting_order_are_held_until_somebody_grabs(self):
        """Reserved, then held, then reserved: never free for another buyer."""
        part_id = self._pool_one(2)
        self.assertEqual(self._facts(part_id), (2, 2, 0))
        shortages = self._commit(
            lambda env: env["o2o.stock"]._claim(
                "test/other",
                [(self.scarce.with_env(env), self.far.warehouse_id.with_env(env), 1)],
                env.cr.now().replace(year=2100),
            )
        )
        self.assertTrue(shortages)
        self.assertEqual(self._grab(part_id, self.far)["status"], "ok")
        self.assertEqual(self._facts(part_id), (0, 0, 2))

    def test_refused_grab_keeps_what_was_held(self):
        """A grab that is refused at the last moment has ended no hold."""
        part_id = self._pool_one(2)

        def grab_and_fail(env):
            part = env["o2o.fulfillment"].browse(part_id)
            try:
                with env.cr.savepoint():
                    part._grab(self.far.with_env(env))
                    raise ZeroDivisionError
            except ZeroDivisionError:
                part.invalidate_recordset()
            return part.state

        self.assertEqual(self._commit(grab_and_fail), "pooled")
        self.assertEqual(self._facts(part_id), (2, 2, 0))
        self.assertEqual(self._grab(part_id, self.far)["status"], "ok")
        self.assertEqual(self._facts(part_id), (0, 0, 2))

    def test_failed_timer_keeps_the_reservation(self):
        """What a timer undid to its savepoint is promised as before, once."""
        part_id = self._pool_one(2)
        self._grab(part_id, self.far)

        def drop_and_fail(env):
            part = env["o2o.fulfillment"].browse(part_id)
            try:
                with env.cr.savepoint():
                    part._drop("Broken")
                    raise ZeroDivisionError
            except ZeroDivisionError:
                part.invalidate_recordset()
            return part.state, part.hold_key

        self.assertEqual(self._commit(drop_and_fail), ("accepted", False))
        self.assertEqual(self._facts(part_id), (0, 0, 2))

    def test_failed_request_holds_nothing(self):
        """A request that fails as a whole leaves no hold of a part that waits."""
        part_id = self._pool_one(2)
        self._grab(part_id, self.far)

        def drop_and_fail(env):
            env["o2o.fulfillment"].browse(part_id)._drop("Broken")
            raise ZeroDivisionError

        with self.assertRaises(ZeroDivisionError):
            self._commit(drop_and_fail)
        self.assertEqual(self._facts(part_id), (0, 0, 2))

import json
from datetime import timedelta
from unittest.mock import patch

from psycopg2.pool import PoolError

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .common_sourcing import SourcingCase

#: about 60 km away from the member, in the same city
QINGZHEN = (26.9, 106.1)


@tagged("post_install", "-at_install")
class TestPool(SourcingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cashier_edge = new_test_user(
            cls.env,
            "o2o_cashier_edge",
            groups="base.group_user,point_of_sale.group_pos_user",
        )
        cls.edge = cls._create_store("EDGE", cls.guiyang, QINGZHEN, cls.cashier_edge)
        cls._set_stock(cls.edge, cls.product, 10)
        # the member is in the centre of the district: near 5 km, far 24 km
        cls.rules = cls._publish(
            pool_radius_km=6.0,
            pool_step_km=6.0,
            pool_step_minutes=0.5,
            pool_max_km=100.0,
            pool_cooldown_minutes=15.0,
            pool_head_start_seconds=0.0,
        )

    def setUp(self):
        super().setUp()
        self.start = fields.Datetime.now()
        # claims are committed by themselves: here they share the test's transaction
        self.startPatcher(
            patch.object(type(self.env["o2o.pool.claim"]), "_own_cursor", self._cursor)
        )

    def _cursor(self, _claims=None):
        return _SameCursor(self.env.cr)

    def _pool(self, lines=None, **vals):
        """An order that looks for a store by the pool."""
        with freeze_time(self.start):
            fulfillment = self._place(lines, **vals)
            fulfillment._move_to_store(self.env["o2o.store"])
            fulfillment._present_by_pool()
        return fulfillment

    def _grab(self, user, store, fulfillment):
        return (
            self.env["o2o.fulfillment"]
            .with_user(user)
            .pos_grab(self._till(store).id, fulfillment.id)
        )

    def _drop(self, user, store, fulfillment, note="No bottle left"):
        """At the start of the test's time, however slow the machine is."""
        fulfillments = self.env["o2o.fulfillment"].with_user(user)
        with freeze_time(self.start):
            return fulfillments.pos_drop(self._till(store).id, fulfillment.id, note)

    def _seen_by(self, user, store):
        board = (
            self.env["o2o.fulfillment"].with_user(user).pos_board(self._till(store).id)
        )
        return board["pool"]

    def _after(self, seconds):
        with (
            freeze_time(self.start + timedelta(seconds=seconds)),
            self.enter_registry_test_mode(),
        ):
            self.env.ref("o2o_order.o2o_timer_cron").method_direct_trigger()
        self.env.invalidate_all()

    def _stock(self, store):
        quants = self.env["stock.quant"].search(
            [
                ("product_id", "=", self.product.id),
                ("location_id", "child_of", store.warehouse_id.lot_stock_id.id),
            ]
        )
        return sum(quants.mapped("reserved_quantity"))

    def test_pooled_order_belongs_to_no_store(self):
        """ROUT-03: goods are reserved nowhere, no bell of one store rings."""
        fulfillment = self._pool()
        self.assertEqual(fulfillment.state, "pooled")
        self.assertFalse(fulfillment.store_id)
        self.assertFalse(fulfillment._get_open_offers())
        self.assertEqual(self._stock(self.near), 0)

    def test_circle_widens_step_by_step(self):
        """Idea 11: the nearest stores first, farther ones as time passes."""
        fulfillment = self._pool()

        def asked():
            return fulfillment.announcement_ids.store_id

        self.assertEqual(asked(), self.near)
        self._after(31)
        self.assertEqual(asked(), self.near)
        self._after(125)
        self.assertEqual(asked(), self.near | self.far)
        self.assertNotIn(self.edge, asked())

    def test_stores_of_another_city_or_without_goods_are_not_asked(self):
        """ROUT-03: only a store that could serve it."""
        fulfillment = self._pool([(self.scarce, 1)])
        self.assertFalse(fulfillment.announcement_ids)
        self._after(125)
        self.assertEqual(fulfillment.announcement_ids.store_id, self.far)

    def test_announcement_names_no_member(self):
        """ROUT-03, invariant 8: what, how many, how far; the district, no more."""
        self._pool(o2o_note="Call Miss Li")
        [shown] = self._seen_by(self.cashier, self.near)
        self.assertEqual(
            set(shown),
            {
                "id",
                "name",
                "delivery_kind",
                "item_count",
                "lines",
                "distance_km",
                "district",
                "pooled_at",
                "until",
            },
        )
        text = json.dumps(shown, ensure_ascii=False)
        for secret in ("张三", "13900000001", "长岭南路", "Miss Li", "S0"):
            self.assertNotIn(secret, text)
        self.assertEqual(shown["lines"][0]["quantity"], 2)
        self.assertEqual(shown["district"], self.guanshanhu.name)

    def test_first_tap_wins_and_reserves(self):
        """ROUT-03: accepted by that store, its goods reserved, others told who won."""
        fulfillment = self._pool()
        self._after(125)
        heard = []
        PosConfig = type(self.env["pos.config"])

        def notify(config, message, payload):
            if message == "O2O_POOL_CHANGED":
                heard.append((config.o2o_store_id, payload["event"], payload["store"]))

        with patch.object(PosConfig, "_notify", notify):
            answer = self._grab(self.cashier_far, self.far, fulfillment)
        self.assertEqual(answer["status"], "ok")
        self.assertEqual(answer["order"]["partner_phone"], "13900000001")
        self.assertEqual(fulfillment.state, "accepted")
        self.assertEqual(fulfillment.store_id, self.far)
        self.assertEqual(fulfillment.accepted_by_id, self.cashier_far)
        self.assertEqual(self._stock(self.far), 2)
        self.assertEqual(heard, [(self.near, "taken", "Store FAR")])
        self.assertEqual(
            {row.store_id: row.state for row in fulfillment.announcement_ids},
            {self.far: "won", self.near: "lost"},
        )
        answer = self._grab(self.cashier, self.near, fulfillment)
        self.assertEqual(answer["status"], "taken")
        self.assertIn("Store FAR", answer["message"])
        self.assertFalse(answer["order"])
        self.assertFalse(self._seen_by(self.cashier, self.near))

    def test_tap_that_is_repeated_is_fine(self):
        fulfillment = self._pool()
        for _twice in range(2):
            answer = self._grab(self.cashier, self.near, fulfillment)
            self.assertEqual(answer["status"], "ok")
        self.assertEqual(fulfillment.event_ids.mapped("kind").count("accepted"), 1)

    def test_store_that_was_not_asked_learns_nothing(self):
        """ROUT-03: attack: another store, another till, any number."""
        fulfillment = self._pool()
        answer = self._grab(self.cashier_edge, self.edge, fulfillment)
        self.assertEqual((answer["status"], answer["order"]), ("gone", False))
        with self.assertRaises(AccessError):
            self._grab(self.cashier_edge, self.near, fulfillment)
        with self.assertRaises(AccessError):
            self._grab(self.member, self.near, fulfillment)
        accepted = self._place([(self.product, 1)])
        answer = self._grab(self.cashier_edge, self.edge, accepted)
        self.assertEqual((answer["status"], answer["order"]), ("gone", False))
        answer = (
            self.env["o2o.fulfillment"]
            .with_user(self.cashier)
            .pos_grab(self._till(self.near).id, 2**30)
        )
        self.assertEqual(answer["status"], "gone")
        self.assertEqual(fulfillment.state, "pooled")

    def test_goods_that_are_gone_refuse_the_grab(self):
        """ROUT-03: nothing is accepted that cannot be reserved; others may try."""
        fulfillment = self._pool()
        self._after(125)
        self._set_stock(self.near, self.product, -10)
        answer = self._grab(self.cashier, self.near, fulfillment)
        self.assertEqual(answer["status"], "refused")
        self.assertEqual(fulfillment.state, "pooled")
        self.assertFalse(fulfillment.store_id)
        answer = self._grab(self.cashier_far, self.far, fulfillment)
        self.assertEqual(answer["status"], "ok")

    def test_cap_on_unfinished_grabs(self):
        """Idea 11: finish one first."""
        self._publish(pool_max_unfinished=1, pool_max_km=100.0, pool_radius_km=6.0)
        first, second = self._pool([(self.product, 1)]), self._pool([(self.product, 1)])
        self.assertEqual(self._grab(self.cashier, self.near, first)["status"], "ok")
        answer = self._grab(self.cashier, self.near, second)
        self.assertEqual(answer["status"], "refused")
        self.assertIn("1", answer["message"])
        first._mark_shipped()
        self.assertEqual(self._grab(self.cashier, self.near, second)["status"], "ok")

    def test_drop_hands_back_and_rests(self):
        """Idea 11: with a reason, to other stores, and the store pauses."""
        fulfillment = self._pool()
        self._grab(self.cashier, self.near, fulfillment)
        self.assertEqual(
            self._drop(self.cashier, self.near, fulfillment, " ")["status"], "refused"
        )
        answer = self._drop(self.cashier, self.near, fulfillment)
        self.assertEqual((answer["status"], answer["order"]), ("ok", False))
        self.assertEqual(fulfillment.state, "pooled")
        self.assertFalse(fulfillment.accepted_by_id)
        self.assertEqual(self._stock(self.near), 0)
        self.assertIn("dropped", fulfillment.event_ids.mapped("kind"))
        self.assertEqual(
            self._drop(self.cashier, self.near, fulfillment)["status"], "gone"
        )
        # not this one again, and no other one for a while
        self._after(125)
        self.assertEqual(fulfillment._get_open_announcements().store_id, self.far)
        other = self._pool([(self.product, 1)])
        self.assertNotIn(self.near, other.announcement_ids.store_id)
        self.assertEqual(self.near._get_pool_refusal(fields.Datetime.now()), "rest")
        with freeze_time(self.start + timedelta(minutes=20)):
            self.assertFalse(self.near._get_pool_refusal(fields.Datetime.now()))
        self.assertEqual(self.near.pool_drop_count, 1)
        self.assertEqual(self.near.pool_win_count, 1)
        self.assertEqual(
            self._grab(self.cashier_far, self.far, fulfillment)["status"], "ok"
        )

    def test_only_a_grabbed_order_goes_back(self):
        """An offered order is rejected, with a reason of the list."""
        fulfillment = self._place()
        self._act(self.cashier, self.near, fulfillment, "accept")
        answer = self._drop(self.cashier, self.near, fulfillment)
        self.assertEqual(answer["status"], "refused")
        answer = self._drop(self.cashier_far, self.far, fulfillment)
        self.assertEqual(answer["status"], "gone")
        self.assertEqual(fulfillment.state, "accepted")

    def test_nobody_grabs_then_the_rules_choose(self):
        """ROUT-03, ROUT-05: automatic assignment, in the end head office."""
        fulfillment = self._pool()
        self._after(181)
        self.assertEqual(fulfillment.state, "offered")
        self.assertEqual(fulfillment.store_id, self.near)
        self.assertIn("ungrabbed", fulfillment.event_ids.mapped("kind"))
        self.assertFalse(fulfillment._get_open_announcements())
        self.assertFalse(self._seen_by(self.cashier_far, self.far))
        answer = self._grab(self.cashier_far, self.far, fulfillment)
        self.assertEqual(answer["status"], "gone")

    def test_rules_that_know_nothing_but_the_pool_end_at_head_office(self):
        """ROUT-06: no order goes round in circles."""
        fulfillment = self._pool()
        Sourcing = type(self.env["o2o.sourcing"])
        decide = Sourcing._decide

        def pool_again(sourcing, order, **kwargs):
            decision = decide(sourcing, order, **kwargs)
            part = sourcing._prepare_part(
                self.env["o2o.store"], kwargs["wanted"], via="pool"
            )
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE o2o_routing_decision SET parts = %s WHERE id = %s",
                [json.dumps([part]), decision.id],
            )
            decision.invalidate_recordset()
            return decision

        with patch.object(Sourcing, "_decide", pool_again):
            self._after(181)
        self.assertEqual(fulfillment.store_id, self.head_office)
        self.assertEqual(fulfillment.state, "offered")

    def test_timer_is_harmless_after_the_grab(self):
        fulfillment = self._pool()
        self._grab(self.cashier, self.near, fulfillment)
        self._after(181)
        self.assertEqual(
            (fulfillment.state, fulfillment.store_id.code), ("accepted", "NEAR")
        )

    def test_member_cancels_a_pooled_order(self):
        """It leaves the screens of all stores."""
        fulfillment = self._pool()
        fulfillment.order_id._action_cancel()
        self.assertEqual(fulfillment.state, "cancelled")
        self.assertFalse(self._seen_by(self.cashier, self.near))
        self.assertEqual(
            self._grab(self.cashier, self.near, fulfillment)["status"], "gone"
        )

    def test_claim_is_kept_by_the_first_and_void_after_a_crash(self):
        """ROUT-03: a store whose till died blocks nobody for long."""
        fulfillment = self._pool()
        claims = self.env["o2o.pool.claim"]
        self.assertEqual(claims._claim(fulfillment, self.far), self.far.id)
        self.assertEqual(claims._claim(fulfillment, self.near), self.far.id)
        answer = self._grab(self.cashier, self.near, fulfillment)
        self.assertEqual(answer["status"], "taken")
        with freeze_time(fields.Datetime.now() + timedelta(seconds=30)):
            self.assertEqual(
                self._grab(self.cashier, self.near, fulfillment)["status"], "ok"
            )

    def test_grab_without_a_second_connection(self):
        """ROUT-03: a busy server is slower, not wrong."""
        fulfillment = self._pool()
        Claim = type(self.env["o2o.pool.claim"])
        with patch.object(Claim, "_own_cursor", side_effect=PoolError):
            answer = self._grab(self.cashier, self.near, fulfillment)
        self.assertEqual(answer["status"], "ok")

    def test_cashier_reads_no_announcement(self):
        """SYS-05: the pool is seen through the till only."""
        fulfillment = self._pool()
        with self.assertRaises(AccessError):
            fulfillment.announcement_ids.with_user(self.cashier).read(["state"])
        with self.assertRaises(AccessError):
            fulfillment.with_user(self.cashier).read(["partner_id"])

    def test_new_city_order_waits_for_nobody(self):
        """Head office can follow the pool: who was asked, who won."""
        fulfillment = self._pool()
        rows = fulfillment.announcement_ids.with_user(self.head_office_user)
        self.assertEqual(rows.mapped("state"), ["open"])

    def test_second_till_of_the_store_sees_it_too(self):
        self.env["pos.config"].create({"name": "Till 2", "o2o_store_id": self.near.id})
        self.near.user_ids = [Command.link(self.cashier_edge.id)]
        fulfillment = self._pool()
        self.assertEqual(
            [row["id"] for row in self._seen_by(self.cashier_two, self.near)],
            fulfillment.ids,
        )


class _SameCursor:
    """The cursor of the test where the code opens one of its own."""

    def __init__(self, cr):
        self.cr = cr

    def __enter__(self):
        return self.cr

    def __exit__(self, *_error):
        return False

from unittest.mock import patch
from uuid import uuid4

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged, warmup

from .common import O2oOrderCase


@tagged("post_install", "-at_install")
class TestTillActions(O2oOrderCase):
    """Keys, search, shelf places and handing over to another store."""

    def _keyed(self, fulfillment, action, key, values=None, user=None, store=None):
        return (
            self.env["o2o.fulfillment"]
            .with_user(user or self.cashier)
            .pos_act(
                self._till(store or self.near).id,
                fulfillment.id,
                action,
                values or {},
                key,
            )
        )

    def _search(self, query, user=None, store=None):
        return (
            self.env["o2o.fulfillment"]
            .with_user(user or self.cashier)
            .pos_search(self._till(store or self.near).id, query)
        )

    # === KEYS (idea 17) === #

    def test_repeated_key_gets_the_same_answer(self):
        """Idea 17: a replay does nothing, even when the order has moved on."""
        fulfillment = self._place()
        key = str(uuid4())
        first = self._keyed(fulfillment, "accept", key)
        self.assertEqual(first["status"], "ok")
        fulfillment._mark_shipped()
        late = {"pressed_at": "2026-03-02 04:00:00", "printed": True}
        again = self._keyed(fulfillment, "accept", key, late)
        self.assertEqual(again["status"], "ok")
        self.assertEqual(again["order"]["state"], "accepted")
        self.assertEqual(fulfillment.state, "shipped")
        self.assertEqual(fulfillment.event_ids.mapped("kind").count("accepted"), 1)

    def test_refusal_is_an_answer_too(self):
        """Idea 17: what was refused once is not done at the second try."""
        fulfillment = self._place()
        key = str(uuid4())
        self.assertEqual(self._keyed(fulfillment, "ship", key)["status"], "refused")
        fulfillment._mark_accepted()
        self.assertEqual(self._keyed(fulfillment, "ship", key)["status"], "refused")
        self.assertEqual(fulfillment.state, "accepted")

    def test_key_of_another_request_is_refused(self):
        """Invariant 7: one key, another order or another action."""
        fulfillment, other = self._place(), self._place()
        key = str(uuid4())
        self._keyed(fulfillment, "accept", key)
        for target, action in ((other, "accept"), (fulfillment, "ship")):
            answer = self._keyed(target, action, key)
            self.assertEqual(answer["status"], "refused")
            self.assertFalse(answer["order"])
        self.assertEqual(other.state, "offered")
        self.assertEqual(fulfillment.state, "accepted")

    def test_unusable_key_is_refused(self):
        """Invariant 7: keys are long and plain."""
        fulfillment = self._place()
        for key in ("", "short", "x" * 65, "a'b" * 8, 5):
            answer = self._keyed(fulfillment, "accept", key)
            self.assertEqual(answer["status"], "refused", key)
        self.assertEqual(fulfillment.state, "offered")

    def test_unknown_actions_are_refused(self):
        """Invariant 7: a button that does not exist, or names a method."""
        fulfillment = self._place()
        for action in ("unlink", "_enter", "act", "__class__", "", None, "a" * 40):
            with self.assertRaises(UserError):
                self._keyed(fulfillment, action, None)

    def test_late_press_says_when_it_was(self):
        """Idea 17: the log shows what was pressed without network."""
        fulfillment = self._place()
        key = str(uuid4())
        values = {"pressed_at": "2026-03-02 04:00:00", "printed": True}
        self._keyed(fulfillment, "accept", key, values)
        row = self.env["o2o.till.action"].search([("key", "=", key)])
        self.assertEqual(str(row.pressed_at), "2026-03-02 04:00:00")
        other = self._place()
        answer = self._keyed(other, "accept", str(uuid4()), {"pressed_at": "x"})
        self.assertEqual(answer["status"], "ok")

    def test_cashier_without_staff_right(self):
        """Invariant 8: a POS user who is on no staff list of the store."""
        outsider = new_test_user(
            self.env,
            "o2o_outsider",
            groups="base.group_user,point_of_sale.group_pos_user",
        )
        fulfillment = self._place()
        with self.assertRaises(AccessError):
            self._keyed(fulfillment, "accept", str(uuid4()), user=outsider)
        with self.assertRaises(AccessError):
            self._search("S0", user=outsider)
        till_id = self._till(self.near).id
        orders = self.env["o2o.fulfillment"].with_user(outsider)
        for call in (
            lambda: orders.pos_stores(till_id, fulfillment.id),
            lambda: orders.pos_set_shelf(till_id, self.product.id, "B-1"),
            lambda: orders.pos_return_find(till_id, fulfillment.order_id.name),
            lambda: orders.pos_return_preview(till_id, fulfillment.id, {}),
            lambda: orders.pos_substitutes(till_id, fulfillment.line_ids.id),
        ):
            with self.assertRaises(AccessError):
                call()

    def test_cashier_cannot_write_what_the_till_keeps(self):
        """Invariant 8: choices, refunds and shelf places only through the till."""
        for model in (
            "o2o.order.choice",
            "o2o.order.return",
            "o2o.till.action",
            "o2o.store.shelf",
        ):
            records = self.env[model].with_user(self.cashier)
            for operation in ("write", "create", "unlink"):
                self.assertFalse(records.has_access(operation), model)

    # === SEARCH (POS-03, POS-08) === #

    def test_search_finds_by_every_number_people_say(self):
        """POS-03: order number, phone tail, name, waybill."""
        fulfillment = self._place()
        self._act(self.cashier, self.near, fulfillment, "accept")
        self._act(self.cashier, self.near, fulfillment, "ship", tracking_ref="SF99887")
        order = fulfillment.order_id
        for query in (order.name, order.name[-4:], "0001", "张三", "sf9988"):
            found = self._search(query)
            self.assertIn(fulfillment.id, [o["id"] for o in found["orders"]], query)

    def test_search_shows_the_own_store_only(self):
        """Invariant 8: FAR does not find orders of NEAR."""
        fulfillment = self._place()
        found = self._search(
            fulfillment.order_id.name, user=self.cashier_far, store=self.far
        )
        self.assertEqual(found["orders"], [])

    def test_search_ends_after_thirty_days_but_not_for_open_orders(self):
        """POS-03: past 30 days, and whatever is still open."""
        old, old_open = self._place(), self._place()
        old._mark_accepted()
        old._mark_shipped()
        old._mark_received()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE o2o_fulfillment SET create_date = create_date - interval '31 days'"
            " WHERE id IN %s",
            [tuple((old | old_open).ids)],
        )
        found = [o["id"] for o in self._search("张三")["orders"]]
        self.assertIn(old_open.id, found)
        self.assertNotIn(old.id, found)

    def test_search_takes_no_patterns(self):
        """Invariant 7: a percent sign is a percent sign."""
        self._place()
        for query in ("%%", "__", "a", "", "' OR 1=1 --"):
            self.assertEqual(self._search(query)["orders"], [], query)

    # === SHELF === #

    def test_shelf_place_is_shown_and_changed_at_the_till(self):
        """POS-03: the picker reads where the bottle stands, and can correct it."""
        fulfillment = self._place()
        orders = self.env["o2o.fulfillment"].with_user(self.cashier)
        till = self._till(self.near)
        answer = orders.pos_set_shelf(till.id, self.product.id, "  B-12 ")
        self.assertEqual(answer["place"], "B-12")
        line = self._board_order(fulfillment)["lines"][0]
        self.assertEqual(line["shelf"], "B-12")
        self.assertEqual(line["free_quantity"], 8)
        orders.pos_set_shelf(till.id, self.product.id, "C-1")
        orders.pos_set_shelf(till.id, self.product.id, "")
        self.assertEqual(self._board_order(fulfillment)["lines"][0]["shelf"], "")
        self.assertFalse(self.env["o2o.store.shelf"].search([]))

    def test_shelf_place_belongs_to_one_store(self):
        """POS-03: B-12 of NEAR says nothing about FAR."""
        self.env["o2o.store.shelf"]._set_place(self.far, self.product, "A-1")
        line = self._board_order(self._place())["lines"][0]
        self.assertEqual(line["shelf"], "")

    # === THE BOARD === #

    def _board(self):
        return (
            self.env["o2o.fulfillment"]
            .with_user(self.cashier)
            .pos_board(self._till(self.near).id)
        )

    def _board_order(self, fulfillment):
        return next(o for o in self._board()["orders"] if o["id"] == fulfillment.id)

    def test_board_tells_the_limit_of_the_store(self):
        """POS-03: seconds left, where a timer runs; distance to the door."""
        fulfillment = self._place()
        self.assertTrue(self._board_order(fulfillment)["due_at"])
        self.env["o2o.timer"]._set("offer", fulfillment, "2030-01-01 00:00:00")
        self.env["o2o.timer"]._set("ready", fulfillment, "2031-01-01 00:00:00")
        self.member.partner_id.write(
            {"partner_latitude": 26.6470, "partner_longitude": 106.6302}
        )
        order = self._board_order(fulfillment)
        self.assertEqual(order["due_at"], "2030-01-01 00:00:00")
        self.assertEqual(order["due_kind"], "offer")
        self.assertAlmostEqual(order["distance_km"], 5.2, delta=0.2)
        fulfillment._mark_accepted()
        self.assertEqual(self._board_order(fulfillment)["due_kind"], "ready")

    def test_goods_on_their_way_stay_on_the_board(self):
        """POS-03: shipped last week and not received yet is not done."""
        fulfillment = self._place()
        fulfillment._mark_accepted()
        fulfillment._mark_shipped()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE o2o_fulfillment SET write_date = write_date - interval '7 days'"
            " WHERE id = %s",
            [fulfillment.id],
        )
        self.assertEqual(self._board_order(fulfillment)["state"], "shipped")

    def _count_queries(self):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self._board()
        return self.env.cr.sql_log_count - before

    @warmup
    def test_board_cost_does_not_grow_with_the_orders(self):
        """POS-03: as many queries for fifteen orders as for three."""
        for index in range(3):
            fulfillment = self._place([(self.product, 1)])
            if index:
                fulfillment._mark_accepted()
        self._board()
        few = self._count_queries()
        self._set_stock(self.near, self.product, 50)
        for index in range(12):
            fulfillment = self._place([(self.product, 1)])
            if index % 2:
                fulfillment._mark_accepted()
        many = self._count_queries()
        self.assertEqual(many, few)

    # === TO ANOTHER STORE === #

    def _stores(self, fulfillment):
        return (
            self.env["o2o.fulfillment"]
            .with_user(self.cashier)
            .pos_stores(self._till(self.near).id, fulfillment.id)
        )

    def test_stores_that_can_take_over_are_listed_nearest_first(self):
        """Hand over: only who has the goods, is open and not paused."""
        fulfillment = self._place()
        fulfillment._mark_accepted()
        names = [store["id"] for store in self._stores(fulfillment)["stores"]]
        self.assertIn(self.far.id, names)
        self.assertNotIn(self.near.id, names)
        self.far.paused_until = "2100-01-01 00:00:00"
        names = [store["id"] for store in self._stores(fulfillment)["stores"]]
        self.assertNotIn(self.far.id, names)

    def test_handed_over_to_a_chosen_store(self):
        """Hand over: the goods are reserved there, the log says who and why."""
        fulfillment = self._place()
        self._act(self.cashier, self.near, fulfillment, "accept")
        answer = self._act(
            self.cashier,
            self.near,
            fulfillment,
            "pass_on",
            store_id=self.far.id,
            reason="冰箱坏了",
        )
        self.assertEqual(answer["status"], "ok", answer["message"])
        self.assertFalse(answer["order"])
        self.assertEqual(fulfillment.store_id, self.far)
        self.assertEqual(fulfillment.state, "offered")
        self.assertFalse(fulfillment.accepted_by_id)
        event = fulfillment.event_ids.filtered(lambda e: e.kind == "handed_over")
        self.assertEqual((event.user_id, event.note), (self.cashier, "冰箱坏了"))
        self.assertEqual(event.store_id, self.near)
        self.assertEqual(
            fulfillment.picking_ids.location_id, self.far.warehouse_id.lot_stock_id
        )
        self.assertEqual(fulfillment.routing_id.rule, "till")
        self.assertIn(self.far.name, fulfillment.explanation)

    def test_the_other_store_rings(self):
        """Hand over: the bell of the new store, silence in the old one."""
        fulfillment = self._place()
        fulfillment._mark_accepted()
        heard = []

        def notify(config, message, payload):
            if message == "O2O_ORDER_CHANGED":
                heard.append((config.o2o_store_id, payload["event"]))

        with patch.object(type(self.env["pos.config"]), "_notify", notify):
            self._act(
                self.cashier,
                self.near,
                fulfillment,
                "pass_on",
                store_id=self.far.id,
                reason="忙",
            )
        self.assertIn((self.far, "new"), heard)
        self.assertIn((self.near, "passed_on"), heard)

    def test_handed_over_by_the_system_never_comes_back(self):
        """Hand over: routing leaves out the store that gave the order up."""
        fulfillment = self._place()
        self._act(self.cashier, self.near, fulfillment, "accept")
        self._act(self.cashier, self.near, fulfillment, "pass_on", reason="忙")
        self.assertEqual(fulfillment.store_id, self.far)
        fulfillment._turn_down(self.reason)
        self.assertEqual(fulfillment.store_id, self.head_office)

    def test_hand_over_needs_a_reason_and_a_store_that_can(self):
        """Invariant 7: no reason, a store without the goods, an order not accepted."""
        fulfillment = self._place([(self.product, 2)])
        refused = [{"store_id": self.far.id, "reason": "忙"}]
        answer = self._act(
            self.cashier, self.near, fulfillment, "pass_on", **refused[0]
        )
        self.assertEqual(answer["status"], "refused")
        fulfillment._mark_accepted()
        self.far._apply_count({self.product: 1}, "test")
        for values in (
            {"store_id": self.far.id, "reason": ""},
            {"store_id": self.far.id, "reason": "忙"},
            {"store_id": self.near.id, "reason": "忙"},
            {"store_id": 2**30, "reason": "忙"},
        ):
            answer = self._act(
                self.cashier, self.near, fulfillment, "pass_on", **values
            )
            self.assertEqual(answer["status"], "refused", values)
        self.assertEqual(fulfillment.store_id, self.near)
        self.assertEqual(fulfillment.state, "accepted")

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common_sourcing import SourcingCase

BROUGHT = "Goods brought to the store"
BUILT_IN = {"region": 0, "open": 0, "capacity": 0, "area": 0}


@tagged("post_install", "-at_install")
class TestSourcingSteps(SourcingCase):
    """Several parcels, and what comes when no store can be offered the order."""

    def _parts(self, decision):
        return [
            (part["store_id"], {line: qty for line, qty in part["lines"]})
            for part in decision.parts
        ]

    def _order_line(self, decision, product):
        return decision.order_id.order_line.filtered(
            lambda line: line.product_id == product
        )

    # === SEVERAL PARCELS === #

    def test_two_stores_bring_what_one_has_not(self):
        """ROUT-02: a line is divided when no store has all of it."""
        self._publish(BUILT_IN, ["head_office"], max_parcels=2)
        decision = self._decide([(self.product, 16)])
        line = self._order_line(decision, self.product)
        self.assertEqual(decision.rule, "split")
        self.assertEqual(
            self._parts(decision),
            [(self.near.id, {line.id: 10}), (self.far.id, {line.id: 6})],
        )

    def test_lines_go_whole_to_the_store_that_has_them(self):
        self._set_stock(self.far, self.product, -10)
        self._publish(BUILT_IN, ["head_office"], max_parcels=2)
        fulfillments = self._place([(self.product, 3), (self.scarce, 1)])
        self.assertEqual(len(fulfillments), 2)
        self.assertEqual(
            {it.store_id: it.line_ids.product_id for it in fulfillments},
            {self.near: self.product, self.far: self.scarce},
        )
        self.assertEqual(set(fulfillments.mapped("state")), {"offered"})
        for it in fulfillments:
            self.assertEqual(it.picking_ids.state, "assigned")

    def test_no_splitting_without_leave(self):
        self._publish(BUILT_IN, ["head_office"])
        self.assertEqual(self._decide([(self.product, 16)]).rule, "nobody")

    def test_each_part_is_worth_its_way(self):
        """ROUT-02: both parts pass the threshold, else the order is not split."""
        rules = {"max_parcels": 2, "split_min_value": 1500.0}
        self._publish(BUILT_IN, ["head_office"], **rules)
        # 16 bottles of 200: 8 and 8 would do, 6 would not
        decision = self._decide([(self.product, 16)])
        self.assertEqual(
            [sum(lines.values()) for _id, lines in self._parts(decision)], [8, 8]
        )
        self.assertEqual(self._decide([(self.product, 12)]).rule, "nobody")

    def test_head_office_may_bring_a_part(self):
        self._publish(
            BUILT_IN, ["head_office"], max_parcels=3, split_with_head_office=True
        )
        decision = self._decide([(self.product, 26)])
        self.assertEqual(len(decision.parts), 3)
        self.assertEqual(decision.parts[-1]["store_id"], self.head_office.id)
        self.assertIn(f"{self.head_office.name}: chosen for", decision.explanation)

    def test_what_head_office_has_alone_comes_in_one_parcel(self):
        self._set_stock(self.head_office, self.product, 100)
        self._publish(BUILT_IN, ["head_office"], max_parcels=3)
        decision = self._decide([(self.product, 26)])
        self.assertEqual(decision.rule, "head_office")

    # === NEIGHBOURS === #

    def test_neighbouring_region_helps(self):
        """ROUT-04: the region next door, when none of the own can."""
        self._set_stock(self.other_city, self.scarce, 5)
        self._publish(BUILT_IN, ["neighbours", "head_office"])
        lines = [(self.scarce, 3)]
        self.assertEqual(self._decide(lines).rule, "nobody")
        self.guiyang.neighbour_ids = self.chengdu
        decision = self._decide(lines)
        self.assertEqual(decision.rule, "neighbour")
        self.assertEqual(decision.store_id, self.other_city)
        # the own region first
        self.assertEqual(self._decide([(self.scarce, 2)]).store_id, self.far)

    def test_district_has_neighbours_of_its_own(self):
        self._set_stock(self.other_city, self.scarce, 5)
        self._publish(BUILT_IN, ["neighbours", "head_office"])
        self.guanshanhu.neighbour_ids = self.chengdu
        self.assertEqual(self._decide([(self.scarce, 3)]).store_id, self.other_city)

    # === TRANSIT === #

    def test_goods_come_to_a_transit_store(self):
        """ROUT-09: head office sends what the near store lacks, which delivers it."""
        self._set_stock(self.head_office, self.scarce, 5)
        self.near.is_transit = True
        self._publish(BUILT_IN, ["transit", "head_office"])
        fulfillment = self._place([(self.product, 1), (self.scarce, 3)])
        self.assertEqual(fulfillment.store_id, self.near)
        self.assertEqual(fulfillment.routing_id.rule, "transit")
        self.assertEqual(fulfillment.state, "offered")
        self.assertTrue(fulfillment.is_arriving)
        transfer = fulfillment._get_transit_pickings()
        self.assertEqual(
            transfer.location_id, self.head_office.warehouse_id.lot_stock_id
        )
        self.assertEqual(transfer.location_dest_id, self.near.warehouse_id.lot_stock_id)
        self.assertEqual(transfer.move_ids.product_id, self.scarce)
        self.assertEqual(transfer.move_ids.product_uom_qty, 3)
        self.assertEqual(transfer.state, "assigned")
        self.assertIn("brought", fulfillment._get_short_explanation())
        order = fulfillment.order_id.with_user(self.member)
        steps = order.sudo()._o2o_get_progress()[0]["steps"]
        self.assertEqual((steps[2]["label"], steps[2]["done"]), (BROUGHT, False))
        board = self.env["o2o.fulfillment"].with_user(self.cashier)
        [shown] = board.pos_board(self._till(self.near).id)["orders"]
        self.assertTrue(shown["is_arriving"])
        # what is not there cannot be shipped
        fulfillment._mark_accepted()
        with self.assertRefused(UserError, "on the way"):
            fulfillment._mark_shipped()
        fulfillment.with_user(self.head_office_user).action_receive_transit()
        self.assertFalse(fulfillment.is_arriving)
        self.assertIn("arrived", fulfillment.event_ids.mapped("kind"))
        self.assertTrue(fulfillment._get_progress_steps()[2]["done"])
        delivery = fulfillment.picking_ids - transfer
        self.assertEqual(delivery.state, "assigned")
        fulfillment._mark_shipped()
        self.assertEqual(delivery.state, "done")
        quants = self.env["stock.quant"].search(
            [("location_id", "=", self.near.warehouse_id.lot_stock_id.id)]
        )
        self.assertFalse(any(quant.quantity < 0 for quant in quants))

    def test_another_store_sends_when_head_office_cannot(self):
        """ROUT-09: the nearest store with the goods."""
        self.near.is_transit = True
        self._publish(BUILT_IN, ["transit", "head_office"])
        self._set_stock(self.far, self.product, -10)
        decision = self._decide([(self.product, 1), (self.scarce, 2)])
        self.assertEqual(decision.rule, "transit")
        self.assertEqual(decision.parts[0]["transit"]["store_id"], self.far.id)

    def test_no_transit_through_an_ordinary_store(self):
        self._set_stock(self.head_office, self.scarce, 5)
        self._publish(BUILT_IN, ["transit", "choice"])
        self.assertEqual(self._decide([(self.scarce, 3)]).rule, "nobody")

    def _pickup_order(self, store, lines):
        carrier = self.env["delivery.carrier"].create(
            {
                "name": "Pick up",
                "delivery_type": "in_store",
                "product_id": self.carrier.product_id.id,
                "warehouse_ids": [Command.set(store.warehouse_id.ids)],
            }
        )
        order = self._create_order(lines, carrier=carrier)
        order.warehouse_id = store.warehouse_id
        return order

    def test_pickup_at_a_transit_store(self):
        """ROUT-10: head office, transit store, the member collects there."""
        self._set_stock(self.head_office, self.scarce, 5)
        self.near.is_transit = True
        self._publish(BUILT_IN, ["transit", "head_office"])
        order = self._pickup_order(self.near, [(self.scarce, 3)])
        order.action_confirm()
        fulfillment = order.o2o_fulfillment_ids
        self.assertEqual(fulfillment.store_id, self.near)
        self.assertEqual(fulfillment.routing_id.rule, "pickup")
        self.assertTrue(fulfillment.is_arriving)
        fulfillment._mark_accepted()
        with self.assertRefused(UserError, "on the way"):
            fulfillment._mark_ready()
        fulfillment._as_staff().action_receive_transit()
        fulfillment._mark_ready()
        fulfillment._mark_received()
        self.assertEqual(fulfillment.state, "completed")

    def test_refused_transit_gives_the_goods_back(self):
        """ROUT-08: the transfer is called off with the store that refuses."""
        self._set_stock(self.head_office, self.scarce, 5)
        self.near.is_transit = True
        self._publish(BUILT_IN, ["transit", "head_office"])
        fulfillment = self._place([(self.scarce, 3)])
        transfer = fulfillment._get_transit_pickings()
        fulfillment._turn_down(self.reason)
        self.assertEqual(transfer.state, "cancel")
        self.assertEqual(fulfillment.store_id, self.head_office)
        self.assertFalse(fulfillment.is_arriving)
        self.assertEqual(fulfillment.picking_ids.state, "assigned")

    def test_cancelled_order_calls_the_transfer_off(self):
        self._set_stock(self.head_office, self.scarce, 5)
        self.near.is_transit = True
        self._publish(BUILT_IN, ["transit", "head_office"])
        fulfillment = self._place([(self.scarce, 3)])
        transfer = fulfillment._get_transit_pickings()
        fulfillment.order_id._action_cancel()
        self.assertEqual(transfer.state, "cancel")

    # === HEAD OFFICE, NOBODY === #

    def test_head_office_with_or_without_the_goods(self):
        """ROUT-06: a rule says whether head office needs the goods."""
        self._publish(BUILT_IN, ["head_office"], head_office_needs_goods=False)
        self.assertEqual(self._decide([(self.product, 50)]).rule, "head_office")
        self._publish(BUILT_IN, ["head_office"], head_office_needs_goods=True)
        self.assertEqual(self._decide([(self.product, 50)]).rule, "nobody")

    def test_steps_are_taken_in_their_order(self):
        """ROUT-02: the fallback chain is data."""
        self._set_stock(self.head_office, self.scarce, 5)
        self.near.is_transit = True
        self._publish(BUILT_IN, ["head_office", "transit"])
        decision = self._decide([(self.scarce, 3)])
        self.assertEqual(decision.rule, "head_office")
        self.assertEqual(decision.steps, [{"step": "head_office", "found": True}])

    def test_member_chooses_another_region(self):
        """ROUT-04: the order waits, nothing is reserved, the member is told."""
        self._set_stock(self.other_city, self.scarce, 5)
        self._publish(BUILT_IN, ["head_office", "choice"])
        fulfillment = self._place([(self.scarce, 3)])
        order = fulfillment.order_id
        self.assertEqual(fulfillment.state, "pooled")
        self.assertTrue(fulfillment.needs_region)
        self.assertFalse(fulfillment.store_id)
        self.assertFalse(order.picking_ids)
        self.assertEqual(order.o2o_state, "pooled")
        choice = order.with_user(self.member)._o2o_get_region_choice()
        self.assertEqual(choice["cities"], self.chengdu)
        self.assertIn("another region", choice["message"])
        self.assertIn("right now", fulfillment._get_progress_steps()[1]["detail"])
        order.with_user(self.member)._o2o_choose_region(self.chengdu)
        self.assertEqual(fulfillment.store_id, self.other_city)
        self.assertEqual(fulfillment.state, "offered")
        self.assertFalse(fulfillment.needs_region)
        self.assertIsNone(order._o2o_get_region_choice())
        with self.assertRaises(UserError):
            order._o2o_choose_region(self.guiyang)

    def test_last_store_refuses_and_nobody_is_left(self):
        """ROUT-08: a refusal with no store left ends as an order that waits."""
        self._publish(BUILT_IN, ["choice"])
        fulfillment = self._place([(self.scarce, 1)])
        self.assertEqual(fulfillment.store_id, self.far)
        fulfillment._turn_down(self.reason)
        self.assertTrue(fulfillment.needs_region)
        self.assertFalse(fulfillment.picking_ids)
        self.assertFalse(fulfillment._get_open_offers())

    def test_head_office_looks_again(self):
        """ROUT-04: stock came in: one button."""
        self._publish(BUILT_IN, ["choice"])
        fulfillment = self._place([(self.scarce, 3)])
        self._set_stock(self.near, self.scarce, 3)
        with self.assertRaises(AccessError):
            fulfillment.with_user(self.cashier).action_route_again()
        fulfillment.with_user(self.head_office_user).action_route_again()
        self.assertEqual(fulfillment.store_id, self.near)

    def test_shop_tells_before_the_payment(self):
        """ROUT-04: what the rules could not serve is told at the checkout."""
        self._set_stock(self.other_city, self.scarce, 5)
        order = self._create_order([(self.scarce, 3)])
        self.assertIn("成都", order._o2o_get_shortage_message())
        self._publish(BUILT_IN, ["neighbours", "head_office"])
        self.guiyang.neighbour_ids = self.chengdu
        self.assertFalse(order._o2o_get_shortage_message())

    def test_shop_knows_that_orders_may_be_split(self):
        order = self._create_order([(self.product, 16)])
        self.assertTrue(order._o2o_get_shortage_message())
        self._publish(BUILT_IN, ["head_office"], max_parcels=2)
        self.assertFalse(order._o2o_get_shortage_message())

    # === POOL FIRST === #

    def test_pool_needs_somebody_to_run_it(self):
        """ROUT-03: the pool comes first where the rules say so; it can be skipped."""
        self._publish(BUILT_IN, ["head_office"], method="pool")
        decision = self._decide()
        self.assertEqual(decision.rule, "pool")
        skipped = self.env["o2o.sourcing"].with_context(o2o_skip_steps=("pool",))
        self.assertEqual(skipped._decide(self._create_order()).rule, "best")

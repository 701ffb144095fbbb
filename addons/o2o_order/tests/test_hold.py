from datetime import timedelta
from uuid import uuid4

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import O2oOrderCase


class HoldCase(O2oOrderCase):
    def setUp(self):
        super().setUp()
        self.holds = self.env["o2o.stock.hold"]
        self.company.o2o_hold_limit = 0

    def _hold(self, order):
        return self.holds.search(
            [("key", "=", order._o2o_get_hold_key()), ("state", "=", "active")]
        )

    def _free(self, store, product=None):
        product = product or self.product
        return store._get_free_quantities(product)[store][product]

    def _claim_away(self, store, quantity, product=None):
        self.env["o2o.stock"]._claim(
            f"test/{uuid4()}",
            [(product or self.product, store.warehouse_id, quantity)],
            self.env.cr.now().replace(year=2100),
        )


@tagged("post_install", "-at_install")
class TestHold(HoldCase):
    def test_submitted_order_is_held_at_the_store_that_will_serve(self):
        """SUP-09: the nearest store with all goods holds them, and gets the order."""
        order = self._create_order([(self.product, 4)])
        hold = self._hold(order)
        self.assertEqual(hold.warehouse_id, self.near.warehouse_id)
        self.assertEqual(self._free(self.near), 6)
        order.action_confirm()
        self.assertEqual(order.o2o_fulfillment_ids.store_id, self.near)
        self.assertEqual(
            order.o2o_fulfillment_ids.routing_id, order.o2o_hold_decision_id
        )
        self.assertEqual(hold.state, "used")
        self.assertEqual(self._free(self.near), 6)
        self.assertEqual(order.picking_ids.move_ids.state, "assigned")

    def test_order_goes_where_its_goods_are_held(self):
        """SUP-09: what changed since does not send it where nothing is held."""
        self.near.is_paused = True
        order = self._create_order([(self.product, 4)])
        self.near.is_paused = False
        order.action_confirm()
        self.assertEqual(order.o2o_fulfillment_ids.store_id, self.far)

    def test_only_the_confirmation_follows_the_hold(self):
        """Whoever asks the rules for another reason hears what they say now."""
        order = self._create_order([(self.product, 4)])
        self.near.is_paused = True
        decision = self.env["o2o.sourcing"]._decide(order)
        self.assertNotEqual(decision, order.o2o_hold_decision_id)
        self.assertEqual(decision.store_id, self.far)

    def test_changed_order_is_routed_again(self):
        """A hold for other quantities does not decide."""
        order = self._create_order([(self.product, 4)])
        order.order_line[0].product_uom_qty = 5
        order.action_confirm()
        self.assertEqual(order.picking_ids.move_ids.quantity, 5)
        self.assertEqual(self._free(self.near), 5)
        self.assertFalse(self._hold(order))

    def test_next_store_when_the_first_is_held_empty(self):
        """SUP-09: pieces others hold do not count for routing."""
        self._claim_away(self.near, 9)
        order = self._create_order([(self.product, 2)])
        self.assertEqual(self._hold(order).warehouse_id, self.far.warehouse_id)

    def test_sold_out_is_refused_before_paying(self):
        """SUP-09: no store and no head office: told before any payment."""
        for store in (self.near, self.far, self.head_office):
            self._claim_away(store, 10)
        with self.assertRaises(ValidationError) as caught:
            self._create_order([(self.product, 1)])
        self.assertIn("1 wanted, 0 left", str(caught.exception))

    def test_website_keeps_its_safety_stock(self):
        """SUP-09: safety stock of the store and channel decides the routing."""
        self.env["o2o.stock.safety"].create(
            {"warehouse_id": self.near.warehouse_id.id, "channel": "web", "quantity": 9}
        )
        order = self._create_order([(self.product, 2)])
        self.assertEqual(self._hold(order).warehouse_id, self.far.warehouse_id)

    def test_member_coming_back_to_pay_is_not_told_sold_out(self):
        """The own hold is not missing to the cart."""
        order = self._create_order([(self.product, 10)])
        for store in (self.far, self.head_office):
            self._claim_away(store, 10)
        self.assertEqual(order._o2o_get_shortage_message(), "")

    def test_website_shows_the_stores_of_the_region(self):
        """Trap 12: what one store of the region can give, not the sum of all."""
        website = self.website.with_user(self.member)
        self.member.partner_id.o2o_region_id = self.guanshanhu
        self.assertEqual(website._get_product_available_qty(self.product), 10)
        self._set_stock(self.other_city, self.product, 40)
        self.assertEqual(website._get_product_available_qty(self.product), 10)
        self.member.partner_id.o2o_region_id = self.chengdu
        self.assertEqual(website._get_product_available_qty(self.product), 50)

    def test_piece_kept_for_the_member_is_not_in_the_way(self):
        """Idea 22: the last piece, kept for the member, goes into that order, whatever
        way it is paid."""
        order = self._create_cart([(self.scarce, 2)])
        kept = self._keep(self.scarce)
        self.assertEqual(order._get_free_qty(self.scarce), 2)
        self.assertEqual(order._o2o_get_shortage_message(), "")
        order._o2o_hold_stock()
        self.assertEqual(self._hold(order).quantity, 2)
        self.assertEqual((kept.state, kept.order_id), ("used", order))
        self.assertFalse(self._kept())
        self.assertEqual(self._free(self.far, self.scarce), 0)

    def test_piece_kept_for_the_member_is_paid_online(self):
        """Idea 22: the payment page of Odoo takes it over as the one page does."""
        kept = self._keep(self.scarce)
        order = self._create_cart([(self.scarce, 2)])
        provider = self.env["payment.provider"].create(
            {"name": "Online", "code": "none", "company_id": self.company.id}
        )
        self._pay_online(order, provider)
        self.assertEqual(kept.state, "used")
        order.action_confirm()
        self.assertEqual(order.o2o_fulfillment_ids.store_id, self.far)
        self.assertEqual(order.picking_ids.move_ids.state, "assigned")

    def test_piece_kept_for_somebody_else_is_in_the_way(self):
        """Nobody takes what a store keeps for another member."""
        other = self._create_member("o2o_other_member", "13900000002")
        kept = self._keep(self.scarce, other)
        order = self._create_cart([(self.scarce, 2)])
        self.assertEqual(order._get_free_qty(self.scarce), 1)
        with self.assertRaises(ValidationError):
            order._o2o_hold_stock()
        self.assertEqual(kept.state, "active")

    def test_piece_kept_elsewhere_stays_kept(self):
        """Served by another store, the order leaves the piece where it is."""
        kept = self._keep(self.product)
        order = self._create_order([(self.product, 2)])
        self.assertEqual(self._hold(order).warehouse_id, self.near.warehouse_id)
        self.assertEqual(kept.state, "active")
        self.assertEqual(self._free(self.far), 9)

    def _keep(self, product, member=None):
        return self.env["o2o.member.hold"]._take(
            (member or self.member).partner_id, product, self.far
        )

    def _kept(self):
        return self.holds.search(
            [("key", "like", "member.hold/%"), ("state", "=", "active")]
        )

    def test_order_is_cancelled_when_its_goods_are_free_again(self):
        """SUP-09: who never pays has less time, and the order ends with the hold."""
        provider = self.env["payment.provider"].create(
            {"name": "Online", "code": "none", "company_id": self.company.id}
        )
        seen = []
        now = self.env.cr.now().replace(microsecond=0)
        for number in range(3):
            with freeze_time(now + timedelta(minutes=20 * number)):
                order = self._create_cart([(self.product, 1)])
                self._pay_online(order, provider)
                timer = self.env["o2o.timer"].search(
                    [("order_id", "=", order.id), ("kind", "=", "unpaid")]
                )
                self.assertAlmostEqual(
                    timer.due_at, self._hold(order).until, delta=timedelta(seconds=1)
                )
                waiting = timer.due_at - fields.Datetime.now()
                seen.append(waiting.total_seconds() / 60)
        self.assertEqual([round(minutes) for minutes in seen], [15, 8, 4])

    def _pay_online(self, order, provider):
        return self.env["payment.transaction"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": self.env["payment.method"].search([], limit=1).id,
                "amount": order.amount_total,
                "currency_id": order.currency_id.id,
                "partner_id": order.partner_id.id,
                "sale_order_ids": [Command.set(order.ids)],
                "reference": f"ONLINE-{order.id}",
                "operation": "online_redirect",
            }
        )

    def test_cart_is_offered_what_its_store_has(self):
        self.member.partner_id.o2o_region_id = self.guanshanhu
        order = self._create_order([(self.scarce, 2)])
        self.assertEqual(order._get_free_qty(self.scarce), 2)
        self.assertEqual(self._free(self.far, self.scarce), 0)


@tagged("post_install", "-at_install")
class TestPromiseBroken(HoldCase):
    def _override(self, store, quantity, product=None):
        """A manager sells held goods at the till of a store."""
        manager = self.cashier
        manager.group_ids += self.env.ref("point_of_sale.group_pos_manager")
        self.env["o2o.stock.till"].with_user(manager).override(
            self._till(store).id,
            str(uuid4()),
            [[(product or self.product).id, quantity]],
            "Customer is at the counter",
        )

    def setUp(self):
        super().setUp()
        for store in (self.near, self.far):
            self._till(store).picking_type_id = store.warehouse_id.pos_type_id

    def test_held_order_looks_for_another_store(self):
        """Idea 4: the unpaid order's hold moves to the next store by itself."""
        order = self._create_order([(self.product, 10)])
        self._override(self.near, 1)
        self.assertEqual(self._hold(order).warehouse_id, self.far.warehouse_id)
        self.assertEqual(self._hold(order).quantity, 10)

    def test_confirmed_order_is_offered_to_another_store(self):
        """Idea 4: an order that rings at the store rings at the next one instead."""
        first = self._place([(self.product, 6)])
        second = self._place([(self.product, 4)])
        self.assertEqual(second.store_id, self.near)
        self._override(self.near, 2)
        self.assertEqual(first.store_id, self.near)
        self.assertEqual(first.state, "offered")
        self.assertEqual(second.store_id, self.far)
        self.assertEqual(second.state, "offered")
        self.assertEqual(second.picking_ids.move_ids.quantity, 4)
        self.assertEqual(first.picking_ids.move_ids.quantity, 6)
        notes = [note for note in second.event_ids.mapped("note") if note]
        self.assertIn("sold at the till", notes[0])

    def test_accepted_order_too(self):
        """A store that accepted and then sold the bottle hands the order on."""
        fulfillment = self._place([(self.product, 10)])
        fulfillment.with_user(self.cashier)._as_staff()._mark_accepted()
        self._override(self.near, 1)
        self.assertEqual(fulfillment.store_id, self.far)
        self.assertEqual(fulfillment.state, "offered")

    def test_last_bottle_of_all_ends_at_head_office(self):
        """Nobody else has it: head office sees it, the order is not lost."""
        fulfillment = self._place([(self.scarce, 2)])
        self.assertEqual(fulfillment.store_id, self.far)
        self.cashier_far.group_ids += self.env.ref("point_of_sale.group_pos_manager")
        self.env["o2o.stock.till"].with_user(self.cashier_far).override(
            self._till(self.far).id, str(uuid4()), [[self.scarce.id, 1]], "x"
        )
        self.assertEqual(fulfillment.store_id, self.head_office)
        breach = self.env["o2o.stock.breach"].search(
            [("product_id", "=", self.scarce.id)]
        )
        self.assertEqual(breach.state, "done")
        self.assertEqual(breach.result, fulfillment.order_id.name)

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from odoo.addons.o2o_order.tests.common_payment import PaidOnlineCase

from ..models.o2o_order_choice import STORE_KEY
from .common import PickupCase


@tagged("post_install", "-at_install")
class TestRefusal(PickupCase, PaidOnlineCase):
    def _texts(self):
        return PickupCase._texts(self)

    def _refuse(self, fulfillment):
        return self._act(
            self.cashier,
            self.near,
            fulfillment,
            "reject",
            reason_id=self.reason_other.id,
            note="the cellar is flooded",
        )

    def _place_refused(self, **kwargs):
        fulfillment = self._place_pickup(**kwargs)
        answer = self._refuse(fulfillment)
        self.assertEqual(answer["status"], "ok", answer["message"])
        return fulfillment, fulfillment.choice_ids

    def test_refused_order_is_offered_to_nobody(self):
        """Issue 4: not another store, the member is asked."""
        fulfillment, choice = self._place_refused()
        self.assertEqual(
            (fulfillment.state, fulfillment.store_id.id), ("pooled", False)
        )
        self.assertEqual(fulfillment.offer_ids.mapped("state"), ["rejected"])
        self.assertEqual((choice.kind, choice.state), ("store", "open"))
        self.assertEqual(choice.store_id, self.near)
        self.assertIn("/o2o/order/choice/", self._texts())
        self.assertIn("asked", self._kinds(fulfillment))
        self.assertFalse(self._get_bookings(fulfillment.order_id))
        free = self.near._get_free_quantities(self.product)[self.near][self.product]
        self.assertEqual(free, 10)
        board = (
            self.env["o2o.fulfillment"]
            .with_user(self.cashier_far)
            .pos_board(self._till(self.far).id)
        )
        self.assertNotIn(fulfillment.id, [row["id"] for row in board["orders"]])

    def test_goods_are_kept_while_the_member_chooses(self):
        """Idea 4: what was promised stays promised, whoever comes by meanwhile."""
        fulfillment, choice = self._place_refused()
        held = self.env["o2o.stock.hold"].search(
            [("key", "=", fulfillment.sudo().hold_key)]
        )
        self.assertEqual(held.product_id, self.product)
        self.assertEqual(sum(held.mapped("quantity")), fulfillment.line_ids.quantity)
        self.assertEqual(choice._get_other_stores(), self.far)
        choice.with_context(**{STORE_KEY: self.far.id})._answer(
            "pickup_other", "customer"
        )
        self.assertEqual(fulfillment.store_id, self.far)
        self.assertFalse(fulfillment.sudo().hold_key)
        self.assertEqual(
            fulfillment.picking_ids.filtered(
                lambda picking: picking.state != "cancel"
            ).mapped("state"),
            ["assigned"],
        )

    def test_silent_store_asks_the_member_too(self):
        """Issue 4: nobody answered is a refusal as well."""
        fulfillment = self._place_pickup()
        fulfillment._let_offer_expire(fulfillment._get_open_offers())
        self.assertEqual(fulfillment.state, "pooled")
        self.assertEqual(fulfillment.choice_ids.kind, "store")

    def test_options_are_what_is_possible(self):
        """Other stores that have it, delivery to a known address, the money."""
        _fulfillment, choice = self._place_refused()
        self.assertEqual(
            [option["answer"] for option in choice._get_options()],
            ["pickup_other", "delivery", "cancel"],
        )
        self.assertEqual(choice._get_other_stores(), self.far)
        self.far.is_paused = True
        self.member.partner_id.street = False
        self.assertEqual(
            [option["answer"] for option in choice._get_options()], ["cancel"]
        )

    def test_store_a_journey_away_is_not_offered(self):
        """Issue 4: another store is one that the member can go to."""
        _fulfillment, choice = self._place_refused()
        self.far.write({"latitude": self.near.latitude + 1})  # 111 km
        self.assertFalse(choice._get_other_stores())
        self.far.write({"latitude": 0.0, "longitude": 0.0})  # nobody knows where
        self.assertEqual(choice._get_other_stores(), self.far)

    def test_member_collects_at_another_store(self):
        """Issue 4: the order, its goods, its time and its address move there."""
        fulfillment, choice = self._place_refused()
        order = fulfillment.order_id
        choice.with_context(**{STORE_KEY: self.far.id})._answer(
            "pickup_other", "customer"
        )
        self.assertEqual(
            (fulfillment.state, fulfillment.store_id), ("offered", self.far)
        )
        self.assertEqual(fulfillment.delivery_kind, "pickup")
        self.assertEqual(order.pickup_location_data["id"], self.far.warehouse_id.id)
        self.assertEqual(order._o2o_get_pickup_store(), self.far)
        self.assertEqual(self._get_bookings(order).store_id, self.far)
        self.assertEqual(fulfillment.routing_id.rule, "pickup")
        self.assertEqual(choice.state, "done")
        self.assertNotIn("choice", fulfillment.timer_ids.mapped("kind"))
        self._act(self.cashier_far, self.far, fulfillment, "accept")
        self.assertTrue(fulfillment.pickup_code)

    def test_member_wants_it_delivered(self):
        """Issue 4: to the known address, and nothing is added to the order."""
        fulfillment, choice = self._place_refused()
        order = fulfillment.order_id
        total = order.amount_total
        choice._answer("delivery", "customer")
        self.assertEqual(fulfillment.delivery_kind, "delivery")
        self.assertEqual(fulfillment.state, "offered")
        self.assertNotEqual(fulfillment.store_id, self.near)
        self.assertFalse(order._o2o_is_pickup())
        self.assertEqual(order.partner_shipping_id, self.member.partner_id)
        self.assertEqual(order.amount_total, total)
        self.assertFalse(order.o2o_pickup_at)

    def test_member_wants_the_money(self):
        """Issue 4: cancelled, and what was paid goes back."""
        cart = self._create_pickup_cart()
        self._succeed(self._submit_cart(cart, self.online, state="draft"))
        fulfillment = cart.o2o_fulfillment_ids
        self._refuse(fulfillment)
        fulfillment.choice_ids._answer("cancel", "customer")
        self._run_refunds()
        self.assertEqual((fulfillment.state, cart.state), ("rejected", "cancel"))
        self.assertEqual([abs(it) for it in self.refunds], [cart.amount_total])

    def test_silence_is_the_money(self):
        """Issue 4: after the company's time the order is cancelled."""
        self.company.o2o_pickup_choice_minutes = 30
        fulfillment, choice = self._place_refused()
        with freeze_time(fields.Datetime.now() + timedelta(minutes=29)):
            self._run_timers()
        self.assertEqual(choice.state, "open")
        with freeze_time(fields.Datetime.now() + timedelta(minutes=31)):
            self._run_timers()
        self.assertEqual((choice.answer, choice.answered_by), ("cancel", "silence"))
        self.assertEqual(fulfillment.order_id.state, "cancel")

    def test_store_that_sold_out_meanwhile_is_no_answer(self):
        """Invariant 7: what the page showed is a wish."""
        fulfillment, choice = self._place_refused()
        self._set_stock(self.far, self.product, -10)
        for store_id in (self.far.id, self.near.id, self.other_city.id, 0):
            with self.assertRaises(UserError):
                choice.with_context(**{STORE_KEY: store_id})._answer(
                    "pickup_other", "customer"
                )
        self.assertEqual((choice.state, fulfillment.state), ("open", "pooled"))

    def test_nobody_is_sent_to_a_store_that_was_not_named(self):
        """Issue 4: the member says which one."""
        fulfillment, choice = self._place_refused()
        with self.assertRaises(UserError), self.cr.savepoint():
            choice._answer("pickup_other", "customer")
        choice.invalidate_recordset()
        self.assertEqual((choice.state, fulfillment.state), ("open", "pooled"))

    def test_answers_of_the_other_question_are_none(self):
        _fulfillment, choice = self._place_refused()
        for answer in ("part", "wait", "other_store", "kind", ""):
            with self.assertRaises(UserError):
                choice._answer(answer, "customer")

    def test_second_refusal_asks_again(self):
        """The other store cannot either: the question is asked anew."""
        fulfillment, choice = self._place_refused()
        choice.with_context(**{STORE_KEY: self.far.id})._answer(
            "pickup_other", "customer"
        )
        self._act(
            self.cashier_far,
            self.far,
            fulfillment,
            "reject",
            reason_id=self.reason_other.id,
            note="closed",
        )
        again = fulfillment.choice_ids - choice
        self.assertEqual((again.kind, again.state), ("store", "open"))
        self.assertFalse(again._get_other_stores())

    def test_goods_sold_at_the_till_ask_the_member(self):
        """SUP-09: nobody refused, but the store has nothing left."""
        fulfillment = self._place_pickup()
        self._set_stock(self.near, self.product, -10)
        fulfillment._lose_goods("sold at the till")
        self.assertEqual(fulfillment.choice_ids.kind, "store")

    def test_order_entered_by_hand_is_asked_about_too(self):
        """ORD-10: the store was wished for by telephone; the member names the next."""
        order = self._create_order()
        order.write(
            {
                "website_id": False,
                "carrier_id": False,
                "o2o_goes_to_store": True,
                "o2o_wished_kind": "pickup",
                "o2o_wished_store_id": self.near.id,
            }
        )
        order.action_confirm()
        fulfillment = order.o2o_fulfillment_ids
        self._refuse(fulfillment)
        choice = fulfillment.choice_ids
        self.assertIn(self.far, choice._get_other_stores())
        choice.with_context(**{STORE_KEY: self.far.id})._answer(
            "pickup_other", "customer"
        )
        self.assertEqual(fulfillment.store_id, self.far)
        self.assertEqual(order._o2o_get_pickup_store(), self.far)

    def test_delivery_moves_on_as_ever(self):
        """ROUT-08: only who collects is asked."""
        fulfillment = self._place()
        self._refuse(fulfillment)
        self.assertEqual(fulfillment.store_id, self.far)
        self.assertFalse(fulfillment.choice_ids)

    def test_head_office_may_name_the_store(self):
        """ORD-04: head office has spoken with the member; the question is settled."""
        fulfillment, choice = self._place_refused()
        fulfillment.order_id._o2o_change_store(fulfillment, self.far, "by telephone")
        self.assertEqual(fulfillment.store_id, self.far)
        self.assertEqual(choice.state, "void")
        self.assertEqual(self._get_bookings(fulfillment.order_id).store_id, self.far)

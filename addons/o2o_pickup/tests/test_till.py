from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import PickupCase


@tagged("post_install", "-at_install")
class TestTill(PickupCase):
    def test_code_is_made_at_acceptance(self):
        """Idea 24: eight random digits, another one for each order."""
        first = self._place_pickup(lines=[(self.product, 1)])
        second = self._place_pickup(lines=[(self.product, 1)])
        self.assertFalse(first.pickup_code)
        for fulfillment in first | second:
            self._act(self.cashier, self.near, fulfillment, "accept")
            self.assertRegex(fulfillment.pickup_code, r"^\d{8}$")
        self.assertNotEqual(first.pickup_code, second.pickup_code)

    def test_delivery_has_no_code(self):
        fulfillment = self._place()
        self._act(self.cashier, self.near, fulfillment, "accept")
        self.assertFalse(fulfillment.pickup_code)

    def test_ready_with_a_place(self):
        """Idea 24: the shelf letter is given when the bag is packed."""
        fulfillment = self._place_ready(place="  B-12 ")
        self.assertEqual(
            (fulfillment.state, fulfillment.pickup_place), ("ready", "B-12")
        )
        self.assertTrue(fulfillment.collect_until)

    def test_two_steps_at_the_counter(self):
        """SHOP-11: the code shows the order; a second step hands it over."""
        fulfillment = self._place_ready()
        code = fulfillment.pickup_code
        answer = self._find(f"{code[:4]} {code[4:]}")
        self.assertEqual(answer["status"], "ok")
        self.assertEqual(answer["order"]["id"], fulfillment.id)
        self.assertEqual(answer["check"]["obstacle"], "")
        self.assertEqual(answer["check"]["place"], "B-12")
        self.assertEqual(answer["check"]["to_collect"], fulfillment.amount_total)
        self.assertEqual(fulfillment.state, "ready")
        answer = self._act(self.cashier, self.near, fulfillment, "hand_over", code=code)
        self.assertEqual(answer["status"], "ok", answer["message"])
        self.assertEqual(fulfillment.state, "completed")
        self.assertTrue(fulfillment.is_collected)
        self.assertEqual(fulfillment.collected_by, self.member.partner_id.name)
        event = fulfillment.event_ids.filtered(lambda it: it.kind == "collected")
        self.assertEqual(event.user_id, self.cashier)
        self.assertIn(self.member.partner_id.name, event.note)
        self.assertEqual(set(fulfillment.picking_ids.mapped("state")), {"done"})

    def test_not_ready_is_shown_and_refused(self):
        """SHOP-11: the code is right, the goods are not there yet."""
        fulfillment = self._place_pickup()
        self._act(self.cashier, self.near, fulfillment, "accept")
        answer = self._find(fulfillment.pickup_code)
        self.assertEqual(answer["status"], "ok")
        self.assertIn("not ready", answer["check"]["obstacle"])
        answer = self._act(
            self.cashier,
            self.near,
            fulfillment,
            "hand_over",
            code=fulfillment.pickup_code,
        )
        self.assertEqual(answer["status"], "refused")
        self.assertEqual(fulfillment.state, "accepted")

    def test_handed_over_once(self):
        """SHOP-11: the second till is told when and to whom."""
        fulfillment = self._place_ready()
        code = fulfillment.pickup_code
        self._act(self.cashier, self.near, fulfillment, "hand_over", code=code)
        answer = self._act(
            self.cashier_two, self.near, fulfillment, "hand_over", code=code
        )
        self.assertEqual(answer["status"], "refused")
        self.assertIn("Already handed over", answer["message"])
        self.assertIn("Already handed over", self._find(code)["check"]["obstacle"])
        self.assertEqual(self._kinds(fulfillment).count("collected"), 1)

    def test_same_press_twice_is_one(self):
        """Idea 17: the key of a press gets the answer of the first."""
        fulfillment = self._place_ready()
        press = self.env["o2o.fulfillment"].with_user(self.cashier).pos_act
        args = (
            self._till(self.near).id,
            fulfillment.id,
            "hand_over",
            {"code": fulfillment.pickup_code},
            "0123456789abcdef-pickup",
        )
        self.assertEqual(press(*args), press(*args))
        self.assertEqual(self._kinds(fulfillment).count("collected"), 1)

    def test_without_code_the_check_is_written_down(self):
        """The telephone is at home: a reason, and it stays in the log."""
        fulfillment = self._place_ready()
        answer = self._act(self.cashier, self.near, fulfillment, "hand_over")
        self.assertEqual(answer["status"], "refused")
        self.assertEqual(fulfillment.state, "ready")
        answer = self._act(
            self.cashier,
            self.near,
            fulfillment,
            "hand_over",
            without_code="identity card seen",
        )
        self.assertEqual(answer["status"], "ok", answer["message"])
        note = fulfillment.event_ids.filtered(lambda it: it.kind == "collected").note
        self.assertIn("identity card seen", note)

    def test_company_may_insist_on_the_code(self):
        self.company.o2o_pickup_needs_code = True
        fulfillment = self._place_ready()
        answer = self._act(
            self.cashier, self.near, fulfillment, "hand_over", without_code="known"
        )
        self.assertEqual(answer["status"], "refused")
        with self.assertRaises(UserError):
            fulfillment.with_user(self.head_office_user).action_receive()
        self.assertEqual(fulfillment.state, "ready")

    def test_head_office_hands_over_what_is_ready(self):
        fulfillment = self._place_ready()
        fulfillment.with_user(self.head_office_user).action_receive()
        self.assertEqual(fulfillment.state, "completed")
        self.assertIn("collected", self._kinds(fulfillment))

    def test_open_refund_blocks(self):
        """SHOP-11: money on its way back and goods over the counter: never both."""
        fulfillment = self._place_ready()
        order = fulfillment.order_id
        self._create_refund(order, "cancelled")
        self.assertIn(
            "given back", self._find(fulfillment.pickup_code)["check"]["obstacle"]
        )
        answer = self._act(
            self.cashier,
            self.near,
            fulfillment,
            "hand_over",
            code=fulfillment.pickup_code,
        )
        self.assertEqual((answer["status"], fulfillment.state), ("refused", "ready"))

    def test_refund_of_missing_goods_does_not_block_the_rest(self):
        fulfillment = self._place_ready()
        self._create_refund(fulfillment.order_id, "short")
        self.assertEqual(self._find(fulfillment.pickup_code)["check"]["obstacle"], "")

    def _create_refund(self, order, reason):
        return self.env["o2o.refund"].create(
            {
                "order_id": order.id,
                "company_id": order.company_id.id,
                "transaction_id": order.transaction_ids[:1].id,
                "amount": 10.0,
                "currency_id": order.currency_id.id,
                "reason": reason,
                "key": f"test/{order.id}/{reason}",
            }
        )

    def test_cancelled_order_is_kept(self):
        fulfillment = self._place_ready()
        code = fulfillment.pickup_code
        fulfillment.order_id._o2o_cancel("head_office")
        self.assertIn("cancelled", self._find(code)["check"]["obstacle"])
        answer = self._act(self.cashier, self.near, fulfillment, "hand_over", code=code)
        self.assertEqual(
            (answer["status"], fulfillment.state), ("refused", "cancelled")
        )

    def test_wrong_store_is_named(self):
        """SHOP-11: a member at the wrong door is sent to the right one."""
        fulfillment = self._place_ready()
        answer = self._find(fulfillment.pickup_code, self.cashier_far, self.far)
        self.assertEqual((answer["status"], answer["order"]), ("refused", False))
        self.assertIn(self.near.name, answer["message"])

    def test_search_by_the_whole_code(self):
        """POS-03: the till finds an order by its code, never by a part of it."""
        fulfillment = self._place_ready()
        search = self.env["o2o.fulfillment"].with_user(self.cashier).pos_search
        till, code = self._till(self.near).id, fulfillment.pickup_code
        found = search(till, f"{code[:4]} {code[4:]}")["orders"]
        self.assertEqual([row["id"] for row in found], fulfillment.ids)
        self.assertFalse(search(till, code[:6])["orders"])

    def test_ready_notice_has_code_and_time(self):
        """Idea 24: ready is told with code, store and the end of the waiting."""
        fulfillment = self._place_ready()
        order = fulfillment.order_id
        until = self.near._get_local_time(fulfillment.collect_until)
        text = order._o2o_get_notice("pickup_ready", pickup=fulfillment)
        for words in (
            fulfillment._get_pickup_code_text(),
            self.near.name,
            until.strftime("%m-%d %H:%M"),
        ):
            self.assertIn(words, text)
        self.assertEqual(
            order._o2o_get_notice_secret("pickup_ready", pickup=fulfillment),
            fulfillment._get_pickup_code_text(),
        )
        self.assertIn("is ready for pick-up", self._texts())

    def test_other_store_other_code(self):
        """An order that leaves the store takes neither code nor place along."""
        fulfillment = self._place_ready()
        fulfillment._mark_pooled("moved")
        self.assertFalse(fulfillment.pickup_code)
        self.assertFalse(fulfillment.pickup_place)
        timers = fulfillment.timer_ids.mapped("kind")
        self.assertFalse({"no_show", "remind"} & set(timers))

    def test_time_of_the_store_on_the_way(self):
        fulfillment = self._place_ready()
        begin = max(fields.Datetime.now(), fulfillment.pickup_until)
        self.assertAlmostEqual(
            fulfillment.collect_until,
            begin + timedelta(hours=48),
            delta=timedelta(minutes=1),
        )

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from .common import PickupCase


@tagged("post_install", "-at_install")
class TestArrival(PickupCase):
    def test_arrival_rings_once_in_a_while(self):
        """Idea 24: "I am outside" tells the tills of the store, not twice at once."""
        fulfillment = self._place_ready()
        self.assertTrue(fulfillment._arrive(" white car  "))
        self.assertFalse(fulfillment._arrive("white car"))
        self.assertEqual(self._kinds(fulfillment).count("outside"), 1)
        self.assertEqual(fulfillment.arrival_note, "white car")
        with freeze_time(fields.Datetime.now() + timedelta(minutes=4)):
            self.assertTrue(fulfillment._arrive())
        self.assertEqual(fulfillment.arrival_count, 2)
        row = fulfillment._prepare_pos_dict()
        self.assertEqual((row["arrival_count"], row["arrival_note"]), (2, "white car"))

    def test_arrival_has_an_end(self):
        fulfillment = self._place_ready()
        fulfillment.arrival_count = 10
        self.assertFalse(fulfillment._arrive())

    def test_nobody_arrives_for_a_delivery_or_an_ended_order(self):
        delivery = self._place()
        self._act(self.cashier, self.near, delivery, "accept")
        self.assertFalse(delivery._arrive())
        ready = self._place_ready(lines=[(self.product, 1)])
        ready.order_id._o2o_cancel("changed_mind")
        self.assertFalse(ready._arrive())

    def test_friend_collects_and_both_names_are_kept(self):
        """Idea 24: proxy pick-up by a friend's phone."""
        fulfillment = self._place_ready()
        old = fulfillment.pickup_code
        fulfillment._set_proxy("李四", "13911112222")
        self.assertNotEqual(fulfillment.pickup_code, old)
        self.assertEqual(self._find(old)["status"], "refused")
        answer = self._find(fulfillment.pickup_code)
        self.assertEqual(answer["check"]["proxy"], "李四")
        answer = self._act(
            self.cashier,
            self.near,
            fulfillment,
            "hand_over",
            code=fulfillment.pickup_code,
            by="proxy",
        )
        self.assertEqual(answer["status"], "ok", answer["message"])
        self.assertEqual(fulfillment.collected_by, "李四")
        for kind in ("proxy", "collected"):
            note = fulfillment.event_ids.filtered(lambda it, k=kind: it.kind == k).note
            self.assertIn("李四", note)
            self.assertIn(self.member.partner_id.name, note)
        self.assertIn("13911112222", note)

    def test_friend_gets_a_text_and_the_link_ends_with_the_order(self):
        fulfillment = self._place_ready()
        fulfillment._set_proxy("李四", "13911112222")
        token = fulfillment.proxy_token
        found = self.env["o2o.fulfillment"]._find_by_proxy_token(token)
        self.assertEqual(found, fulfillment)
        self.assertIn("/o2o/pickup/", self._texts())
        self._act(
            self.cashier,
            self.near,
            fulfillment,
            "hand_over",
            code=fulfillment.pickup_code,
        )
        self.assertFalse(self.env["o2o.fulfillment"]._find_by_proxy_token(token))

    def test_member_collects_after_all(self):
        """The friend's code and link open nothing more."""
        fulfillment = self._place_ready()
        fulfillment._set_proxy("李四", "13911112222")
        code, token = fulfillment.pickup_code, fulfillment.proxy_token
        fulfillment._clear_proxy()
        self.assertFalse(fulfillment.proxy_name)
        self.assertNotEqual(fulfillment.pickup_code, code)
        self.assertFalse(self.env["o2o.fulfillment"]._find_by_proxy_token(token))

    def test_friends_are_limited_and_checked(self):
        """Each friend costs a text message."""
        fulfillment = self._place_ready()
        for name, phone in (("", "13911112222"), ("李四", "12"), ("李四", None)):
            with self.assertRaises(UserError):
                fulfillment._set_proxy(name, phone)
        for number in range(3):
            fulfillment._set_proxy(f"李{number}", f"1391111222{number}")
        with self.assertRaises(UserError):
            fulfillment._set_proxy("王五", "13911112229")
        self.assertEqual(self._kinds(fulfillment).count("proxy"), 3)

import html
import re

from odoo import fields
from odoo.tests import tagged

from odoo.addons.o2o_order.tests.test_checkout_page import CheckoutPageCase

from .common import PickupCase


@tagged("post_install", "-at_install")
class TestPickupCheckout(PickupCase, CheckoutPageCase):
    """SHOP-11: a time on the one page, as a phone sends it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # the parent case left only delivery on the page
        cls.pickup.is_published = True
        cls.on_site.write({"state": "enabled", "is_published": True})

    def _open_pickup(self, quantity=1):
        """The page with pick-up in the near store chosen."""
        self._add(quantity=quantity)
        return self._update(
            self._page(), method_id=self.pickup.id, store_id=self.near.id
        )

    def _times(self, page):
        return re.findall(r'name="pickup_at"[^>]*value="([^"]+)"', page["html"])

    def _chosen(self, page):
        tags = re.findall(r'<input[^>]*name="pickup_at"[^>]*>', page["html"])
        [tag] = [tag for tag in tags if "checked" in tag]
        return re.search(r'value="([^"]+)"', tag)[1]

    def test_next_free_time_is_preselected_and_ordered(self):
        """SHOP-11: two taps as before; the time is the order's."""
        page = self._open_pickup()
        self.assertEqual(page["error"], "")
        self.assertEqual(self._chosen(page), self._times(page)[0])
        answer = self._submit(page)
        self.assertTrue(answer.get("done"), answer.get("error"))
        order = self._orders()
        self.assertEqual(
            fields.Datetime.to_string(order.o2o_pickup_at), self._times(page)[0]
        )
        self.assertEqual(self._get_bookings(order).store_id, self.near)
        self.assertEqual(order.o2o_fulfillment_ids.store_id, self.near)
        self.assertIn(order._o2o_get_slot_text(), html.unescape(answer["done"]))

    def test_another_time(self):
        """SHOP-11: the member chooses, the server keeps it."""
        page = self._open_pickup()
        page = self._update(page, pickup_at=self._times(page)[3])
        self.assertEqual(self._chosen(page), self._times(page)[3])
        self._submit(page)
        self.assertEqual(
            fields.Datetime.to_string(self._orders().o2o_pickup_at),
            self._times(page)[3],
        )

    def test_forged_time(self):
        """Invariant 7: a time that was not offered is refused, the choice stays."""
        page = self._open_pickup()
        first = self._chosen(page)
        for value in ("2020-01-01 10:00:00", "x" * 300, "' OR 1=1 --"):
            page = self._update(page, pickup_at=value)
            self.assertIn("not free any more", page["error"])
            self.assertEqual(self._chosen(page), first)

    def test_time_that_filled_up_meanwhile(self):
        """SHOP-11: a clear message, the cart stays, the next time is chosen."""
        self.near.pickup_slot_capacity = 1
        page = self._open_pickup()
        taken = self._chosen(page)
        other = self._create_member("o2o_second_member", "13900000002")
        self._place_pickup(lines=[(self.product, 1)], member=other)
        answer = self._submit(page)
        self.assertIn("Somebody was faster", answer["error"])
        self.assertFalse(self._orders())
        shown = self._read(answer["html"])
        self.assertNotIn(taken, self._times(shown))
        self.assertEqual(self._chosen(shown), self._times(shown)[0])
        self.assertEqual(len(self._orders("draft").website_order_line), 1)
        answer = self._submit(shown)
        self.assertTrue(answer.get("done"), answer.get("error"))

    def test_page_that_shows_another_time_is_asked_again(self):
        """The time is part of what was seen."""
        page = self._open_pickup()
        self._update(page, pickup_at=self._times(page)[1])
        answer = self._submit(page)
        self.assertIn("changed meanwhile", answer["error"])
        self.assertFalse(self._orders())

    def test_delivery_has_no_times(self):
        self._add()
        page = self._update(self._page(), method_id=self.carrier.id)
        self.assertFalse(self._times(page))
        self._submit(page)
        self.assertFalse(self._orders().o2o_pickup_at)

    def test_fully_booked_store_still_takes_orders(self):
        """No time left: an honest word instead of a dead end."""
        self.near.write({"pickup_days_ahead": 0, "pickup_lead_minutes": 2000})
        page = self._open_pickup()
        self.assertIn("o2o_slots_none", page["html"])
        answer = self._submit(page)
        self.assertTrue(answer.get("done"), answer.get("error"))

from datetime import timedelta

from odoo import fields
from odoo.tests import freeze_time, tagged

from .common import BoardCase


@tagged("post_install", "-at_install")
class TestBoard(BoardCase):
    """ROUT-11: what the board says of each store at a moment."""

    def test_orders_are_counted_where_they_are(self):
        """ROUT-11: waiting, accepted and ready, in the store that has them."""
        first = self._place([(self.product, 1)])
        second = self._place([(self.product, 1)])
        self.assertEqual((first | second).store_id, self.near)
        card = self._card(self.near)
        self.assertEqual((card["waiting"], card["accepted"]), (2, 0))
        self.assertEqual(card["oldest_at"], str(first.offered_at))
        second._mark_accepted()
        card = self._card(self.near)
        self.assertEqual((card["waiting"], card["accepted"]), (1, 1))
        self.assertEqual(self._card(self.far)["waiting"], 0)
        first._turn_down(self.reason)
        self.assertEqual(self._card(self.near)["waiting"], 0)
        self.assertEqual(self._card(first.store_id)["waiting"], 1)

    def test_unanswered_and_overdue_orders_are_late(self):
        """ROUT-11: past the time to answer, or the time to prepare."""
        waiting = self._place([(self.product, 1)])
        accepted = self._place([(self.product, 1)])
        accepted._mark_accepted()
        card = self._card(self.near)
        self.assertEqual((card["unanswered"], card["overdue"]), (0, 0))
        self.assertEqual(card["late_at"], str(waiting.offer_ids.due_at))
        half = (waiting.offer_ids.due_at - waiting.offered_at) / 2
        self.assertEqual(card["hurry_at"], str(waiting.offered_at + half))
        start = fields.Datetime.now()
        with freeze_time(waiting.offer_ids.due_at + timedelta(seconds=1)):
            card = self._card(self.near)
            self.assertEqual((card["unanswered"], card["overdue"]), (1, 0))
        minutes = self.company.o2o_ready_minutes
        with freeze_time(start + timedelta(minutes=minutes + 1)):
            self.assertEqual(self._card(self.near)["overdue"], 1)
            self.company.o2o_ready_minutes = 0
            self.assertEqual(self._card(self.near)["overdue"], 0)

    def test_alerted_order_is_late_before_its_time(self):
        """ROUT-07: others were told already: head office sees red."""
        fulfillment = self._place([(self.product, 1)])
        fulfillment.alerted_at = fields.Datetime.now()
        self.assertEqual(self._card(self.near)["unanswered"], 1)

    def test_tills_that_are_open_and_may_sound(self):
        """ROUT-11: the heartbeat of the tills, as it is now."""
        card = self._card(self.near)
        self.assertEqual((card["tills"], card["tills_open"]), (1, 0))
        self._ring(self.near, sound="blocked")
        card = self._card(self.near)
        self.assertEqual((card["tills_open"], card["tills_ringing"]), (1, 0))
        self._ring(self.near)
        self.assertEqual(self._card(self.near)["tills_ringing"], 1)
        with freeze_time(fields.Datetime.now() + timedelta(seconds=61)):
            card = self._card(self.near)
            self.assertEqual((card["tills_open"], card["tills_ringing"]), (0, 0))
            self.assertTrue(card["seen_at"])

    def test_paused_and_closed_stores(self):
        """ROUT-11: a store that rests, and when it is back."""
        self.assertFalse(self._card(self.near)["is_paused"])
        self.near._pause(30)
        card = self._card(self.near)
        self.assertTrue(card["is_paused"])
        self.assertEqual(card["paused_until"], str(self.near.paused_until))
        with freeze_time(self.near.paused_until + timedelta(seconds=1)):
            card = self._card(self.near)
            self.assertFalse(card["is_paused"])
            self.assertFalse(card["paused_until"])
        self.far.calendar_id = self.env["resource.calendar"].create(
            {"name": "Mornings", "tz": "UTC", "company_id": self.company.id}
        )
        with freeze_time("2026-03-02 10:00:00"):  # a Monday
            self.assertFalse(self._card(self.far)["is_closed"])
        with freeze_time("2026-03-01 10:00:00"):
            card = self._card(self.far)
            self.assertTrue(card["is_closed"])
            self.assertEqual(card["opens_at"], "2026-03-02 08:00:00")

    def test_store_lies_in_its_city(self):
        card = self._card(self.near)
        self.assertEqual(card["city"], "贵阳")
        self.assertAlmostEqual(card["latitude"], self.near.latitude)
        self.assertAlmostEqual(card["longitude"], self.near.longitude)

    def test_archived_store_is_gone(self):
        self.other_city.active = False
        ids = [row["id"] for row in self._board()["stores"]]
        self.assertNotIn(self.other_city.id, ids)
        self.assertIn(self.near.id, ids)

    def test_names_in_the_language_of_the_reader(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        self.near.with_context(lang="zh_CN").name = "近处店"
        board = (
            self.env["o2o.order.board"]
            .with_user(self.head_office_user)
            .with_context(lang="zh_CN")
            .get_board()
        )
        names = {row["id"]: row["name"] for row in board["stores"]}
        self.assertEqual(names[self.near.id], "近处店")
        self.assertEqual(names[self.far.id], self.far.name)

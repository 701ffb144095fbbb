from datetime import timedelta

from odoo import fields
from odoo.tests import freeze_time, new_test_user, tagged

from .common import DeviceCase

#: a Monday; the store of these tests opens at 9:00 UTC
MONDAY = fields.Datetime.to_datetime("2026-01-05 00:00:00")


@tagged("post_install", "-at_install")
class TestHealth(DeviceCase):
    """POS-05: trouble is seen before a slip is missed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss = new_test_user(
            cls.env,
            "o2o_store_boss",
            groups="base.group_user,o2o_pos_device.o2o_pos_device_group_manager",
            # the warning speaks the language of who reads it
            lang="en_US",
        )
        cls.near.user_ids |= cls.boss
        cls.near.calendar_id = cls.env["resource.calendar"].create(
            {
                "name": "Mondays",
                "tz": "UTC",
                "attendance_ids": [
                    fields.Command.clear(),
                    fields.Command.create(
                        {
                            "name": "Day",
                            "dayofweek": "0",
                            "hour_from": 9,
                            "hour_to": 18,
                            "day_period": "morning",
                        }
                    ),
                ],
            }
        )

    def _report(self, moment, status):
        with freeze_time(moment):
            self.box.sudo()._sync(
                {"printers": [{"id": self.printer.id, "status": status}]}
            )

    def _watch(self, moment):
        cron = self.env.ref("o2o_pos_device.o2o_box_cron_watch_openings")
        with freeze_time(moment), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        return self.box.activity_ids

    def _at(self, hour, minute=0):
        return MONDAY + timedelta(hours=hour, minutes=minute)

    # === health === #

    def test_status_counts_only_while_the_box_is_there(self):
        self._report(MONDAY, "online")
        with freeze_time(MONDAY):
            self.env.invalidate_all()
            self.assertEqual(self.printer.health, "online")
        with freeze_time(MONDAY + timedelta(minutes=2)):
            self.env.invalidate_all()
            self.assertEqual(self.printer.health, "box_offline")
        self.box.action_revoke()
        self.assertEqual(self.printer.health, "no_box")

    def test_every_status_of_the_box_is_known(self):
        for status in ("paper_low", "paper_out", "cover_open", "error", "offline"):
            self._report(MONDAY, status)
            self.assertEqual(self.printer.status, status)
        self._report(MONDAY, "on fire")
        self.assertEqual(self.printer.status, "offline")

    def test_till_sees_the_printers_with_the_board(self):
        self._report(MONDAY, "cover_open")
        with freeze_time(MONDAY):
            self.env.invalidate_all()
            board = (
                self.env["o2o.fulfillment"]
                .with_user(self.cashier)
                .pos_board(self._till(self.near).id)
            )
        self.assertEqual(
            board["store"]["printers"],
            [{"id": self.printer.id, "name": "Counter", "health": "cover_open"}],
        )

    # === before the store opens === #

    def test_offline_box_warns_the_manager_once(self):
        self._report(self._at(6), "online")
        self.assertFalse(self._watch(self._at(8, 20)))
        activity = self._watch(self._at(8, 31))
        self.assertEqual(activity.user_id, self.boss)
        self.assertIn("Near box", activity.note)
        self.assertIn(self.near.name, activity.summary)
        self.assertEqual(self._watch(self._at(8, 45)), activity)

    def test_printer_without_paper_warns(self):
        self._report(self._at(8, 40), "paper_out")
        [activity] = self._watch(self._at(8, 40))
        self.assertIn("Counter: Out of paper", activity.note)

    def test_all_well_warns_nobody(self):
        self._report(self._at(8, 40), "paper_low")
        self.assertFalse(self._watch(self._at(8, 40)))

    def test_put_right_takes_the_warning_back(self):
        self._report(self._at(8, 35), "paper_out")
        self.assertTrue(self._watch(self._at(8, 35)))
        self._report(self._at(8, 40), "online")
        self.assertFalse(self._watch(self._at(8, 40)))
        # and the next trouble before the same opening is told again
        self._report(self._at(8, 45), "cover_open")
        self.assertTrue(self._watch(self._at(8, 45)))

    def test_open_and_closed_stores_warn_nobody(self):
        self._report(self._at(6), "offline")
        self.assertFalse(self._watch(self._at(12)))
        self.assertFalse(self._watch(self._at(20)))
        # Tuesday is closed all day
        self.assertFalse(self._watch(self._at(24 + 8, 40)))

    def test_box_that_is_not_in_use_warns_nobody(self):
        self.box.action_revoke()
        self.assertFalse(self._watch(self._at(8, 40)))

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from ..const import DRAWER_MAX_REASON
from .common import DeviceCase

KEY = "0a1b2c3d-1"
SALE = "11111111-2222-3333-4444-555555555555"


@tagged("post_install", "-at_install")
class TestDrawer(DeviceCase):
    """POS-05: the cash drawer of a till opens at once or never; the buzzer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.till = cls.near.pos_config_ids
        cls.till.open_ui()
        cls.till.current_session_id.set_opening_control(0, None)
        cls.printer.write(
            {"drawer_pin": "5", "drawer_config_ids": [Command.set(cls.till.ids)]}
        )
        cls._report(cls, "online")

    def _report(self, status, **values):
        report = {"id": self.printer.id, "status": status, **values}
        self.box.sudo()._sync({"printers": [report]})
        self.env.invalidate_all()

    def _open(self, key=KEY, user=None, till=None, **values):
        jobs = self.env["o2o.print.job"].with_user(user or self.cashier)
        return jobs.pos_open_drawer((till or self.till).id, key, **values)

    def _jobs(self):
        return self.env["o2o.print.job"].search([("document_type", "=", "drawer")])

    # === opening === #

    def test_reason_opens_it_and_is_kept(self):
        answer = self._open(reason=" change for the market ")
        self.assertEqual(answer["status"], "ok")
        job = self._jobs()
        self.assertEqual(job.id, answer["job_id"])
        self.assertEqual(job.create_uid, self.cashier)
        self.assertEqual(job.drawer_reason, "change for the market")
        self.assertEqual(job.payload["blocks"], [{"type": "drawer", "pin": 5}])
        self.assertEqual(job.source_name, self.till.display_name)

    def test_box_gets_it_urgent_for_seconds(self):
        with freeze_time(fields.Datetime.now()):
            self._open(reason="change")
            [sent] = self.box.sudo()._sync({})["jobs"]
        self.assertTrue(sent["urgent"])
        self.assertEqual(sent["on_unknown"], "hold")
        self.assertEqual(sent["copies"], 1)
        self.assertEqual(sent["expires_in"], 15)

    def test_late_box_gets_nothing(self):
        now = fields.Datetime.now()
        with freeze_time(now):
            self._open(reason="change")
        with freeze_time(now + timedelta(seconds=16)):
            self.assertEqual(self.box.sudo()._sync({})["jobs"], [])
            cron = self.env.ref("o2o_pos_device.o2o_print_job_cron_expire")
            with self.enter_registry_test_mode():
                cron.method_direct_trigger()
        self.assertEqual(self._jobs().state, "expired")

    def test_same_press_opens_once(self):
        first, second = self._open(reason="change"), self._open(reason="change")
        self.assertEqual(first, second)
        self.assertEqual(len(self._jobs()), 1)

    def test_a_sale_opens_it_once_and_a_reason_again(self):
        self._open("press-00001", sale=SALE)
        self._open("press-00002", sale=SALE)
        self.assertEqual(len(self._jobs()), 1)
        self._open("press-00003", sale=SALE, reason="dropped a coin")
        self.assertEqual(len(self._jobs()), 2)

    def test_sale_that_never_came_can_be_seen(self):
        self._open(sale=SALE)
        job = self._jobs()
        self.assertFalse(job.drawer_order_id)
        order = self.env["pos.order"].create(
            {
                "uuid": SALE,
                "session_id": self.till.current_session_id.id,
                "company_id": self.company.id,
                "amount_tax": 0,
                "amount_total": 0,
                "amount_paid": 0,
                "amount_return": 0,
            }
        )
        job.invalidate_recordset()
        self.assertEqual(job.with_user(self.cashier).drawer_order_id, order)

    def test_without_reason_and_sale_it_stays_shut(self):
        for values in ({}, {"reason": "  "}, {"reason": 7}, {"sale": "x"}):
            answer = self._open(**values)
            self.assertEqual(answer["status"], "refused")
            self.assertIn("why", answer["message"])
        self.assertFalse(self._jobs())

    def test_nonsense_of_a_till_is_bounded(self):
        self._open(reason="x" * 5000)
        self.assertEqual(len(self._jobs().drawer_reason), DRAWER_MAX_REASON)
        for key in ("", "a", "k" * 65, "key with space", None, 5):
            self.assertEqual(self._open(key, reason="r")["status"], "refused")
        self.assertEqual(len(self._jobs()), 1)

    def test_printer_that_cannot_is_told_at_once(self):
        for status in ("paper_out", "cover_open", "error", "offline"):
            self._report(status)
            answer = self._open(reason="change")
            self.assertEqual(answer["status"], "refused")
            self.assertIn("Counter", answer["message"])
        self.box.action_revoke()
        self.assertIn("not paired", self._open(reason="change")["message"])
        self.assertFalse(self._jobs())

    def test_till_that_is_opening_counts_its_money(self):
        till = self.env["pos.config"].create(
            {"name": "NEAR 3", "o2o_store_id": self.near.id}
        )
        self.printer.drawer_config_ids |= till
        with self.assertRaises(UserError):
            self._open(reason="opening", till=till)
        till.open_ui()
        self.assertEqual(till.current_session_id.state, "opening_control")
        self.assertEqual(self._open(reason="opening", till=till)["status"], "ok")

    # === attacks === #

    def test_only_the_staff_of_the_store_opens_it(self):
        nobody = new_test_user(self.env, "o2o_no_till", groups="base.group_user")
        for user in (self.cashier_far, nobody):
            with self.assertRaises(AccessError):
                self._open(reason="mine", user=user)
        for till in (0, "1", None, [self.till.id]):
            jobs = self.env["o2o.print.job"].with_user(self.cashier)
            with self.assertRaises(AccessError):
                jobs.pos_open_drawer(till, KEY, "mine")
        self.assertFalse(self._jobs())

    def test_till_without_drawer_opens_none(self):
        far = self._till(self.far)
        far.open_ui()
        answer = self._open(reason="mine", user=self.cashier_far, till=far)
        self.assertEqual(answer["status"], "refused")
        self.assertFalse(self._jobs())

    def test_drawer_is_never_opened_by_printing_again(self):
        self._open(reason="change")
        job = self._jobs()
        job._mark_failed("no answer")
        self.assertFalse(job.can_reprint)
        with self.assertRaises(UserError):
            job.with_user(self.cashier).action_reprint()
        self.assertEqual(self._jobs(), job)

    def test_history_cannot_be_rewritten(self):
        self._open(reason="change")
        with self.assertRaises(UserError):
            self._jobs().sudo().write({"drawer_reason": "nothing"})

    # === no second printer === #

    def test_no_fallback_printer_opens_another_drawer(self):
        other = self._create_printer(
            self.box, name="Second", drawer_pin="2", drawer_config_ids=False
        )
        self.printer.write({"fallback_id": other.id, "fallback_minutes": 0})
        self._open(reason="change")
        job = self._jobs()
        self.box.sudo()._sync(
            {
                "printers": [
                    {"id": self.printer.id, "status": "paper_out"},
                    {"id": other.id, "status": "online"},
                ]
            }
        )
        answer = self.box.sudo()._sync({"holding": [job.uid]})
        self.assertEqual(answer["drop"], [])
        job._apply_ack("cancelled", "", 0)
        self.assertEqual(job.state, "cancelled")
        self.assertEqual(self._jobs(), job)

    # === settings === #

    def test_till_knows_its_drawer(self):
        self.assertTrue(self.till.with_user(self.cashier).o2o_has_drawer)
        self.printer.drawer_pin = "none"
        self.till.invalidate_recordset()
        self.assertFalse(self.till.o2o_has_drawer)
        [sent] = self.env["pos.config"]._load_pos_data_read(self.till, self.till)
        self.assertIn("o2o_has_drawer", sent)

    def test_one_till_has_one_drawer(self):
        with self.assertRaisesRegex(ValidationError, "another drawer"):
            self._create_printer(
                self.box,
                drawer_pin="2",
                drawer_config_ids=[Command.set(self.till.ids)],
            )

    def test_drawer_belongs_to_tills_of_the_store(self):
        with self.assertRaisesRegex(ValidationError, "for tills of"):
            self.printer.drawer_config_ids |= self._till(self.far)

    def test_cups_opens_no_drawer(self):
        with self.assertRaisesRegex(ValidationError, "keeps what it is sent"):
            self.printer.write({"connection": "cups", "device": "receipts"})

    def test_cloud_opens_no_drawer(self):
        with self.assertRaisesRegex(ValidationError, "keeps what it is sent"):
            self.printer.write({"connection": "cloudprnt"})

    # === health === #

    def test_switch_of_the_drawer_tells_its_state(self):
        self._report("online", drawer_wire="high")
        self.assertFalse(self.printer.drawer_status)
        self.printer.drawer_signal = "high"
        self.assertEqual(self.printer.drawer_status, "open")
        self.assertEqual(self.printer._prepare_pos_dict()["drawer"], "open")
        self._report("online", drawer_wire="low")
        self.assertEqual(self.printer.drawer_status, "closed")
        self._report("offline", drawer_wire="low")
        self.assertFalse(self.printer.drawer_status)
        for nonsense in (None, 7, "broken"):
            self._report("online", drawer_wire=nonsense)
            self.assertEqual(self.printer.drawer_wire, "low")

    # === buzzer === #

    def test_new_order_beeps_and_its_reprint_does_not(self):
        self.printer.write({"buzzer": "order_slip", "buzzer_beeps": 4})
        job = self._accept()
        self.assertEqual(job._prepare_box_dict()["beeps"], 4)
        job._mark_printed()
        again = job._reprint()
        self.assertEqual(again._prepare_box_dict()["beeps"], 0)

    def test_buzzer_is_silent_until_it_is_set(self):
        job = self._accept()
        self.assertEqual(job._prepare_box_dict()["beeps"], 0)

    def test_buzzer_for_every_slip(self):
        self.printer.buzzer = "always"
        test = self.env["o2o.print.job"]._queue_test(self.printer)
        self.assertEqual(test.sudo()._prepare_box_dict()["beeps"], 3)

from datetime import timedelta

from odoo import fields
from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged

from .common import DeviceCase


@tagged("post_install", "-at_install")
class TestFallback(DeviceCase):
    """POS-04: the printer is out of paper, the slip comes out at another one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.spare_box = cls._create_box("Spare box", cls.near)
        cls._pair(cls.spare_box)
        # it prints other slips by itself
        cls.spare = cls._create_printer(
            cls.spare_box, name="Kitchen", role="points_slip"
        )

    def setUp(self):
        super().setUp()
        self.printer.write({"fallback_id": self.spare.id, "fallback_minutes": 3})
        self.job = self._accept()
        self.start = fields.Datetime.now()

    def _sync(self, box, status=None, printer=None, acks=(), holding=()):
        reports = [{"id": printer.id, "status": status}] if status else []
        return box.sudo()._sync(
            {
                "printers": reports,
                "acks": [{"id": 1, "age": 0, **ack} for ack in acks],
                "holding": list(holding),
            }
        )

    def _sync_both(self, minutes, status="paper_out", spare="online", acks=()):
        """Both boxes report; the first one holds the job. :return: its answer"""
        with freeze_time(self.start + timedelta(minutes=minutes)):
            self._sync(self.spare_box, spare, self.spare)
            return self._sync(
                self.box, status, self.printer, acks, holding=[self.job.uid]
            )

    def _give_up(self, minutes=3.5):
        self._sync_both(
            minutes, acks=[{"uid": self.job.uid, "state": "cancelled", "error": ""}]
        )
        return self.env["o2o.print.job"].search([("fallback_of_id", "=", self.job.id)])

    def _run_cron(self, minutes):
        cron = self.env.ref("o2o_pos_device.o2o_print_job_cron_fallback")
        with (
            freeze_time(self.start + timedelta(minutes=minutes)),
            self.enter_registry_test_mode(),
        ):
            cron.method_direct_trigger()
        return self.env["o2o.print.job"].search([("fallback_of_id", "=", self.job.id)])

    # === the box is there === #

    def test_job_is_asked_back_after_the_set_time_only(self):
        self.assertEqual(self._sync_both(2.5)["drop"], [])
        self.assertEqual(self._sync_both(3.5)["drop"], [self.job.uid])
        # asked, but not promised: nothing else may print it yet
        self.assertEqual(self.job.state, "new")
        self.assertFalse(self.job.search([("fallback_of_id", "=", self.job.id)]))

    def test_ready_printer_keeps_its_jobs(self):
        self.assertEqual(self._sync_both(60, status="paper_low")["drop"], [])

    def test_fallback_that_is_not_ready_gets_nothing(self):
        self.assertEqual(self._sync_both(60, spare="cover_open")["drop"], [])

    def test_what_the_box_gives_up_is_printed_once_and_marked(self):
        copy = self._give_up()
        self.assertRecordValues(
            copy,
            [
                {
                    "state": "new",
                    "printer_id": self.spare.id,
                    "box_id": self.spare_box.id,
                    "document_type": "order_slip",
                    "expires_at": self.job.expires_at,
                    "reprint_number": 0,
                }
            ],
        )
        self.assertEqual(self.job.state, "cancelled")
        self.assertIn("Kitchen", self.job.error)
        self.assertIn("** Counter was not ready: printed here **", copy.preview_text)
        self.assertNotIn("** REPRINT **", copy.preview_text)
        # the same news again changes nothing
        self.assertEqual(self._give_up(4), copy)
        with freeze_time(self.start + timedelta(minutes=4)):
            [sent] = self._sync(self.spare_box)["jobs"]
            self.assertEqual(sent["uid"], copy.uid)
            self.assertNotIn(
                self.job.uid, [it["uid"] for it in self._sync(self.box)["jobs"]]
            )

    def test_printed_in_the_last_moment_is_not_printed_again(self):
        self._sync_both(3.5)
        acks = [{"uid": self.job.uid, "state": "printed", "error": ""}]
        self._sync_both(3.6, acks=acks)
        self.assertEqual(self.job.state, "printed")
        self.assertFalse(self._give_up(3.7))

    def test_order_shows_the_slip_that_counts(self):
        fulfillment = self.job._get_source_sudo()
        copy = self._give_up()
        self.assertEqual(fulfillment.print_status, "pending")
        [shown] = fulfillment._prepare_pos_print_jobs()
        self.assertEqual((shown["printer"], shown["is_fallback"]), ("Kitchen", True))
        copy._mark_printed()
        self.assertEqual(fulfillment.print_status, "printed")

    def test_reprint_waits_for_the_fallback_and_counts_on(self):
        copy = self._give_up()
        self.assertEqual(self.job.sudo()._reprint(), copy)
        copy._mark_printed()
        again = copy.sudo()._reprint()
        self.assertEqual((again.reprint_number, again.reprint_of_id), (1, self.job))

    def test_no_ping_pong(self):
        """Two printers that stand in for each other: a slip moves once."""
        self.spare.fallback_id = self.printer
        copy = self._give_up()
        with freeze_time(self.start + timedelta(minutes=20)):
            self._sync(self.box, "online", self.printer)
            answer = self._sync(
                self.spare_box, "paper_out", self.spare, holding=[copy.uid]
            )
        self.assertEqual(answer["drop"], [])

    def test_fallback_removed_meanwhile_is_told(self):
        self._sync_both(3.5)
        self.spare.active = False
        self.assertFalse(self._give_up(3.6))
        self.assertEqual(self.job.state, "failed")

    def test_cancelled_by_a_person_stays_cancelled(self):
        self.job._mark_received()
        self.job.with_user(self.cashier).action_cancel()
        self.assertFalse(self._give_up())

    # === the box is away === #

    def _lose_box(self, is_handed):
        """The box was there at the start, then it is never seen again."""
        with freeze_time(self.start):
            self._sync(self.box, "online", self.printer)
        if not is_handed:
            self.job.sudo().handed_at = False
        with freeze_time(self.start + timedelta(minutes=5)):
            self._sync(self.spare_box, "online", self.spare)

    def test_slip_the_box_never_got_moves_without_warning(self):
        self._lose_box(is_handed=False)
        copy = self._run_cron(5)
        self.assertEqual(copy.printer_id, self.spare)
        self.assertNotIn("** REPRINT **", copy.preview_text)
        self.assertEqual(self._run_cron(5.2), copy)

    def test_order_slip_the_box_has_moves_with_a_warning(self):
        self._lose_box(is_handed=True)
        self.assertTrue(self.job.handed_at)
        copy = self._run_cron(5)
        self.assertIn("** REPRINT **", copy.preview_text)
        # the box comes back and still holds it: it has to let go
        with freeze_time(self.start + timedelta(minutes=6)):
            answer = self._sync(self.box, holding=[self.job.uid])
        self.assertEqual(answer["drop"], [self.job.uid])

    def test_box_that_is_there_is_asked_instead(self):
        self._sync_both(5)
        self.assertFalse(self._run_cron(5))

    def test_paper_about_goods_waits_for_a_person(self):
        """A shipping slip the lost box may have printed is not printed again."""
        fulfillment = self.job._get_source_sudo()
        self._act(self.cashier, self.near, fulfillment, "ship")
        slip = fulfillment.print_job_ids.filtered(
            lambda job: job.document_type == "shipping_slip"
        )
        self._lose_box(is_handed=True)
        self.assertTrue(slip.handed_at)
        self._run_cron(5)
        self.assertFalse(slip.search([("fallback_of_id", "=", slip.id)]))

    # === settings === #

    def test_fallback_is_another_printer_of_the_store(self):
        far = self._create_printer(self._create_box("Far box", self.far))
        for wrong in (self.printer, far):
            with self.assertRaises(ValidationError):
                self.printer.fallback_id = wrong
        with self.assertRaises(ValidationError):
            self.printer.write({"connection": "usb", "device": "/dev/usb/lp0"})
        with self.assertRaises(ValidationError):
            self.printer.write({"connection": "cups", "device": "a/b"})
        self.printer.write({"connection": "usb", "device": "04b8:0E15"})
        self.printer.write({"connection": "cups", "device": "Star_TSP-100"})

    def test_late_paper_has_an_end_of_its_own(self):
        lives = [
            self.job._get_lifetime_minutes(kind)
            for kind in ("test", "order_slip", "return_slip")
        ]
        self.assertEqual(lives, sorted(lives))
        self.assertEqual(len(set(lives)), 3)

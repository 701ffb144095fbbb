from datetime import timedelta
from unittest.mock import patch

import psycopg2

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ..const import ALLOWED_FROM
from .common import DeviceCase


@tagged("post_install", "-at_install")
class TestPrintJob(DeviceCase):
    """Invariant 6: a slip prints once, and everybody can see its state."""

    def _reprint(self, fulfillment, document_type="order_slip", user=None, store=None):
        store = store or self.near
        return (
            self.env["o2o.fulfillment"]
            .with_user(user or self.cashier)
            .pos_reprint(self._till(store).id, fulfillment.id, document_type)
        )

    def _run_expiry(self):
        cron = self.env.ref("o2o_pos_device.o2o_print_job_cron_expire")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()

    # === from the order (POS-04) === #

    def test_accepting_queues_the_order_slip(self):
        """POS-04: the order receipt comes with the acceptance."""
        job = self._accept()
        self.assertRecordValues(
            job,
            [
                {
                    "document_type": "order_slip",
                    "state": "new",
                    "printer_id": self.printer.id,
                    "store_id": self.near.id,
                    "reprint_number": 0,
                }
            ],
        )

    def test_waiting_order_prints_nothing(self):
        self.assertFalse(self._place_near().print_job_ids)

    def test_shipping_queues_the_shipping_slip(self):
        """POS-04: shipping prints the shipping information."""
        job = self._accept()
        fulfillment = job._get_source_sudo()
        answer = self._act(self.cashier, self.near, fulfillment, "ship")
        self.assertEqual(answer["status"], "ok", answer["message"])
        self.assertEqual(
            fulfillment.print_job_ids.sorted("id").mapped("document_type"),
            ["order_slip", "shipping_slip"],
        )

    def test_receiving_a_delivery_prints_no_second_shipping_slip(self):
        fulfillment = self._accept()._get_source_sudo()
        self._act(self.cashier, self.near, fulfillment, "ship")
        fulfillment._mark_received()
        self.assertEqual(len(fulfillment.print_job_ids), 2)

    def test_handing_over_a_pickup_queues_the_shipping_slip(self):
        fulfillment = self._place_near()
        fulfillment.delivery_kind = "pickup"
        self._accept(fulfillment)
        fulfillment._mark_ready()
        types = fulfillment.print_job_ids.mapped("document_type")
        self.assertNotIn("shipping_slip", types)
        fulfillment._mark_received()
        self.assertEqual(
            fulfillment.print_job_ids.sorted("id")[-1].document_type, "shipping_slip"
        )

    def test_the_same_slip_is_never_queued_twice(self):
        job = self._accept()
        fulfillment = job._get_source_sudo()
        again = self.env["o2o.print.job"]._queue("order_slip", fulfillment, self.near)
        self.assertEqual(again, job)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(psycopg2.IntegrityError),
            self.cr.savepoint(),
        ):
            self.env["o2o.print.job"]._create_job(
                "order_slip", fulfillment, self.near, uid=job.uid
            )

    def test_store_without_printer_accepts_all_the_same(self):
        self.printer.active = False
        fulfillment = self._place_near()
        answer = self._act(self.cashier, self.near, fulfillment, "accept")
        self.assertEqual(answer["status"], "ok")
        self.assertEqual(answer["order"]["print_jobs"], [])
        self.assertEqual(answer["order"]["print_status"], "no_printer")

    def test_cancelled_order_leaves_the_queue(self):
        job = self._accept()
        job._get_source_sudo()._mark_cancelled()
        self.assertEqual(job.state, "cancelled")

    def test_special_printer_goes_before_the_general_one(self):
        special = self._create_printer(self.box, role="order_slip", copies=2)
        job = self._accept()
        self.assertEqual((job.printer_id, job.copies), (special, 2))

    def test_box_is_woken_and_tills_are_told(self):
        sent = []
        bus = type(self.env["bus.bus"])

        def record(model, target, kind, message):
            if isinstance(target, str):
                sent.append((target, kind, message))

        fulfillment = self._place_near()
        with patch.object(bus, "_sendone", record):
            self._accept(fulfillment)
        self.assertIn((self.box.sudo().bus_channel, "O2O_BOX_WAKE", {}), sent)
        till = self._till(self.near)
        [message] = [m for _t, kind, m in sent if kind.endswith("-O2O_PRINT_CHANGED")]
        self.assertEqual(message["fulfillment_id"], fulfillment.id)
        self.assertEqual(message["state"], "new")
        targets = {t for t, kind, _m in sent if kind.endswith("O2O_PRINT_CHANGED")}
        self.assertEqual(targets, {till.access_token})

    def test_till_sees_the_slips_on_the_board(self):
        job = self._accept()
        board = (
            self.env["o2o.fulfillment"]
            .with_user(self.cashier)
            .pos_board(self._till(self.near).id)
        )
        [order] = [o for o in board["orders"] if o["id"] == job.res_id]
        [shown] = order["print_jobs"]
        self.assertEqual(shown["document_type"], "order_slip")
        self.assertEqual(shown["state"], "new")
        self.assertEqual(shown["name"], job.name)
        self.assertEqual(order["print_status"], "pending")

    # === states === #

    def test_every_step_is_forward_only(self):
        job = self._accept()
        states = list(dict(job._fields["state"].selection))
        steps = {
            "received": job._mark_received,
            "printing": job._mark_printing,
            "printed": job._mark_printed,
            "failed": lambda: job._mark_failed("x"),
            "unknown": lambda: job._mark_unknown("x"),
            "expired": job._mark_expired,
            "cancelled": job._mark_cancelled,
        }
        for source in states:
            for target, step in steps.items():
                job.write({"state": source})
                step()
                expected = target if source in ALLOWED_FROM[target] else source
                self.assertEqual(job.state, expected, f"{source} -> {target}")

    def test_late_printed_corrects_unknown_and_keeps_the_reason(self):
        job = self._accept()
        job._mark_unknown("the box stopped")
        self.assertEqual(job._get_source_sudo().print_status, "attention")
        job._mark_printed()
        self.assertEqual(job.state, "printed")
        self.assertEqual(job.error, "the box stopped")
        self.assertEqual(job._get_source_sudo().print_status, "printed")

    def test_time_of_printing_is_taken_from_the_age(self):
        job = self._accept()
        with freeze_time("2026-01-01 10:00:00"):
            job._apply_ack("printed", False, 90)
        self.assertEqual(
            job.printed_at, fields.Datetime.to_datetime("2026-01-01 09:58:30")
        )

    def test_identity_never_changes(self):
        job = self._accept()
        for vals in ({"uid": "x"}, {"payload": {}}, {"printer_id": 1}, {"copies": 5}):
            with self.assertRaises(UserError):
                job.sudo().write(vals)
        with self.assertRaises(UserError):
            job.sudo().unlink()

    def test_expired_jobs_are_closed_and_not_handed_over(self):
        job = self._accept()
        with freeze_time(job.expires_at + timedelta(seconds=1)):
            self.assertEqual(self.box.sudo()._sync({})["jobs"], [])
            self._run_expiry()
        self.assertEqual(job.state, "expired")

    def test_job_stuck_in_printing_becomes_unknown(self):
        job = self._accept()
        job._mark_printing()
        with freeze_time(job.expires_at + timedelta(seconds=1)):
            self._run_expiry()
        self.assertEqual(job.state, "unknown")
        self.assertTrue(job.error)

    def test_cancelled_job_is_dropped_by_the_box(self):
        job = self._accept()
        job._mark_received()
        job.with_user(self.cashier).action_cancel()
        answer = self.box.sudo()._sync({"holding": [job.uid]})
        self.assertEqual(answer["drop"], [job.uid])

    def test_job_lost_by_the_box_is_sent_again(self):
        job = self._accept()
        with freeze_time("2026-01-01 10:00:00"):
            job._mark_received()
            job.sudo().expires_at = "2026-01-01 12:00:00"
            self.assertEqual(self.box.sudo()._sync({})["jobs"], [])
        with freeze_time("2026-01-01 10:02:00"):
            held = self.box.sudo()._sync({"holding": [job.uid]})
            self.assertEqual(held["jobs"], [])
            lost = self.box.sudo()._sync({"holding": []})
            self.assertEqual([sent["uid"] for sent in lost["jobs"]], [job.uid])

    def test_person_confirms_an_unclear_slip(self):
        job = self._accept()
        job._mark_unknown("cable")
        job.with_user(self.cashier).action_confirm_printed()
        self.assertEqual(job.state, "printed")

    # === reprint (POS-08) === #

    def test_reprint_is_a_new_marked_job(self):
        """POS-08: any slip again, and nobody takes it for a second order."""
        job = self._accept()
        job._mark_printed()
        fulfillment = job._get_source_sudo()
        answer = self._reprint(fulfillment)
        self.assertEqual(answer["status"], "ok", answer["message"])
        copy = fulfillment.print_job_ids - job
        self.assertEqual((copy.reprint_of_id, copy.reprint_number), (job, 1))
        self.assertIn("Reprint no. 1", copy.preview_text)
        self.assertNotIn("Reprint", job.preview_text)
        self.assertEqual(answer["print_jobs"][0]["reprint_number"], 1)

    def test_second_press_does_not_print_twice(self):
        job = self._accept()
        fulfillment = job._get_source_sudo()
        for _press in range(3):
            self.assertEqual(self._reprint(fulfillment)["status"], "ok")
        self.assertEqual(fulfillment.print_job_ids, job)
        job._mark_printed()
        for _press in range(3):
            self._reprint(fulfillment)
        self.assertEqual(len(fulfillment.print_job_ids), 2)

    def test_reprints_are_counted(self):
        job = self._accept()
        fulfillment = job._get_source_sudo()
        for number in range(1, 4):
            fulfillment.print_job_ids._mark_printed()
            self._reprint(fulfillment)
            latest = fulfillment.print_job_ids.sorted("id")[-1]
            self.assertEqual(
                (latest.reprint_number, latest.reprint_of_id), (number, job)
            )

    def test_slip_of_a_later_step_is_refused(self):
        job = self._accept()
        answer = self._reprint(job._get_source_sudo(), "shipping_slip")
        self.assertEqual(answer["status"], "refused")
        self.assertEqual(
            self._reprint(job._get_source_sudo(), "x")["status"], "refused"
        )

    def test_printer_added_later_prints_the_first_slip_unmarked(self):
        self.printer.active = False
        fulfillment = self._place_near()
        self._act(self.cashier, self.near, fulfillment, "accept")
        self.assertEqual(self._reprint(fulfillment)["status"], "refused")
        self.printer.active = True
        self.assertEqual(self._reprint(fulfillment)["status"], "ok")
        self.assertEqual(fulfillment.print_job_ids.reprint_number, 0)

    def test_till_of_another_store_cannot_reprint(self):
        job = self._accept()
        answer = self._reprint(
            job._get_source_sudo(), user=self.cashier_far, store=self.far
        )
        self.assertEqual(answer["status"], "gone")
        self.assertEqual(len(job._get_source_sudo().print_job_ids), 1)

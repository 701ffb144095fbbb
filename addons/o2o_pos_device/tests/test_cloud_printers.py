import json
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..clouds.transport import TIMEOUT
from ..const import CLOUD_TOKENS_PER_DAY, CLOUD_TRIES
from .common import CloudCase, YilianyunCase

PRINTER_LOGGER = "odoo.addons.o2o_pos_device.models.o2o_printer_cloud"


@tagged("post_install", "-at_install")
class TestFeie(CloudCase):
    """POS-05: a printer without a box; sent once, asked for, never guessed."""

    def _ship(self, job):
        """A paper about goods: it must not come twice."""
        self._act(self.cashier, self.near, job._get_source_sudo(), "ship")
        return job._get_source_sudo().print_job_ids.filtered(
            lambda it: it.document_type == "shipping_slip"
        )

    # === the way of a slip === #

    def test_nothing_is_called_in_the_transaction_of_the_order(self):
        job = self._accept()
        self.assertEqual(self.cloud.calls, [])
        self.assertRecordValues(
            job,
            [
                {
                    "state": "new",
                    "printer_id": self.cloud_printer.id,
                    "box_id": False,
                    "handed_at": False,
                    "can_cancel": True,
                }
            ],
        )

    def test_slip_wakes_the_job(self):
        cron = self.env.ref("o2o_pos_device.o2o_printer_cron_clouds")
        triggers = self.env["ir.cron.trigger"]
        before = triggers.search_count([("cron_id", "=", cron.id)])
        self._accept()
        self.assertGreater(triggers.search_count([("cron_id", "=", cron.id)]), before)

    def test_sent_accepted_then_printed(self):
        self.cloud.set_state("offline")
        self.cloud.set_state("online")
        job = self._accept()
        self._run()
        self.assertEqual(job.state, "received")
        self.assertTrue(job.cloud_reference)
        self.assertFalse(job.error)
        self.assertEqual(self.cloud_printer.health, "online")
        self._run(3)
        self.assertEqual(job.state, "printed")
        self.assertFalse(job.cloud_ask_at)
        [paper] = self.cloud.papers()
        self.assertIn("<CB><BOLD>Order slip</BOLD></CB>", paper)
        self.assertEqual(
            self._names(),
            [
                "Open_printerAddlist",
                "Open_queryPrinterStatus",
                "Open_printMsg",
                "Open_queryOrderState",
            ],
        )
        # and nothing is asked any more
        self._run(10)
        self.assertEqual(len(self.cloud.calls), 4)

    def test_each_slip_is_sent_once(self):
        self._accept()
        for seconds in (0, 1, 30, 61):
            self._run(seconds)
        self.assertEqual(self._names().count("Open_printMsg"), 1)

    def test_copies(self):
        self.cloud_printer.copies = 2
        self._accept()
        self._run()
        self.assertEqual(len(self.cloud.papers()), 2)

    def test_test_page_tells_the_whole_way(self):
        self.cloud_printer.action_print_test()
        self._run()
        [paper] = self.cloud.papers()
        self.assertIn("Test page", paper)
        self.assertIn("中文测试", paper)

    def test_too_late_is_not_sent(self):
        job = self._accept()
        self._run(3 * 3600)
        self.assertEqual(self.cloud.papers(), [])
        self.assertFalse(job.handed_at)

    def test_cloud_is_told_when_it_is_too_late(self):
        job = self._accept()
        self._run()
        [form] = [form for name, form in self.cloud.calls if name == "Open_printMsg"]
        expires = fields.Datetime.to_datetime("1970-01-01") + timedelta(
            seconds=int(form["expired"])
        )
        self.assertLess(abs((expires - job.expires_at).total_seconds()), 2)

    def test_asked_less_and_less_often(self):
        with patch.object(type(self.cloud), "_print_waiting"):
            job = self._accept()
            self._run()
            asked = []
            for seconds in range(2, 600, 3):
                before = len(self.cloud.calls)
                self._run(seconds)
                names = self._names()[before:]
                if "Open_queryOrderState" in names:
                    asked.append(seconds)
        self.assertEqual(job.state, "received")
        self.assertLess(len(asked), 12)
        self.assertGreater(len(asked), 5)

    # === the printer is not well === #

    def test_nothing_is_sent_to_a_printer_without_paper(self):
        """The cloud would keep it and print it some time, at night perhaps."""
        self.cloud.set_state("paper_out")
        job = self._accept()
        self._run()
        self.assertEqual((job.state, job.handed_at), ("new", False))
        self.assertEqual(job.error, "Out of paper")
        self.assertEqual(self.cloud_printer.health, "paper_out")
        # not asked again at once
        calls = len(self.cloud.calls)
        self._run(5)
        self.assertEqual(len(self.cloud.calls), calls)
        self.cloud.set_state("online")
        self._run(25)
        self.assertEqual(job.state, "received")
        self.assertEqual(len(self.cloud.papers()), 1)

    def test_fallback_takes_over_unmarked_what_was_never_sent(self):
        self.printer.active = True
        self.printer.role = "points_slip"
        self.cloud_printer.write({"fallback_id": self.printer.id})
        self.cloud.set_state("offline")
        job = self._accept()
        self._run()
        with self._at(240):
            self.box.sudo()._sync(
                {"printers": [{"id": self.printer.id, "status": "online"}]}
            )
        cron = self.env.ref("o2o_pos_device.o2o_print_job_cron_fallback")
        with self._at(241), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        copy = job.search([("fallback_of_id", "=", job.id)])
        self.assertEqual((job.state, copy.printer_id), ("cancelled", self.printer))
        self.assertNotIn("** REPRINT **", copy.preview_text)
        self.cloud.set_state("online")
        self._run(300)
        self.assertEqual(self.cloud.papers(), [])

    def test_cloud_printer_stands_in_for_one_of_a_box(self):
        self.printer.write({"active": True, "fallback_id": self.cloud_printer.id})
        self.cloud_printer.role = "points_slip"
        job = self._accept()
        self.assertEqual(job.printer_id, self.printer)
        self._run()
        with self._at(400), self.enter_registry_test_mode():
            self.env.ref(
                "o2o_pos_device.o2o_print_job_cron_fallback"
            ).method_direct_trigger()
        self._run(401)
        self.assertIn("Counter was not ready", self.cloud.papers()[0])

    # === answers get lost === #

    def test_lost_answer_of_an_order_slip_comes_again_with_a_warning(self):
        self.cloud.faults.append(("lost", "printMsg"))
        job = self._accept()
        self._run()
        self.assertEqual(
            (job.state, self.cloud_printer.health), ("new", "cloud_silent")
        )
        self.assertTrue(job.handed_at)
        self._run(10)
        plain, marked = self.cloud.papers()
        self.assertNotIn("** REPRINT **", plain)
        self.assertIn("** REPRINT **", marked)
        self._run(15)
        self.assertEqual(job.state, "printed")
        self.assertEqual(self.cloud_printer.health, "online")

    def test_always_lost_ends_with_a_person(self):
        """Not a roll of paper full of the same slip."""
        self.cloud.faults += [("lost", "printMsg")] * 20
        job = self._accept()
        for seconds in range(0, 1800, 100):
            self._run(seconds)
        self.assertEqual(job.state, "unknown")
        self.assertEqual(len(self.cloud.papers()), CLOUD_TRIES)

    def test_lost_answer_of_another_slip_waits_for_a_person(self):
        job = self._accept()
        self._run()
        slip = self._ship(job)
        self.cloud.faults.append(("lost", "printMsg"))
        self._run(5)
        self.assertEqual(slip.state, "unknown")
        self.assertTrue(slip.can_confirm)
        for seconds in (10, 60, 600):
            self._run(seconds)
        self.assertEqual(len(self.cloud.papers()), 2)

    def test_server_that_died_while_sending_is_the_same_as_a_lost_answer(self):
        job = self._accept()
        self._run()
        slip = self._ship(job)
        # what is committed before the request leaves
        slip.sudo().write({"handed_at": self.start, "cloud_try_count": 1})
        self._run(5)
        self.assertEqual(slip.state, "unknown")
        self.assertEqual(len(self.cloud.papers()), 1)

    def test_it_is_written_down_before_it_leaves(self):
        """Whatever happens to this process then, nobody takes it for not printed."""
        job = self._accept()
        events = []
        jobs = type(job)
        commit, take = jobs._commit_cloud, self.cloud._Open_printMsg

        def note_commit(record):
            commit(record)
            events.append((record.state, bool(record.handed_at)))

        def note_request(form):
            events.append("sent")
            return take(form)

        self.cloud._Open_printMsg = note_request
        with patch.object(jobs, "_commit_cloud", note_commit):
            self._run()
        self.assertEqual(events, [("new", True), "sent", ("received", True)])

    def test_cloud_that_cannot_be_reached_has_printed_nothing(self):
        job = self._accept()
        self.cloud_printer.cloud_is_registered = True
        self.cloud_printer.cloud_seen_at = self.start
        self.cloud.stop()
        self._run()
        self.assertEqual((job.state, job.handed_at), ("new", False))
        self.assertEqual(job.error, "The cloud does not answer")
        self.assertEqual(self.cloud_printer.health, "cloud_silent")

    def test_slow_cloud_is_unclear(self):
        self.cloud.delay = TIMEOUT + 4
        job = self._accept()
        self._run()
        slip = self._ship(job)
        self.cloud.faults.append(("slow", "printMsg"))
        self._run(5)
        self.assertEqual(slip.state, "unknown")

    # === pace === #

    def test_failing_printer_is_left_alone_longer_and_longer(self):
        self._accept()
        self.cloud.faults += ["error"] * 50
        waits = []
        for seconds in range(0, 900, 5):
            self._run(seconds)
            waits.append(self.cloud_printer.cloud_failure_count)
        self.assertLess(waits[-1], 10)
        self.assertGreater(waits[-1], 4)

    def test_silent_cloud_is_called_once_in_a_run(self):
        other = self._create_cloud_printer(
            name="Kitchen", cloud_number="460099999", cloud_key="x1"
        )
        self.cloud.add_printer("460099999", "x1")
        self.cloud.faults += ["refuse"] * 2
        self._run()
        self.assertEqual(len(self.cloud.faults), 1)
        self.assertEqual(
            sorted((self.cloud_printer | other).mapped("cloud_failure_count")), [0, 1]
        )

    @mute_logger(PRINTER_LOGGER)
    def test_one_printer_never_stops_another(self):
        other = self._create_cloud_printer(
            name="Kitchen", cloud_number="460099999", cloud_key="x1"
        )
        self.cloud.add_printer("460099999", "x1")
        printers = type(self.cloud_printer)
        original = printers._talk_to_cloud

        def break_off(printer, client):
            if printer.id == self.cloud_printer.id:
                raise ZeroDivisionError
            return original(printer, client)

        with patch.object(printers, "_talk_to_cloud", break_off):
            self._run()
        self.assertEqual(self.cloud_printer.cloud_problem, "refused")
        self.assertEqual(other.health, "online")

    def test_idle_printer_is_looked_at_now_and_then(self):
        self._run()
        self.assertEqual(self.cloud_printer.health, "online")
        calls = len(self.cloud.calls)
        self._run(60)
        self.assertEqual(len(self.cloud.calls), calls)
        self.cloud.set_state("offline")
        self._run(301)
        self.assertEqual(self.cloud_printer.health, "offline")

    # === settings === #

    def test_wrong_secret_is_told_in_words_and_put_right(self):
        self.account.secret = "wrong"
        job = self._accept()
        with mute_logger(PRINTER_LOGGER):
            self._run()
        self.assertEqual((job.state, job.handed_at), ("new", False))
        self.assertIn("does not accept the user or the secret", job.error)
        self.assertEqual(self.cloud_printer.health, "cloud_refused")
        self.account.secret = self.cloud.secret
        self._run(1)
        self.assertEqual(job.state, "received")
        self.assertFalse(job.error)

    def test_wrong_key_of_the_printer_is_told(self):
        self.cloud_printer.cloud_key = "other"
        self.cloud_printer.action_print_test()
        with mute_logger(PRINTER_LOGGER):
            self._run()
        self.assertEqual(self.cloud_printer.cloud_problem, "printer")

    def test_printer_that_is_in_the_account_already_needs_no_key(self):
        self.cloud.printers["460012345"]["registered"] = True
        self.cloud_printer.cloud_key = False
        self._accept()
        self._run()
        self.assertNotIn("Open_printerAddlist", self._names())
        self.assertEqual(len(self.cloud.papers()), 1)

    def test_account_without_secret_calls_nobody(self):
        """A copy of the database has none: it prints nowhere."""
        self.account.secret = False
        job = self._accept()
        with mute_logger(PRINTER_LOGGER):
            self._run()
        self.assertEqual(self.cloud.calls, [])
        self.assertEqual(job.state, "new")
        self.assertIn("fill them in", job.error)

    def test_secrets_go_nowhere_unencrypted(self):
        self.env["ir.config_parameter"].set_param(
            "o2o_pos_device.feie_url", "http://evil.example.com/"
        )
        self._accept()
        with mute_logger(PRINTER_LOGGER):
            self._run()
        self.assertEqual(self.cloud_printer.cloud_problem, "account")

    def test_slip_too_long_fails_at_once(self):
        job = self._accept()
        payload = {**job.payload}
        payload["blocks"] = [{"type": "text", "text": "字" * 3000}]
        self.env.cr.execute(
            "UPDATE o2o_print_job SET payload = %s::jsonb WHERE id = %s",
            [json.dumps(payload), job.id],
        )
        self.env.invalidate_all()
        self._run()
        self.assertEqual(job.state, "failed")
        self.assertIn("too long", job.error)
        self.assertEqual(self.cloud_printer.health, "online")

    def test_settings_make_sense(self):
        yilianyun = self.account.copy({"kind": "yilianyun"})
        for wrong in (
            {"cloud_account_id": yilianyun.id},
            {"cloud_account_id": False},
            {"cloud_number": "1#2"},
            {"cloud_number": False},
            {"cloud_key": "a#b\n"},
            {"store_id": False},
            {"connection": "network", "host": "192.0.2.1"},
        ):
            with self.assertRaises(ValidationError), self.cr.savepoint():
                self.cloud_printer.write(wrong)

    def test_printer_may_move_into_a_box(self):
        self.cloud_printer.write(
            {"connection": "network", "host": "192.0.2.1", "box_id": self.box.id}
        )
        self.assertEqual(self.cloud_printer.store_id, self.near)
        self.cloud_printer.write({"connection": "feie"})
        self.assertFalse(self.cloud_printer.box_id)
        self.assertEqual(self.cloud_printer.store_id, self.near)

    # === people === #

    def test_cancelled_before_it_is_sent_is_never_sent(self):
        job = self._accept()
        job.with_user(self.cashier).action_cancel()
        self._run()
        self.assertEqual(self.cloud.papers(), [])

    def test_what_the_cloud_has_cannot_be_taken_back(self):
        with patch.object(type(self.cloud), "_print_waiting"):
            job = self._accept()
            self._run()
        self.assertFalse(job.can_cancel)
        with self.assertRaises(UserError):
            job.with_user(self.cashier).action_cancel()

    def test_order_that_is_cancelled_tells_what_came_out_all_the_same(self):
        with patch.object(type(self.cloud), "_print_waiting"):
            job = self._accept()
            self._run()
            job.sudo()._mark_cancelled()
        self.cloud.set_state("online")
        self._run(5)
        self.assertEqual(job.state, "printed")

    def test_never_confirmed_is_unclear_when_its_time_is_over(self):
        with patch.object(type(self.cloud), "_print_waiting"):
            job = self._accept()
            self._run()
            with self._at(3 * 3600), self.enter_registry_test_mode():
                self.env.ref(
                    "o2o_pos_device.o2o_print_job_cron_expire"
                ).method_direct_trigger()
        self.assertEqual(job.state, "unknown")

    def test_till_hears_of_trouble(self):
        self.cloud.set_state("offline")
        self._run()
        [shown] = self.near._prepare_pos_dict()["printers"]
        self.assertEqual(shown["health"], "offline")


@tagged("post_install", "-at_install")
class TestYilianyun(YilianyunCase):
    """POS-05: this cloud knows our key of a slip, so nothing comes twice."""

    def test_sent_and_printed(self):
        self.cloud_printer.copies = 2
        job = self._accept()
        self._run()
        self._run(3)
        self.assertEqual(job.state, "printed")
        self.assertEqual(len(self.cloud.papers()), 2)
        [form] = [form for name, form in self.cloud.calls if name == "print/index"]
        self.assertEqual(form["origin_id"], job.uid)

    def test_lost_answers_print_once(self):
        self.cloud.faults += [("lost", "print/index")] * 3
        job = self._accept()
        for seconds in (0, 10, 30, 60, 70):
            self._run(seconds)
        self.assertEqual(job.state, "printed")
        [paper] = self.cloud.papers()
        self.assertNotIn("** REPRINT **", paper)

    def test_lost_answer_of_any_slip_is_fetched(self):
        job = self._accept()
        self._run()
        self._act(self.cashier, self.near, job._get_source_sudo(), "ship")
        self.cloud.faults.append(("lost", "print/index"))
        for seconds in (5, 15, 20):
            self._run(seconds)
        states = job._get_source_sudo().print_job_ids.mapped("state")
        self.assertEqual(states, ["printed", "printed"])
        self.assertEqual(len(self.cloud.papers()), 2)

    def test_key_is_known_two_hours_only(self):
        job = self._accept()
        self._run()
        self._act(self.cashier, self.near, job._get_source_sudo(), "ship")
        slip = job._get_source_sudo().print_job_ids - job
        self.cloud.faults.append(("lost", "print/index"))
        self._run(5)
        self.assertEqual(slip.state, "new")
        self._run(2 * 3600)
        self.assertEqual(slip.state, "unknown")
        self.assertEqual(len(self.cloud.papers()), 2)

    def test_token_is_fetched_once_and_kept(self):
        self._accept()
        for seconds in (0, 3, 400, 800):
            self._run(seconds)
        self.assertEqual(len(self.cloud.tokens), 1)
        self.assertEqual(self.account.sudo().access_token, self.cloud.token)

    def test_expired_token_is_renewed(self):
        self._run()
        self.cloud.expire_token()
        job = self._accept()
        self._run(5)
        self.assertEqual(job.state, "received")
        self.assertEqual(len(self.cloud.tokens), 2)

    @mute_logger(PRINTER_LOGGER)
    def test_tokens_of_a_day_run_out_before_the_maker_locks_us(self):
        # all of it on one day
        self.start = self.start.replace(hour=6)
        for number in range(CLOUD_TOKENS_PER_DAY + 3):
            self.cloud.expire_token()
            self._run(600 * number)
        self.assertLessEqual(len(self.cloud.tokens), CLOUD_TOKENS_PER_DAY + 1)
        self.assertEqual(self.cloud_printer.cloud_problem, "limit")
        self.assertEqual(self.cloud_printer.health, "cloud_silent")

    def test_states_of_the_printer(self):
        for number, state in enumerate(("offline", "paper_out", "online")):
            self.cloud.set_state(state)
            self._run(400 * number)
            self.assertEqual(self.cloud_printer.health, state)

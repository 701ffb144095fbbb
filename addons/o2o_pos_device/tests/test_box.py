from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged

from ..const import PAIRING_ALPHABET, PAIRING_TRIES_PER_ADDRESS
from .common import DeviceCase


@tagged("post_install", "-at_install")
class TestBox(DeviceCase):
    """POS-13: a box proves who it is; secrets exist once, in clear, for one answer."""

    def _try(self, code, address="192.0.2.7"):
        return self.env["o2o.box"].sudo()._pair({"code": code}, address)

    def test_code_is_short_readable_and_stored_as_hash(self):
        code = self.box._create_pairing_code()
        self.assertEqual(len(code), 8)
        self.assertLessEqual(set(code), set(PAIRING_ALPHABET))
        self.assertNotIn(code, self.box.sudo().pairing_code_hash)

    def test_code_works_once(self):
        code = self.box._create_pairing_code()
        _answer, status = self._try(code)
        self.assertEqual(status, 200)
        answer, status = self._try(code)
        self.assertEqual((answer, status), ({"error": "wrong_code"}, 403))

    def test_code_may_be_typed_in_small_letters_with_a_gap(self):
        code = self.box._create_pairing_code()
        _answer, status = self._try(f" {code[:4].lower()} {code[4:].lower()}")
        self.assertEqual(status, 200)

    def test_code_expires_after_ten_minutes(self):
        with freeze_time("2026-01-01 10:00:00"):
            code = self.box._create_pairing_code()
        with freeze_time("2026-01-01 10:10:01"):
            self.assertEqual(self._try(code)[1], 403)

    def test_new_code_replaces_the_old_one(self):
        old = self.box._create_pairing_code()
        self.box._create_pairing_code()
        self.assertEqual(self._try(old)[1], 403)

    def test_guessing_is_stopped_even_with_the_right_code(self):
        code = self.box._create_pairing_code()
        for _attempt in range(PAIRING_TRIES_PER_ADDRESS):
            self.assertEqual(self._try("AAAABBBB")[1], 403)
        self.assertEqual(self._try(code)[1], 429)
        # another address is not punished
        self.assertEqual(self._try(code, "192.0.2.8")[1], 200)

    def test_nonsense_codes_are_refused(self):
        for code in (None, "", 5, ["x"], {"a": 1}, "A" * 500, False):
            self.assertEqual(self._try(code)[1], 403)

    def test_new_pairing_locks_the_old_box_out(self):
        self._pair(self.box)
        self.assertFalse(self.env["o2o.box"].sudo()._authenticate(self.token))

    def test_token_is_checked_whole(self):
        boxes = self.env["o2o.box"].sudo()
        self.assertEqual(boxes._authenticate(self.token), self.box)
        other = self._create_box("Far box", self.far)
        self._pair(other)
        secret = self.token.partition(".")[2]
        for token in (
            "",
            ".",
            f"{self.box.id}.",
            self.token[:-1],
            self.token + "x",
            f"{other.id}.{secret}",
            f"0{self.token}" + "y" * 200,
            "²." + secret,
        ):
            self.assertFalse(boxes._authenticate(token), token)

    def test_revoked_token_is_dead_and_the_channel_changes(self):
        channel = self.box.sudo().bus_channel
        self.box.action_revoke()
        self.assertFalse(self.env["o2o.box"].sudo()._authenticate(self.token))
        self.assertNotEqual(self.box.sudo().bus_channel, channel)
        self.assertEqual(self.box.state, "revoked")

    def test_archived_box_is_revoked(self):
        self.box.active = False
        self.assertEqual(self.box.state, "revoked")

    def test_rotation_survives_a_lost_answer(self):
        boxes = self.env["o2o.box"].sudo()
        self.box.action_rotate_token()
        lost = self.box.sudo()._sync({})["token"]
        # the box never got it and comes back with the old token
        self.assertEqual(boxes._authenticate(self.token), self.box)
        fresh = self.box.sudo()._sync({})["token"]
        self.assertFalse(boxes._authenticate(lost))
        self.assertEqual(boxes._authenticate(fresh), self.box)
        self.assertFalse(boxes._authenticate(self.token))
        self.assertNotIn("token", self.box.sudo()._sync({}))

    def test_online_is_two_polls_and_five_seconds(self):
        with freeze_time("2026-01-01 10:00:00"):
            self.box.sudo()._sync({})
            self.assertTrue(self.box.is_online)
        for moment, is_online in (("10:00:35", True), ("10:00:36", False)):
            with freeze_time(f"2026-01-01 {moment}"):
                self.box.invalidate_recordset(["is_online"])
                self.assertEqual(self.box.is_online, is_online)
                found = self.env["o2o.box"].search([("is_online", "=", True)])
                self.assertEqual(self.box in found, is_online)

    def test_test_page_goes_the_whole_way(self):
        action = self.printer.action_print_test()
        job = self.env["o2o.print.job"].browse(action["res_id"])
        [sent] = self.box.sudo()._sync({})["jobs"]
        self.assertEqual(sent["uid"], job.uid)
        self.assertIn("Test page", job.preview_text)

    def test_used_box_and_printer_are_archived_not_deleted(self):
        self.printer.action_print_test()
        for record in (self.printer, self.box):
            with self.assertRaises(UserError):
                record.unlink()

    def test_printer_status_is_kept_and_told(self):
        report = {"printers": [{"id": self.printer.id, "status": "paper_out"}]}
        self.box.sudo()._sync(report)
        self.assertEqual(self.printer.status, "paper_out")
        self.assertTrue(self.printer.status_at)

    def test_status_of_a_strange_printer_or_word_is_ignored(self):
        other = self._create_printer(self._create_box("Far box", self.far))
        self.box.sudo()._sync(
            {
                "printers": [
                    {"id": other.id, "status": "paper_out"},
                    {"id": self.printer.id, "status": "on fire"},
                    {"id": "x"},
                    "junk",
                ]
            }
        )
        self.assertEqual(other.status, "unknown")
        self.assertEqual(self.printer.status, "unknown")

    def test_sync_tells_the_printers(self):
        [sent] = self.box.sudo()._sync({})["printers"]
        self.assertEqual(sent["host"], "192.0.2.9")
        self.printer.active = False
        self.assertEqual(self.box.sudo()._sync({})["printers"], [])

    def test_poll_is_written_to_the_database_rarely(self):
        self.box.sudo()._sync({})
        seen = self.box.last_seen_at
        self.box.sudo()._sync({})
        self.assertEqual(self.box.last_seen_at, seen)
        self.assertLessEqual(seen, fields.Datetime.now())

import io
import json
from datetime import timedelta

from PIL import Image

from odoo import fields
from odoo.tests import HttpCase, freeze_time, tagged
from odoo.tools import mute_logger

from ..clouds.star import MAX_POLL
from ..const import (
    CLOUD_TRIES,
    CLOUDPRNT_PER_MINUTE,
    CLOUDPRNT_WRONG_PER_MINUTE,
)
from ..models import ir_http
from .cloud_simulator import StarPrinter
from .common import DeviceCase

PRNT_LOGGER = "odoo.addons.o2o_pos_device.models.o2o_printer_cloudprnt"


@tagged("post_install", "-at_install")
class TestCloudPrnt(DeviceCase, HttpCase):
    """POS-05: the printer asks us; what it says is read with suspicion."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.printer.active = False
        cls.star = cls.env["o2o.printer"].create(
            {"name": "Star", "store_id": cls.near.id, "connection": "cloudprnt"}
        )
        cls.password = cls.star._create_cloud_password()

    def setUp(self):
        super().setUp()
        for limiter in (ir_http._asked, ir_http._wrong, ir_http._wrong_from):
            limiter.clear()
            self.addCleanup(limiter.clear)
        self.device = StarPrinter(
            f"{self.base_url()}/o2o/cloudprnt/1",
            self.star.id,
            self.password,
            session=self.opener,
        )
        self.start = fields.Datetime.now()

    def _at(self, seconds):
        return freeze_time(self.start + timedelta(seconds=seconds))

    def _step(self, seconds=0):
        with self._at(seconds):
            token = self.device.step()
        self.env.invalidate_all()
        return token

    def _ship(self, job):
        self._act(self.cashier, self.near, job._get_source_sudo(), "ship")
        return job._get_source_sudo().print_job_ids - job

    # === the way of a slip === #

    def test_nothing_to_print(self):
        answer = self.device.poll()
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.json(), {"jobReady": False})
        self.assertEqual(answer.headers["Cache-Control"], "no-store")
        self.assertEqual(self.star.health, "online")

    def test_offered_fetched_confirmed(self):
        job = self._accept()
        self.assertEqual((job.state, job.printer_id), ("new", self.star))
        self.assertEqual(self._step(), f"{job.uid}-1")
        self.assertEqual(job.state, "printed")
        [paper] = self.device.papers
        with Image.open(io.BytesIO(paper)) as image:
            self.assertEqual((image.format, image.width), ("PNG", 576))
        self.assertIsNone(self._step(5))
        self.assertEqual(len(self.device.papers), 1)

    def test_fetched_is_printing_and_cannot_be_cancelled(self):
        job = self._accept()
        token = self.device.poll().json()["jobToken"]
        answer = self.device.get(token)
        self.assertEqual(answer.headers["Content-Type"], "image/png")
        self.assertIn("X-Star-Cut", answer.headers)
        self.assertEqual(job.state, "printing")
        self.assertFalse(job.can_cancel)

    def test_same_slip_again_while_it_is_fetched(self):
        """The printer may ask twice for what did not arrive whole."""
        self._accept()
        token = self.device.poll().json()["jobToken"]
        first = self.device.get(token)
        self.assertEqual(first.content, self.device.get(token).content)

    def test_copies_one_by_one(self):
        self.star.copies = 3
        job = self._accept()
        tokens = [self._step(second) for second in range(5)]
        self.assertEqual(tokens, [f"{job.uid}-{n}" for n in (1, 2, 3)] + [None] * 2)
        self.assertEqual(len(self.device.papers), 3)
        self.assertEqual(job.state, "printed")

    def test_next_slip_waits_for_the_word_about_the_last(self):
        first = self._accept()
        second = self._accept()
        token = self.device.poll().json()["jobToken"]
        self.device.get(token)
        self.assertEqual(self.device.poll().json(), {"jobReady": False})
        self.device.delete(token)
        self.assertEqual(self._step(), f"{second.uid}-1")
        self.assertEqual(set((first | second).mapped("state")), {"printed"})

    # === faults === #

    def test_lost_word_of_an_order_slip_comes_again_with_a_warning(self):
        job = self._accept()
        self.device.faults.append("lose_delete")
        self._step()
        self.assertEqual(job.state, "printing")
        self.assertIsNone(self._step(60))
        self.assertTrue(self._step(100))
        self.assertEqual(job.state, "printed")
        plain, marked = self.device.papers
        self.assertGreater(len(marked), len(plain))

    def test_lost_word_again_and_again_ends_with_a_person(self):
        job = self._accept()
        self.device.faults += ["lose_delete"] * 9
        for seconds in range(0, 1000, 100):
            self._step(seconds)
        self.assertEqual(job.state, "unknown")
        self.assertEqual(len(self.device.papers), CLOUD_TRIES)

    def test_lost_word_of_another_slip_waits_for_a_person(self):
        slip = self._ship(self._accept())
        self._step()
        self.device.faults.append("lose_delete")
        self._step(5)
        self._step(100)
        self.assertEqual(slip.state, "unknown")
        self.assertEqual(len(self.device.papers), 2)

    def test_late_word_counts(self):
        slip = self._ship(self._accept())
        self._step()
        self.device.faults.append("lose_delete")
        token = self._step(5)
        self._step(100)
        self.device.delete(token)
        self.assertEqual(slip.state, "printed")

    def test_printer_that_is_still_printing_is_not_asked_again(self):
        job = self._accept()
        self.device.faults.append("lose_delete")
        self._step()
        with self._at(200):
            answer = self.device.poll(printingInProgress=True)
        self.assertEqual(answer.json(), {"jobReady": False})
        self.assertEqual(job.state, "printing")

    def test_data_that_did_not_arrive_fails(self):
        job = self._accept()
        self.device.faults.append("lose_get")
        self._step()
        self.assertEqual(job.state, "failed")
        self.assertIn("520", job.error)

    def test_jam_fails_and_shows(self):
        job = self._accept()
        self.device.faults.append("jam")
        self._step()
        self.assertEqual(job.state, "failed")
        self.assertEqual(self.star.health, "paper_out")

    def test_printer_without_paper_is_offered_nothing(self):
        job = self._accept()
        for code, health in (("410 No paper", "paper_out"), ("420", "cover_open")):
            self.device.code = code
            self.assertEqual(self.device.poll().json(), {"jobReady": False})
            self.env.invalidate_all()
            self.assertEqual(self.star.health, health)
        self.assertEqual(job.state, "new")
        self.device.code = "211 Paper low"
        self._step()
        self.assertEqual(job.state, "printed")

    def test_printer_that_stops_asking_is_offline(self):
        self._step()
        with self._at(60):
            self.env.invalidate_all()
            self.assertEqual(self.star.health, "online")
        with self._at(200):
            self.env.invalidate_all()
            self.assertEqual(self.star.health, "offline")
            self.assertFalse(self.star._is_ready())

    def test_cancelled_slip_is_not_handed_out(self):
        job = self._accept()
        token = self.device.poll().json()["jobToken"]
        job.with_user(self.cashier).action_cancel()
        self.assertEqual(self.device.get(token).status_code, 404)
        self.assertEqual(self.device.delete(token, "520").status_code, 200)
        self.assertEqual(job.state, "cancelled")

    def test_nothing_is_handed_out_when_it_is_too_late(self):
        job = self._accept()
        token = self.device.poll().json()["jobToken"]
        with self._at(3 * 3600):
            self.assertEqual(self.device.get(token).status_code, 404)
            self.assertEqual(self.device.poll().json(), {"jobReady": False})
        self.assertEqual(job.state, "new")

    def test_old_printer_without_tokens(self):
        job = self._accept()
        self.device.get(self.device.poll().json()["jobToken"])
        self.device.delete("", "OK")
        self.assertEqual(job.state, "printed")

    def test_word_about_a_slip_that_was_never_fetched_counts_nothing(self):
        job = self._accept()
        token = self.device.poll().json()["jobToken"]
        self.assertEqual(self.device.delete(token).status_code, 200)
        self.assertEqual(job.state, "new")

    # === attacks === #

    def test_wrong_passwords_are_401(self):
        number = str(self.star.id)
        for auth in (
            (number, ""),
            (number, self.password + "x"),
            (number, "x" * 5000),
            ("0", self.password),
            ("", self.password),
            ("x" * 500, "x"),
            ("١", self.password),
            (str(self.printer.id), ""),
        ):
            self.device.auth = tuple(part.encode() for part in auth)
            answer = self.device.poll()
            self.assertEqual(answer.status_code, 401, auth)
            self.assertEqual(answer.json(), {"error": "unauthorized"})
        self.device.auth = None
        answer = self.device.poll()
        self.assertEqual(answer.status_code, 401)
        self.assertEqual(answer.headers["WWW-Authenticate"], "Basic")

    def test_printer_without_password_is_open_to_nobody(self):
        other = self.star.copy()
        self.assertEqual(other.health, "cloud_refused")
        self.device.auth = (str(other.id), "")
        self.assertEqual(self.device.poll().status_code, 401)

    def test_new_password_locks_the_old_one_out(self):
        action = self.star.action_new_cloud_password()
        self.assertEqual(self.device.poll().status_code, 401)
        password = action["params"]["title"].partition(": ")[2]
        self.device.auth = (str(self.star.id), password)
        self.assertEqual(self.device.poll().status_code, 200)
        # only its hash is stored
        self.env.cr.execute("SELECT cloud_token_hash FROM o2o_printer")
        self.assertNotIn((password,), self.env.cr.fetchall())

    def test_archived_printer_is_locked_out(self):
        self.star.active = False
        self.assertEqual(self.device.poll().status_code, 401)

    def test_a_logged_in_person_is_no_printer(self):
        self.authenticate("admin", "admin")
        answer = self.url_open("/o2o/cloudprnt/1", data="{}")
        self.assertEqual(answer.status_code, 401)

    def test_guessing_has_an_end(self):
        self.device.auth = (str(self.star.id), "wrong")
        codes = [
            self.device.poll().status_code
            for _guess in range(CLOUDPRNT_WRONG_PER_MINUTE + 2)
        ]
        self.assertEqual(codes.count(401), CLOUDPRNT_WRONG_PER_MINUTE)
        self.assertEqual(codes[-1], 429)
        # a neighbour behind the same address goes on printing
        other = self.star.copy()
        self.device.auth = (str(other.id), other._create_cloud_password())
        self.assertEqual(self.device.poll().status_code, 200)

    def test_asking_has_an_end(self):
        for _poll in range(CLOUDPRNT_PER_MINUTE):
            ir_http._asked.count(self.star.id)
        self.assertEqual(self.device.poll().status_code, 429)

    def test_a_printer_reaches_its_own_slips_only(self):
        job = self._accept()
        token = self.device.poll().json()["jobToken"]
        thief = self.star.copy({"store_id": self.far.id})
        self.device.auth = (str(thief.id), thief._create_cloud_password())
        self.assertEqual(self.device.poll().json(), {"jobReady": False})
        self.assertEqual(self.device.get(token).status_code, 404)
        self.device.delete(token)
        self.assertEqual(job.state, "new")

    def test_another_device_with_the_password_is_told_apart(self):
        self.star.cloud_number = "00:11:62:1B:B0:02"
        self.assertEqual(self.device.poll().status_code, 200)
        self.device.mac = "00:11:62:1b:b0:03"
        with mute_logger(PRNT_LOGGER):
            self.assertEqual(self.device.poll().status_code, 403)

    def test_polls_that_are_not_a_json_object(self):
        for body in (b"[]", b"1", b"{", b"null", b"\xff\xfe", b"[" * 5000, b""):
            answer = self._raw(body)
            self.assertEqual(answer.status_code, 400, body[:10])

    def test_oversized_poll_is_refused(self):
        body = json.dumps({"statusCode": "200", "status": "x" * MAX_POLL}).encode()
        self.assertEqual(self._raw(body).status_code, 413)

    def test_malformed_values_are_ignored(self):
        body = {
            "statusCode": {"a": []},
            "printerMAC": ["x"],
            "printingInProgress": "yes",
            "jobToken": {"uid": 1},
            "clientAction": "DROP",
            "status": "nul\x00",
        }
        answer = self._raw(json.dumps(body).encode())
        self.assertEqual(answer.json(), {"jobReady": False})
        self.assertEqual(self.star.status, "unknown")

    def test_hostile_tokens_and_codes(self):
        job = self._accept()
        token = self.device.poll().json()["jobToken"]
        for wrong in (
            "",
            "x",
            job.uid,
            f"{job.uid}-0",
            f"{job.uid}-2",
            f"{job.uid}-9",
            f"{job.uid}-1'--",
            "%-1",
            "x" * 1000,
            "\x00-1",
        ):
            self.assertEqual(self.device.get(wrong).status_code, 404, wrong)
        for media in ("text/plain", "application/vnd.star.starprnt", "x" * 300):
            self.assertEqual(self.device.get(token, media).status_code, 415)
        self.device.get(token)
        for code in ("", "x", "OK!", "999999", "\x00"):
            self.assertEqual(self.device.delete(token, code).status_code, 400, code)
        self.assertEqual(job.state, "printing")

    def test_other_verbs_do_nothing(self):
        job = self._accept()
        self.device.poll()
        for method in ("PUT", "PATCH", "HEAD"):
            answer = self.opener.request(method, self.device.url, auth=self.device.auth)
            self.assertIn(answer.status_code, (400, 404, 405))
        self.assertEqual(job.state, "new")

    def _raw(self, body):
        return self.opener.post(
            self.device.url,
            data=body,
            headers={"Content-Type": "application/json"},
            auth=self.device.auth,
            timeout=10,
        )

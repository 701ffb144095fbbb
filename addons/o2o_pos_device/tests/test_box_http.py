import json

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..const import SYNC_MAX_BYTES
from .common import DeviceCase


@tagged("post_install", "-at_install")
class TestBoxHttp(DeviceCase, HttpCase):
    """Invariants 6 and 8 at the wire: codes, tokens, replays."""

    def _post(self, path, data, token=None, scheme="Bearer"):
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"{scheme} {token}"
        body = data if isinstance(data, (str, bytes)) else json.dumps(data)
        return self.url_open(f"/o2o/box/1/{path}", data=body, headers=headers)

    def test_pair_then_sync(self):
        code = self.box._create_pairing_code()
        answer = self._post("pair", {"code": code, "name": "pi", "version": "1.0"})
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(self.box.device_name, "pi")
        synced = self._post("sync", {}, answer.json()["token"])
        self.assertEqual(synced.status_code, 200)
        self.assertEqual(synced.json()["jobs"], [])
        self.assertEqual(synced.headers["Cache-Control"], "no-store")

    def test_wrong_code_is_403_and_counted(self):
        attempts = self.env["o2o.box.attempt"]
        before = attempts.search_count([])
        with mute_logger("odoo.addons.o2o_pos_device.models.o2o_box"):
            self.assertEqual(self._post("pair", {"code": "WRONG"}).status_code, 403)
        self.assertEqual(attempts.search_count([]), before + 1)

    def test_wrong_tokens_are_a_real_401(self):
        for token, scheme in (
            (None, ""),
            ("x", "Bearer"),
            (self.token + "x", "Bearer"),
            (self.token, "Basic"),
        ):
            answer = self._post("sync", {}, token, scheme)
            self.assertEqual(answer.status_code, 401)
            self.assertEqual(answer.json(), {"error": "unauthorized"})

    def test_revoked_token_is_401_at_once(self):
        self.assertEqual(self._post("sync", {}, self.token).status_code, 200)
        self.box.action_revoke()
        self.assertEqual(self._post("sync", {}, self.token).status_code, 401)

    def test_a_logged_in_person_is_no_box(self):
        self.authenticate("admin", "admin")
        self.assertEqual(self._post("sync", {}).status_code, 401)

    def test_bodies_that_are_not_a_json_object(self):
        for body in ("[]", "1", "{", "null", b"\xff\xfe"):
            self.assertEqual(self._post("sync", body, self.token).status_code, 400)
            self.assertEqual(self._post("pair", body).status_code, 400)

    def test_oversized_body_is_refused(self):
        body = json.dumps({"holding": ["x" * SYNC_MAX_BYTES]})
        self.assertGreaterEqual(self._post("sync", body, self.token).status_code, 400)

    def test_malformed_values_are_ignored(self):
        answer = self._post(
            "sync",
            {
                "acks": [1, None, {"id": "x", "uid": [], "state": {}, "age": "old"}],
                "printers": [{"id": self.printer.id, "status": []}, {"id": {}}],
                "holding": [None, 5, {"a": 1}, "nul\x00", "x" * 100],
                "version": "1.0\x00",
            },
            self.token,
        )
        self.assertEqual(answer.status_code, 200)

    def test_job_is_handed_over_until_it_is_acknowledged(self):
        job = self._accept()
        for _lost_answer in range(2):
            [sent] = self._post("sync", {}, self.token).json()["jobs"]
            self.assertEqual(sent["uid"], job.uid)
        self.assertEqual(sent["on_unknown"], "reprint")
        ack = {"id": 7, "uid": job.uid, "state": "received", "error": "", "age": 0}
        data = {"acks": [ack], "holding": [job.uid]}
        for _replay in range(2):
            answer = self._post("sync", data, self.token).json()
            self.assertEqual(answer["acks"], [7])
            self.assertEqual(answer["jobs"], [])
        self.assertEqual(job.state, "received")

    def test_printed_replayed_and_overtaken_stays_printed(self):
        job = self._accept()
        for state in ("printed", "printing", "received", "failed", "printed"):
            ack = {"id": 1, "uid": job.uid, "state": state, "error": "", "age": 3}
            self._post("sync", {"acks": [ack]}, self.token)
            self.assertEqual(job.state, "printed")

    def test_a_box_reaches_its_own_jobs_only(self):
        job = self._accept()
        other = self._create_box("Far box", self.far)
        token = self._pair(other)
        ack = {"id": 1, "uid": job.uid, "state": "printed", "error": "", "age": 0}
        answer = self._post("sync", {"acks": [ack], "holding": [job.uid]}, token).json()
        self.assertEqual(answer["jobs"], [])
        self.assertEqual(answer["drop"], [])
        # the news is taken, so the box does not repeat it for ever
        self.assertEqual(answer["acks"], [1])
        self.assertEqual(job.state, "new")

    def test_swipe_at_the_wire(self):
        """POS-14: authenticated, bounded, with real status codes."""
        reader = {"key": "counter", "kind": "magnetic", "is_online": True}
        event = {"id": "a1", "reader": "counter", "kind": "card", "value": "88000101"}
        event["age"] = 0.2
        self.assertEqual(self._post("event", event).status_code, 401)
        self.assertEqual(self._post("event", event, "1.wrong").status_code, 401)
        self.assertEqual(self._post("event", event, self.token).status_code, 404)
        self._post("sync", {"readers": [reader]}, self.token)
        for status in ("delivered", "repeated"):
            answer = self._post("event", event, self.token)
            self.assertEqual(
                (answer.status_code, answer.json()), (200, {"status": status})
            )
        for body in ("[]", "{", b"\xff", json.dumps({"value": "x" * 4096})):
            answer = self._post("event", body, self.token)
            self.assertIn(answer.status_code, (400, 413))
        self.box.action_revoke()
        self.assertEqual(self._post("event", event, self.token).status_code, 401)

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import freeze_time, new_test_user, tagged

from odoo.addons.mail.tests.common import MockEmail

from ..lib import otp
from ..models import o2o_message
from .common import MemberCommon

PHONE = "13912345678"
OTHER_PHONE = "13912340000"
ADDRESS = "203.0.113.9"


@tagged("post_install", "-at_install")
class TestVerification(MemberCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Verification = cls.env["o2o.verification"]
        cls.company.o2o_sms_provider = "log"

    def setUp(self):
        super().setUp()
        self.clock = fields.Datetime.now().replace(microsecond=0)

    def _at(self, **delta):
        return freeze_time(self.clock + timedelta(**delta))

    def _request(self, purpose="login", phone=PHONE, address=ADDRESS, **options):
        with patch.object(otp, "new_code", return_value="246810"):
            answer = self.Verification._request(
                purpose, "sms", phone, address, **options
            )
        answer.pop("hint", None)  # of the test shop, where that is installed
        return answer

    def _check(self, code="246810", purpose="login", phone=PHONE, **options):
        return self.Verification._check(purpose, "sms", phone, code, **options)

    def _rows(self):
        return self.Verification.search([])

    # === one code ===

    def test_right_code_once(self):
        """MEM-01: the code is right, once."""
        self.assertFalse(self._request()["error"])
        self.assertFalse(self._check(" 246 810 "))
        self.assertEqual(self._check(), "expired", "used up")

    def test_code_is_sent_and_kept_by_the_log_provider(self):
        """MEM-01: nothing leaves; the head office reads the message, number masked."""
        self._request()
        message = self.env["o2o.message"].with_user(self.manager).search([], limit=1)
        self.assertEqual(message.state, "kept")
        self.assertIn("246810", message.body)
        self.assertEqual(message.target_masked, "139****5678")

    def test_nothing_readable_is_stored(self):
        """MEM-01: neither number, nor code, nor address."""
        self._request()
        row = self._rows()[:1]
        [stored] = row.read()
        for secret in (PHONE, "246810", ADDRESS):
            self.assertNotIn(secret, str(stored))
        self.assertEqual(row.target_masked, "139****5678")

    def test_wrong_purpose(self):
        """MEM-01: a code to log in sets no password."""
        self._request("login")
        self.assertEqual(self._check(purpose="reset_password"), "expired")
        self.assertFalse(self._check(purpose="login"), "and is still good")

    def test_wrong_target(self):
        """MEM-01: a code for one number proves no other one."""
        self._request()
        self.assertEqual(self._check(phone=OTHER_PHONE), "expired")

    def test_wrong_user(self):
        """MEM-03: a code asked for in one account changes no other account."""
        user = new_test_user(self.env, "o2o_v_1", groups="base.group_portal")
        other = new_test_user(self.env, "o2o_v_2", groups="base.group_portal")
        self._request("rebind_phone", user=user)
        for stranger in (other, None):
            result = self._check(purpose="rebind_phone", user=stranger)
            self.assertEqual(result, "expired")
        self.assertFalse(self._check(purpose="rebind_phone", user=user))

    def test_expiry(self):
        """MEM-01: good for five minutes."""
        with self._at():
            self._request()
        with self._at(minutes=5):
            self.assertEqual(self._check(), "expired")
        with self._at(minutes=4, seconds=59):
            self.assertFalse(self._check())

    def test_new_code_voids_the_old(self):
        """MEM-01: only the last code counts."""
        with self._at(), patch.object(otp, "new_code", return_value="111111"):
            self.Verification._request("login", "sms", PHONE, ADDRESS)
        with self._at(minutes=2):
            self._request()
            self.assertEqual(self._check("111111"), "mismatch")
            self.assertFalse(self._check("246810"))

    def test_five_tries(self):
        """MEM-01: after five misses even the right code is not looked at."""
        self._request()
        for _try in range(otp.MAX_TRIES):
            self.assertEqual(self._check("000000"), "mismatch")
        self.assertEqual(self._check(), "too_many")
        self.assertEqual(self._check("000000"), "too_many")

    def test_typing_errors_are_no_tries(self):
        """MEM-01: what cannot be a code is not counted."""
        self._request()
        for text in ("", "12345", "12345a", "1234567"):
            self.assertEqual(self._check(text), "format")
        self.assertEqual(self._rows()[:1].failures, 0)

    def test_unsent_code_is_never_right(self):
        """MEM-01: without an account the code is stored, not sent, and never right."""
        messages = self.env["o2o.message"].search_count([])
        self.assertFalse(self._request(send=False)["error"])
        self.assertEqual(self.env["o2o.message"].search_count([]), messages)
        for _try in range(otp.MAX_TRIES):
            self.assertEqual(self._check(), "mismatch")
        self.assertEqual(self._check(), "too_many")

    # === limits ===

    def test_wait_before_the_next(self):
        """MEM-01: a minute between two codes, whatever they are for."""
        with self._at():
            self.assertEqual(self._request(), {"error": False, "wait": 60})
        with self._at(seconds=20):
            answer = self._request("register")
            self.assertEqual(answer, {"error": "wait", "wait": 40})
            self.assertFalse(self._check(), "the first one stays good")
        with self._at(seconds=60):
            self.assertFalse(self._request("register")["error"])

    def test_five_an_hour_and_ten_a_day(self):
        """MEM-01: nobody's phone is flooded, from however many addresses."""
        sent = 0
        for minutes in range(0, 24 * 60, 10):
            with self._at(minutes=minutes):
                address = f"10.0.{minutes // 200}.{minutes % 200}"
                answer = self._request(address=address)
            sent += not answer["error"]
            if minutes == 50:
                self.assertEqual(answer["error"], "limit")
                self.assertEqual(sent, 5)
        self.assertEqual(sent, 10)
        with self._at(days=1, minutes=1):
            self.assertFalse(self._request()["error"])

    def test_twenty_an_hour_from_one_address(self):
        """MEM-01: one address cannot ask for codes for the whole city."""
        for number in range(20):
            answer = self._request(phone=f"139000000{number:02d}")
            self.assertFalse(answer["error"])
        self.assertEqual(self._request()["error"], "limit")
        self.assertFalse(self._request(address="203.0.113.10")["error"])

    def test_unsent_codes_count_like_others(self):
        """MEM-01: the limits do not tell which numbers have accounts."""
        with self._at():
            known = self._request()
            unknown = self._request(phone=OTHER_PHONE, send=False)
            self.assertEqual(known, unknown)
            self.assertEqual(
                self._request(), self._request(phone=OTHER_PHONE, send=False)
            )

    def test_no_account_is_as_much_work(self):
        """MEM-01: with and without account the database works alike, in both steps."""
        counts = []
        for phone, send in ((PHONE, True), (OTHER_PHONE, False)):
            self.env.invalidate_all()
            self._request(phone="13900000001")  # warm caches
            self.env.flush_all()
            before = self.cr.sql_log_count
            with patch.object(type(self.env["o2o.message"]), "_send"):
                self._request(phone=phone, send=send)
                self.env.flush_all()
            self._check("000000", phone=phone)
            self.env.flush_all()
            counts.append(self.cr.sql_log_count - before)
        self.assertEqual(*counts)

    # === who sees what, and for how long ===

    def test_rows_are_for_the_system(self):
        """MEM-01: no role reads codes; messages are for administrators of members."""
        self._request()
        portal = new_test_user(self.env, "o2o_v_p", groups="base.group_portal")
        for user in (self.user, self.manager, self.cashier, portal):
            with self.assertRaises(AccessError):
                self.Verification.with_user(user).search([])
        for user in (self.user, self.cashier, portal):
            with self.assertRaises(AccessError):
                self.env["o2o.message"].with_user(user).search([])
        message = self.env["o2o.message"].search([], limit=1)
        for operation in ("write", "create", "unlink"):
            self.assertFalse(message.with_user(self.manager).has_access(operation))

    def test_old_rows_are_removed(self):
        """MEM-01: codes for two days, messages for a month."""
        with self._at():
            self._request()
        with self._at(days=1, hours=23):
            self.Verification._gc_verifications()
            self.assertTrue(self._rows())
        with self._at(days=31):
            self.Verification._gc_verifications()
            self.assertFalse(self._rows())


@tagged("post_install", "-at_install")
class TestMessages(MockEmail, MemberCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.o2o_sms_provider = "core"
        cls.Message = cls.env["o2o.message"]

    def _send(self, channel="sms", target=PHONE):
        self.Message._send(
            channel, target, "Your code is 246810", secret="246810", subject="Code"
        )
        return self.Message.search([], limit=1)

    def test_real_provider_leaves_no_code(self):
        """MEM-01: with a gateway the code is in no row and in no log line."""
        with patch.object(o2o_message, "_logger") as log:
            message = self._send()
            api_class = self.company._get_sms_api_class()
            with patch.object(api_class, "_send_sms_batch") as send:
                send.side_effect = lambda messages, **_kwargs: [
                    {"uuid": number["uuid"], "state": "success"}
                    for message in messages
                    for number in message["numbers"]
                ]
                message._deliver(PHONE, "Your code is 246810", "Code")
        [[batch], *_rest] = send.call_args.args
        self.assertEqual(batch["content"], "Your code is 246810")
        self.assertEqual(batch["numbers"][0]["number"], f"+86{PHONE}")
        self.assertEqual(message.state, "sent")
        self.assertEqual(message.body, "Your code is ******")
        self.assertTrue(log.info.called)
        self.assertNotIn("246810", str(log.mock_calls))
        self.assertNotIn(PHONE, str(log.mock_calls))

    def test_leaves_after_the_commit_only(self):
        """MEM-01: a request that is undone or replayed sends nothing twice."""
        with patch("threading.Thread") as thread:
            message = self._send()
            self.assertEqual(message.state, "sending")
            thread.assert_not_called()
            self.env.cr.postcommit.run()
            thread.assert_called_once()
            thread.return_value.start.assert_called_once()

    def test_failure_is_shown(self):
        """MEM-01: what the gateway refused, or broke, stands on the row."""
        api_class = self.company._get_sms_api_class()
        message = self._send()
        with patch.object(api_class, "_send_sms_batch") as send:
            send.return_value = [{"uuid": "x", "state": "insufficient_credit"}]
            with self.assertLogs("odoo.addons.o2o_member", "WARNING"):
                message._deliver(PHONE, "Your code is 246810", "")
            self.assertEqual(message.state, "failed")
            self.assertEqual(message.failure, "insufficient_credit")
            send.side_effect = ConnectionError("246810")
            with self.assertLogs("odoo.addons.o2o_member", "WARNING"):
                message._deliver(PHONE, "Your code is 246810", "")
        self.assertEqual(message.failure, "ConnectionError")

    def test_email(self):
        """MEM-01: an e-mailed code is gone from the base once it has left."""
        mails = self.env["mail.mail"].search_count([])
        message = self._send("email", "zhang@example.com")
        with self.mock_mail_gateway(mail_unlink_sent=True):
            message._deliver("zhang@example.com", "Your <code> is 246810", "Code")
        [mail] = self._mails
        self.assertIn("Your &lt;code&gt; is 246810", mail["body"])
        self.assertEqual(message.state, "sent")
        self.assertEqual(message.target_masked, "z***@example.com")
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)

    def test_core_messages_follow_the_setting(self):
        """MEM-01: with the log provider a message of Odoo's own is kept as well."""
        self.company.o2o_sms_provider = "log"
        sms = self.env["sms.sms"].create({"number": f"+86{PHONE}", "body": "Hello"})
        sms.send()
        self.assertEqual(sms.state, "pending")
        self.assertEqual(self.Message.search([], limit=1).body, "Hello")

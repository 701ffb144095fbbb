from datetime import date
from unittest.mock import patch

from psycopg2 import DatabaseError

from odoo.exceptions import AccessError, UserError
from odoo.tests import JsonRpcException, new_test_user, tagged
from odoo.tools import mute_logger

from .common import MemberCommon
from .test_website_member import WebsiteMemberCase as _WebsiteMemberCase

PASSWORD = "o2o_m_portal"
PHONE, NEW_PHONE = "13912345678", "13712345678"
EMAIL = "new@example.com"


class AccountCase(_WebsiteMemberCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = new_test_user(
            cls.env, login="o2o_m_portal", groups="base.group_portal", lang="en_US"
        )
        cls.partner = cls.portal.partner_id
        cls.partner.write({"phone": PHONE, "email": "old@example.com"})
        cls.website.company_id.o2o_sms_provider = "log"

    def setUp(self):
        super().setUp()
        self.authenticate("o2o_m_portal", PASSWORD)

    def _code(self, channel, target, user=None):
        """A code as if it had been sent."""
        purpose = "rebind_phone" if channel == "sms" else "rebind_email"
        return self.env["o2o.verification"]._issue(
            purpose, channel, target, user=user or self.portal
        )

    def _change(self, topic, **values):
        return self._post_form(f"/o2o/member/security/{topic}", **values)

    def _rebind(self, topic="phone", target=NEW_PHONE, **values):
        if "code" not in values:
            values["code"] = self._code("sms" if topic == "phone" else "email", target)
        return self._change(topic, target=target, **{"password": PASSWORD, **values})

    def _kinds(self):
        return self.partner._o2o_security_events().mapped("kind")

    def _messages(self):
        return self.env["o2o.message"].search([], limit=5).mapped("body")


@tagged("post_install", "-at_install")
class TestProfile(AccountCase):
    def _save(self, **values):
        return self._post_form("/o2o/member/profile", **{"name": "O2O Name", **values})

    def test_birthday_once(self):
        """MEM-02: entered once, afterwards read-only, also for a forged form."""
        self.assertEqual(self._save(birthday="1990-02-28").status_code, 303)
        self.assertEqual(self.partner.name, "O2O Name")
        self.assertEqual(self.partner.o2o_birthday, date(1990, 2, 28))
        page = self.url_open("/o2o/member/profile").text
        self.assertNotIn('name="birthday"', page)
        self.assertIn("ask in one of our stores", page)
        self._save(birthday="1991-01-01")
        self.assertEqual(self.partner.o2o_birthday, date(1990, 2, 28))

    def test_errors(self):
        """MEM-02: impossible birthdays and empty names are refused."""
        for birthday in ("2999-01-01", "1800-01-01", "soon"):
            page = self._save(birthday=birthday)
            self.assertIn("date of birth", self._errors(page)["birthday"])
        self.assertIn("your name", self._errors(self._save(name=" "))["name"])
        self.assertFalse(self.partner.o2o_birthday)

    def test_only_own(self):
        """MEM-02: a form cannot name another contact or field."""
        other = self.env["res.partner"].create({"name": "O2O Other"})
        self._save(partner_id=other.id, id=other.id, o2o_verified_email="x@y.zz")
        self.assertEqual(other.name, "O2O Other")
        self.assertFalse(self.portal.o2o_verified_email)

    def test_csrf(self):
        """MEM-02: a form from elsewhere changes nothing."""
        with mute_logger("odoo.http"):
            page = self.url_open("/o2o/member/profile", data={"name": "O2O Evil"})
        self.assertEqual(page.status_code, 400)
        self.assertNotEqual(self.partner.name, "O2O Evil")


@tagged("post_install", "-at_install")
class TestSecurityPage(AccountCase):
    def test_change_password(self):
        """MEM-03: the old one is asked for, other sessions end, this one stays."""
        before = self.portal._compute_session_token("another session")
        page = self._change("password", password="wrong", new_password="new-s3cret")
        self.assertIn("not your password", self._errors(page)["password"])
        page = self._change("password", password=PASSWORD, new_password="short")
        self.assertIn("at least", self._errors(page)["new_password"])
        page = self._change("password", password=PASSWORD, new_password="new-s3cret")
        self.assertEqual(page.status_code, 303)
        page = self.url_open("/o2o/member/security", allow_redirects=False)
        self.assertEqual(page.status_code, 200)
        self.assertIn("Password changed", page.text)
        after = self.portal._compute_session_token("another session")
        self.assertNotEqual(before, after, "other sessions have ended")
        self.assertEqual(self._kinds(), ["password"])

    def test_password_tries(self):
        """MEM-03: who holds an open phone cannot guess the password."""
        for _try in range(10):
            self._change("sessions", password="wrong")
        page = self._change("sessions", password=PASSWORD)
        self.assertIn("Too many tries", self._errors(page)["password"])

    def _change_on_odoos_page(self, old, new, again=None):
        return self._post_form(
            "/my/security", old=old, new1=new, new2=new if again is None else again
        ).text

    def test_odoos_own_page(self):
        """MEM-03: its form changes the password like ours: told, logged, counted."""
        page = self._change_on_odoos_page(PASSWORD, "new-s3cret", "other")
        self.assertIn("must be identical", page)
        page = self._change_on_odoos_page(PASSWORD, "short")
        self.assertIn("at least", page)
        self.assertEqual(self._kinds(), [])
        self._change_on_odoos_page(PASSWORD, "new-s3cret")
        self.assertEqual(self._kinds(), ["password"])
        self.assertIn("password of your account was changed", self._messages()[0])
        page = self.url_open("/o2o/member/security", allow_redirects=False)
        self.assertEqual(page.status_code, 200, "this session goes on")
        self.authenticate("o2o_m_portal", "new-s3cret")

    def test_tries_on_odoos_own_page(self):
        """MEM-03: who holds an open phone cannot guess the password there either."""
        for _try in range(10):
            self._change_on_odoos_page("wrong", "new-s3cret")
        page = self._change_on_odoos_page(PASSWORD, "new-s3cret")
        self.assertIn("Too many tries", page)
        page = self._change("sessions", password=PASSWORD)
        self.assertIn("Too many tries", self._errors(page)["password"])

    @mute_logger("odoo.http")
    def test_tries_by_rpc(self):
        """MEM-03: a call that no counter outlives is refused."""
        for password in ("wrong", PASSWORD):
            with (
                self.subTest(password=password),
                self.assertRaisesRegex(JsonRpcException, "UserError"),
            ):
                self.make_jsonrpc_request(
                    "/web/dataset/call_kw",
                    {
                        "model": "res.users",
                        "method": "change_password",
                        "args": [password, "new-s3cret"],
                        "kwargs": {},
                    },
                )
        self.assertEqual(self._kinds(), [])

    def test_rebind_phone(self):
        """MEM-03: login and phone follow; the old number is told; values masked."""
        page = self._rebind()
        self.assertEqual(page.status_code, 303)
        self.assertEqual(self.portal.login, NEW_PHONE)
        self.assertEqual(self.partner.phone, NEW_PHONE)
        page = self.url_open("/o2o/member/security", allow_redirects=False)
        self.assertEqual(page.status_code, 200, "this session goes on")
        self.assertIn("139****5678 → 137****5678", page.text)
        message = self.env["o2o.message"].search([], limit=1)
        self.assertEqual(message.target_masked, "139****5678")
        self.assertIn("was changed", message.body)

    def test_send_code(self):
        """MEM-03: the code goes to the new number, at most one a minute."""
        call = {"channel": "sms", "target": NEW_PHONE}
        answer = self.make_jsonrpc_request("/o2o/member/security/code", call)
        self.assertTrue(answer["sent"])
        self.assertIn("137****5678", answer["message"])
        row = self.env["o2o.verification"].search([], limit=1)
        self.assertEqual((row.user_id, row.purpose), (self.portal, "rebind_phone"))
        answer = self.make_jsonrpc_request("/o2o/member/security/code", call)
        self.assertFalse(answer["sent"])
        self.assertIn("seconds", answer["message"])
        call["target"] = "123"
        answer = self.make_jsonrpc_request("/o2o/member/security/code", call)
        self.assertIn("11-digit", answer["message"])
        with mute_logger("odoo.http"), self.assertRaises(JsonRpcException):
            self.make_jsonrpc_request(
                "/o2o/member/security/code", {"channel": "fax", "target": "1"}
            )

    def test_send_code_button(self):
        """MEM-03: the page of a new number has the button of the log-in page."""
        self._press_send_code("/o2o/member/security/phone", "target", "o2o_m_portal")

    def test_taken_number(self):
        """MEM-03: told only after the code proved the number; nothing changes."""
        new_test_user(self.env, login=NEW_PHONE, groups="base.group_portal")
        answer = self.make_jsonrpc_request(
            "/o2o/member/security/code", {"channel": "sms", "target": NEW_PHONE}
        )
        self.assertTrue(answer["sent"])
        self.assertEqual(set(self._errors(self._rebind(code="000000"))), {"code"})
        page = self._rebind()
        self.assertIn("another account", self._errors(page)["target"])
        self.assertEqual(self.portal.login, "o2o_m_portal")
        self.assertEqual(self.partner.phone, PHONE)
        self.assertFalse(self._kinds())

    def test_lost_race_for_a_number(self):
        """MEM-03: when the number is taken in between, nothing is left half done."""
        new_test_user(self.env, login=NEW_PHONE, groups="base.group_portal")
        service = type(self.env["o2o.account.service"])
        with (
            patch.object(service, "_is_taken", return_value=False),
            mute_logger("odoo.sql_db"),
        ):
            page = self._rebind()
        self.assertIn("another account", self._errors(page)["target"])
        self.assertEqual(self.partner.phone, PHONE)

    def test_codes_of_others(self):
        """MEM-03: no code of another user, for another number, or used before."""
        other = new_test_user(self.env, login="o2o_m_other", groups="base.group_portal")
        code = self._code("sms", NEW_PHONE, other)
        self.assertEqual(set(self._errors(self._rebind(code=code))), {"code"})
        code = self._code("sms", "13612345678")
        self.assertEqual(set(self._errors(self._rebind(code=code))), {"code"})
        code = self._code("sms", NEW_PHONE)
        page = self._rebind(code=code, password="wrong")
        self.assertEqual(set(self._errors(page)), {"password"})
        self.assertEqual(self.partner.phone, PHONE)
        self.assertEqual(self._rebind(code=code).status_code, 303)
        self.assertEqual(set(self._errors(self._rebind(code=code))), {"code"})

    def test_rebind_email(self):
        """MEM-03: verified as long as the address is the one that was proved."""
        self.assertFalse(self.partner.o2o_email_verified)
        self.assertEqual(self._rebind("email", EMAIL).status_code, 303)
        self.assertEqual(self.partner.email, EMAIL)
        self.assertTrue(self.partner.o2o_email_verified)
        self.assertEqual(self.portal.login, "o2o_m_portal")
        message = self.env["o2o.message"].search([], limit=1)
        self.assertEqual(message.target_masked, "o***@example.com")
        self.partner.email = "typed@example.com"
        self.assertFalse(self.partner.o2o_email_verified)

    def test_taken_email(self):
        """MEM-03: an address that another member proved is refused."""
        other = new_test_user(self.env, login="o2o_m_other", groups="base.group_portal")
        other.o2o_verified_email = EMAIL
        page = self._rebind("email", EMAIL)
        self.assertIn("another account", self._errors(page)["target"])

    def test_sign_out_everywhere(self):
        """MEM-03: other devices are logged out, this one is not."""
        users = type(self.portal)
        with patch.object(users, "_action_revoke_all_devices") as revoke:
            page = self._change("sessions", password="no")
            self.assertEqual(page.status_code, 200)
            revoke.assert_not_called()
            page = self._change("sessions", password=PASSWORD)
            revoke.assert_called_once()
        self.assertEqual(page.status_code, 303)
        page = self.url_open("/o2o/member/security", allow_redirects=False)
        self.assertEqual(page.status_code, 200)
        self.assertEqual(self._kinds(), ["sign_out"])

    def test_csrf_and_visitors(self):
        """MEM-03: no change from elsewhere, no page for visitors or other topics."""
        with mute_logger("odoo.http"):
            page = self.url_open(
                "/o2o/member/security/sessions", data={"password": PASSWORD}
            )
        self.assertEqual(page.status_code, 400)
        self.assertEqual(self.url_open("/o2o/member/security/x").status_code, 404)
        self.authenticate(None, None)
        for topic in ("", "/password", "/phone", "/email", "/sessions"):
            url = f"/o2o/member/security{topic}"
            page = self.url_open(url, allow_redirects=False)
            self.assertIn("/web/login", page.headers["Location"])


@tagged("post_install", "-at_install")
class TestSecurityEvent(MemberCommon):
    def test_append_only_and_roles(self):
        """MEM-03: the log is read by clerks and auditors, and changed by nobody."""
        partner = self.env["res.partner"].create({"name": "O2O Member"})
        event = partner._o2o_log_security("phone", "a", "192.168.1.77")
        self.assertEqual(event.address_masked, "192.168.*.*")
        for user in (self.user, self.auditor):
            self.assertEqual(event.with_user(user).detail, "a")
        for user in (self.cashier, self.employee):
            with self.assertRaises(AccessError):
                event.with_user(user).read(["detail"])
        with self.assertRaises(UserError):
            event.detail = "b"
        with self.assertRaises(UserError):
            event.unlink()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(DatabaseError),
            self.cr.savepoint(),
        ):
            self.cr.execute("DELETE FROM o2o_security_event")

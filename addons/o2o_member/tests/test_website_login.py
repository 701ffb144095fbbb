import re
from contextlib import contextmanager
from unittest.mock import patch

from odoo.exceptions import AccessDenied, AccessError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..lib import otp
from ..models.res_users_login import CODE_PROOF
from .test_website_member import PHONE, WebsiteMemberCase

UNKNOWN = "13800000099"
PASSWORD = "s3cret-enough"
EMAIL = "zhang@example.com"


class LoginCase(WebsiteMemberCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website.company_id.write(
            {"o2o_phone_verification": True, "o2o_sms_provider": "log"}
        )
        cls.member = new_test_user(
            cls.env,
            PHONE,
            groups="base.group_portal",
            password=PASSWORD,
            lang="en_US",
            name="O2O Zhang",
        )
        # the limit of the framework counts across the tests of a process
        cls.env["ir.config_parameter"].set_param("base.login_cooldown_after", 0)

    def setUp(self):
        super().setUp()
        self.authenticate(None, None)

    def _ask(self, purpose="login", phone=PHONE):
        answer = self.make_jsonrpc_request(
            "/o2o/member/code", {"purpose": purpose, "phone": phone}
        )
        answer.pop("hint", None)  # of the test shop, where that is installed
        return answer

    def _log_in(self, phone=PHONE, code="246810", **values):
        return self._post_form(
            "/o2o/member/login", phone=phone, sms_code=code, **values
        )

    def _reset(self, phone=PHONE, code="246810", password="another-secret"):
        return self._post_form(
            "/o2o/member/reset", phone=phone, sms_code=code, password=password
        )

    def _password_opens(self, password, login=PHONE):
        self.env.flush_all()
        try:
            self.env["res.users"].authenticate(
                {"type": "password", "login": login, "password": password},
                {"interactive": True},
            )
        except AccessDenied:
            return False
        return True

    def _is_logged_in(self):
        page = self.url_open("/o2o/member/points", allow_redirects=False)
        return page.status_code == 200

    @contextmanager
    def _second_factor(self, url="/web/login/totp"):
        with patch.object(type(self.env["res.users"]), "_mfa_url", return_value=url):
            yield


@tagged("post_install", "-at_install")
class TestRegisterWithCode(LoginCase):
    FORM = {
        "name": "O2O Li",
        "phone": UNKNOWN,
        "password": PASSWORD,
        "sms_code": "246810",
        "has_card": "no",
        "consent": "1",
    }

    def _register(self, **changes):
        return self._post_form("/o2o/member/register", **{**self.FORM, **changes})

    def _user(self):
        return self.env["res.users"].search([("login", "=", UNKNOWN)])

    def test_without_a_card(self):
        """MEM-01, MEM-11: a proved phone is enough; the card is an electronic one."""
        answer = self._ask("register", UNKNOWN)
        self.assertTrue(answer["sent"])
        message = self.env["o2o.message"].search([], limit=1)
        [code] = [
            word for word in message.body.split() if word.isdigit() and len(word) == 6
        ]
        page = self._register(sms_code=code, email="Li@Example.com")
        self.assertEqual(page.status_code, 303)
        user = self._user()
        card = user.partner_id._o2o_active_card()
        self.assertEqual((card.kind, card.state), ("electronic", "active"))
        self.assertEqual(user.o2o_pending_email, "li@example.com")
        self.assertFalse(user.o2o_verified_email or user.email, "not proved yet")
        self.assertTrue(self._is_logged_in())

    def test_wrong_code_makes_nobody_a_member(self):
        """MEM-01: without the code of this phone there is no account, and no more
        than five tries."""
        self._issue_code("register", UNKNOWN)
        for _try in range(otp.MAX_TRIES):
            page = self._register(sms_code="000000")
            self.assertIn("not right", self._errors(page)["sms_code"])
        page = self._register()
        self.assertIn("Too many wrong codes", self._errors(page)["sms_code"])
        self.assertNotIn("value", self._input(page, "sms_code"))
        self.assertFalse(self._user())

    def test_code_of_another_phone_or_purpose(self):
        """MEM-01: the code counts for the phone and the purpose it was sent for."""
        self._issue_code("register", PHONE)
        self._issue_code("login", UNKNOWN)
        page = self._register()
        self.assertIn("no longer valid", self._errors(page)["sms_code"])
        self.assertFalse(self._user())

    def test_taken_phone_is_told_to_its_owner_only(self):
        """MEM-01: asking for a code and guessing one do not tell; the code does."""
        self.assertEqual(
            self._ask("register", PHONE)["message"].replace("139****5678", ""),
            self._ask("register", UNKNOWN)["message"].replace("138****0099", ""),
        )
        wrong = self._errors(self._register(phone=PHONE, sms_code="000000"))
        self.assertEqual(set(wrong), {"sms_code"})
        self._issue_code("register", PHONE)
        right = self._errors(self._register(phone=PHONE))
        self.assertIn("already has an account", right["phone"])

    def test_no_card_needs_verified_phones(self):
        """MEM-01: without codes a printed card is what keeps machines out."""
        self.website.company_id.o2o_phone_verification = False
        page = self._register()
        self.assertIn("number", self._errors(page))
        self.assertFalse(self._user())
        page = self.url_open("/o2o/member/register").text
        self.assertNotIn('name="sms_code"', page)
        self.assertNotIn('name="has_card"', page)

    def test_switched_off_the_site_stays_usable(self):
        """MEM-01: with a printed card one registers without a code."""
        self.website.company_id.o2o_phone_verification = False
        page = self._register(sms_code="", number="88000001", code="123456")
        self.assertEqual(page.status_code, 303)
        self.assertEqual(self.card.partner_id, self._user().partner_id)
        self.authenticate(None, None)
        for url in ("/o2o/member/login", "/o2o/member/reset"):
            page = self.url_open(url, allow_redirects=False)
            self.assertIn("/web/login", page.headers["Location"])
        self.assertNotIn("/o2o/member/reset", self.url_open("/web/login").text)
        self.assertFalse(self._ask("login")["sent"])

    def test_marketing_is_not_ticked(self):
        """PIPL: nobody is signed up for offers by a tick that was there before."""
        page = self.url_open("/o2o/member/register")
        self.assertNotIn("checked", self._input(page, "marketing"))
        self.assertNotIn("checked", self._input(page, "consent"))

    def test_others_are_told_of_the_new_member(self):
        """PIPL: what was ticked reaches who keeps consents."""
        self._issue_code("register", UNKNOWN)
        service = type(self.env["o2o.member.service"])
        with patch.object(service, "_after_registration") as hook:
            self._register(marketing="1")
        partner, values = hook.call_args.args
        self.assertEqual(partner, self._user().partner_id)
        self.assertEqual((values["consent"], values["marketing"]), ("1", "1"))


@tagged("post_install", "-at_install")
class TestCodeLogin(LoginCase):
    def test_log_in(self):
        """MEM-01: a code to the phone opens the account, once."""
        self._issue_code("login")
        page = self._log_in(phone="139-1234-5678")
        self.assertEqual(page.status_code, 303)
        self.assertTrue(page.headers["Location"].endswith("/o2o/member"))
        self.assertTrue(self._is_logged_in())
        event = self.member.partner_id._o2o_security_events(limit=1)
        self.assertEqual(event.kind, "login_code")
        self.authenticate(None, None)
        page = self._log_in()
        self.assertIn("no longer valid", self._errors(page)["sms_code"])
        self.assertFalse(self._is_logged_in())

    def test_brute_force_stops(self):
        """MEM-01: five guesses, then even the right code is refused; they survive."""
        self._issue_code("login")
        for _try in range(otp.MAX_TRIES):
            self.assertIn(
                "not right", self._errors(self._log_in(code="000000"))["sms_code"]
            )
        self.assertIn("Too many", self._errors(self._log_in())["sms_code"])
        self.assertFalse(self._is_logged_in())

    def test_code_of_another_purpose(self):
        """MEM-01: a code for a registration or a password does not log in."""
        for purpose in ("register", "reset_password"):
            self._issue_code(purpose)
            self.assertIn("no longer valid", self._errors(self._log_in())["sms_code"])

    def test_accounts_cannot_be_found_out(self):
        """MEM-01: with and without account: same answers to asking and guessing."""
        for purpose, try_code in (
            ("login", self._log_in),
            ("reset_password", self._reset),
        ):
            answers = []
            for phone, masked in ((PHONE, "139****5678"), (UNKNOWN, "138****0099")):
                self.env["o2o.verification"].search([]).unlink()
                asked = self._ask(purpose, phone)
                asked["message"] = asked["message"].replace(masked, "*")
                again = self._ask(purpose, phone)
                # a second may have passed in one case and not in the other
                self.assertTrue(50 <= again.pop("wait") <= 60)
                again["message"] = re.sub(r"\d+", "*", again["message"])
                pages = [
                    self._errors(try_code(phone=phone, code="000000"))
                    for _n in range(6)
                ]
                answers.append((asked, again, pages))
            self.assertEqual(*answers)
            self.assertTrue(answers[0][0]["sent"])

    def test_only_accounts_get_messages(self):
        """MEM-01: an unknown number is not bothered."""
        before = self.env["o2o.message"].search_count([])
        self._ask("login", UNKNOWN)
        self.assertEqual(self.env["o2o.message"].search_count([]), before)
        self._ask("login", PHONE)
        self.assertEqual(self.env["o2o.message"].search_count([]), before + 1)

    def test_second_press_waits(self):
        """MEM-01: the answer says how long."""
        self._ask()
        answer = self._ask()
        self.assertFalse(answer["sent"])
        self.assertTrue(50 <= answer["wait"] <= 60, answer)
        self.assertIn("seconds", answer["message"])

    def test_odd_requests(self):
        """MEM-01: other purposes, no number, foreign types: an answer, no code."""
        before = self.env["o2o.verification"].search_count([])
        for params in (
            {"purpose": "rebind_phone", "phone": PHONE},
            {"purpose": "privacy", "phone": PHONE},
            {"purpose": "login", "phone": "12345"},
            {"purpose": ["login"], "phone": {"a": 1}},
            {},
        ):
            answer = self.make_jsonrpc_request("/o2o/member/code", params)
            self.assertFalse(answer["sent"])
            self.assertTrue(answer["message"])
        self.assertEqual(self.env["o2o.verification"].search_count([]), before)

    def test_second_factor_is_still_asked(self):
        """MEM-01: the code alone does not let in who has a second factor."""
        self._issue_code("login")
        with self._second_factor():
            page = self._log_in(redirect="/shop")
            self.assertIn("/web/login/totp", page.headers["Location"])
            self.assertIn("redirect", page.headers["Location"])
        self.assertFalse(self._is_logged_in())

    def test_staff_does_not_log_in_by_code(self):
        """MEM-01: a stolen phone opens no back office."""
        staff = new_test_user(self.env, UNKNOWN, groups="base.group_user")
        self.assertFalse(self.env["o2o.member.service"]._find_code_user(UNKNOWN))
        before = self.env["o2o.message"].search_count([])
        self._ask("login", UNKNOWN)
        self.assertEqual(self.env["o2o.message"].search_count([]), before)
        with self.assertRaises(AccessDenied):
            staff.with_user(staff)._check_credentials(
                {"type": "o2o_code", "proof": CODE_PROOF}, {"interactive": True}
            )

    def test_proof_cannot_be_sent(self):
        """MEM-01: naming the new kind of credential in a request opens nothing."""
        for proof in (True, "1", "CODE_PROOF", None):
            with self.assertRaises(AccessDenied):
                self.env["res.users"].authenticate(
                    {"type": "o2o_code", "login": PHONE, "proof": proof},
                    {"interactive": True},
                )
        page = self._post_form(
            "/web/login", login=PHONE, password="x", type="o2o_code", proof="1"
        )
        self.assertEqual(page.status_code, 200)
        self.assertFalse(self._is_logged_in())

    def test_archived_account(self):
        """MEM-01: who was archived after the code was sent stays out."""
        self._issue_code("login")
        self.member.active = False
        self.assertIn("no longer valid", self._errors(self._log_in())["sms_code"])

    def test_foreign_redirect(self):
        """MEM-01: the log-in leads to a page of ours."""
        self._issue_code("login")
        page = self._log_in(redirect="https://evil.example/shop")
        self.assertNotIn("evil.example", page.headers["Location"])

    def test_csrf(self):
        """MEM-01: forms from elsewhere are refused and cost no try."""
        self._issue_code("login")
        for url in ("/o2o/member/login", "/o2o/member/reset"):
            with mute_logger("odoo.http"):
                page = self.url_open(
                    url,
                    data={"phone": PHONE, "sms_code": "246810", "password": "x" * 9},
                )
            self.assertEqual(page.status_code, 400)
        page = self.url_open(
            "/o2o/member/code", data={"purpose": "login", "phone": PHONE}
        )
        self.assertGreaterEqual(page.status_code, 400, "JSON only")
        self.assertFalse(self._errors(self._log_in()))


@tagged("post_install", "-at_install")
class TestResetPassword(LoginCase):
    def test_reset(self):
        """MEM-03: a code to the phone sets a new password and logs in."""
        self._issue_code("reset_password")
        page = self._reset()
        self.assertEqual(page.status_code, 303)
        self.assertTrue(self._is_logged_in())
        self.assertTrue(self._password_opens("another-secret"))
        self.assertFalse(self._password_opens(PASSWORD))
        events = self.member.partner_id._o2o_security_events()
        self.assertIn("password_reset", events.mapped("kind"))

    def test_other_devices_are_logged_out(self):
        """MEM-03: a session of before does not survive the new password."""
        self.authenticate(PHONE, PASSWORD)
        self.assertTrue(self._is_logged_in())
        service = self.env["o2o.member.service"]
        self._issue_code("reset_password")
        _user, errors = service._reset_password(
            {"phone": PHONE, "sms_code": "246810", "password": "another-secret"}
        )
        self.assertFalse(errors)
        self.env.flush_all()
        self.env.registry.clear_cache()
        self.assertFalse(self._is_logged_in())

    def test_password_rules_come_first(self):
        """MEM-03: a short password does not use the code up."""
        self._issue_code("reset_password")
        for password in ("short", "  spaces  "):
            page = self._reset(password=password)
            self.assertIn("at least 8", self._errors(page)["password"])
            self.assertNotIn("value", self._input(page, "password"))
        self.assertEqual(self._reset().status_code, 303)

    def test_login_code_does_not_reset(self):
        """MEM-03: wrong purpose; the password stays."""
        self._issue_code("login")
        self.assertIn("no longer valid", self._errors(self._reset())["sms_code"])
        self.assertTrue(self._password_opens(PASSWORD))

    def test_second_factor_is_still_asked(self):
        """MEM-03: the new password alone does not let in either."""
        self._issue_code("reset_password")
        with self._second_factor():
            page = self._reset()
            self.assertIn("/web/login/totp", page.headers["Location"])
        self.assertFalse(self._is_logged_in())


@tagged("post_install", "-at_install")
class TestPasswordLogin(LoginCase):
    def test_login_page(self):
        """MEM-01: the page speaks of phone and e-mail, and leads to the codes."""
        page = self.url_open("/web/login?redirect=/shop").text
        self.assertIn("Mobile number or e-mail", page)
        self.assertIn("/o2o/member/login?redirect=", page)
        self.assertIn("/o2o/member/reset", page)

    def test_spellings_of_the_phone(self):
        """MEM-01: however the number is typed."""
        for login in (PHONE, "+86 139 1234 5678", "139-1234-5678", "8613912345678"):
            with self.subTest(login=login):
                self.assertTrue(self._password_opens(PASSWORD, login))
                self.assertFalse(self._password_opens("wrong", login))

    def test_verified_email_only(self):
        """MEM-01: an address opens the account once it was proved."""
        self.member.email = EMAIL
        self.member.o2o_pending_email = EMAIL
        self.assertFalse(self._password_opens(PASSWORD, EMAIL))
        self.member.o2o_verified_email = EMAIL
        self.assertTrue(self._password_opens(PASSWORD, EMAIL))
        self.assertTrue(self._password_opens(PASSWORD, " Zhang@Example.com"))
        self.assertFalse(self._password_opens("wrong", EMAIL))

    def test_nobody_shadows_a_verified_email(self):
        """MEM-01: a proved address is nobody else's login, and the other way round."""
        self.member.o2o_verified_email = EMAIL
        with self.assertRaises(ValidationError):
            new_test_user(self.env, "Zhang@example.com", groups="base.group_portal")
        other = new_test_user(self.env, "li_a@example.com", groups="base.group_portal")
        with self.assertRaises(ValidationError):
            self.member.o2o_verified_email = "li_a@example.com"
        other.login = "lixa@example.com"
        self.member.o2o_verified_email = "li_a@example.com"

    def test_spelling_of_a_phone_is_the_same_account(self):
        """MEM-01: the check for taken numbers sees through spellings, too."""
        self.assertTrue(
            self.env["o2o.member.service"]._is_login_taken("+8613912345678")
        )

    def test_emails_are_not_for_everybody(self):
        """MEM-01: members read neither field, of nobody."""
        with self.assertRaises(AccessError):
            self.member.with_user(self.member).read(["o2o_verified_email"])


@tagged("post_install", "-at_install")
class TestSendCodeButton(LoginCase):
    def test_countdown(self):
        """MEM-01: the button sends, counts down and cannot be pressed meanwhile."""
        self._press_send_code("/o2o/member/login", "phone")

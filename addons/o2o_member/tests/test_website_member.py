from unittest.mock import patch

from lxml import html

from odoo import http
from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..lib import otp
from .common import MemberCommon

PHONE = "13912345678"


class WebsiteMemberCase(MemberCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website = cls.env["website"].get_current_website()
        english = cls.env.ref("base.lang_en")
        cls.website.language_ids = [Command.link(english.id)]
        cls.website.default_lang_id = english
        cls.Card = cls.Card.with_company(cls.website.company_id)
        cls.card = cls._create_card(
            "88000001", "123456", company_id=cls.website.company_id.id
        )

    def _post_form(self, url, allow_redirects=False, **values):
        return self.url_open(
            url,
            data={"csrf_token": http.Request.csrf_token(self), **values},
            allow_redirects=allow_redirects,
        )

    def _wait(self):
        """Let the pause after a miss pass."""
        self.env.flush_all()
        self.cr.execute(
            "UPDATE o2o_card_attempt"
            " SET attempted_at = attempted_at - interval '6 minutes'"
        )
        self.env["o2o.card.attempt"].invalidate_model()

    def _issue_code(self, purpose, phone=PHONE, code="246810", **options):
        """A code as if it had been sent to a phone."""
        with patch.object(otp, "new_code", return_value=code):
            self.env["o2o.verification"]._issue(purpose, "sms", phone, **options)
        self.env.flush_all()

    def _press_send_code(self, url, input_name, login=None):
        """Press "Send code" of a page, with a typing error first; one code is sent."""
        before = self.env["o2o.verification"].search_count([])
        self.browser_js(
            url,
            """
            (async () => {
                const find = (selector) => document.querySelector(selector);
                const until = async (what, test) => {
                    for (let n = 0; n < 900; n++) {
                        if (test()) {
                            return;
                        }
                        await new Promise((resolve) => setTimeout(resolve, 100));
                    }
                    throw new Error("never: " + what);
                };
                const button = find(".o_o2o_send_code_button");
                const message = find(".o_o2o_send_code_message");
                await until("complaint", () => {
                    button.click();  // the page may still be loading its scripts
                    return message.classList.contains("text-danger");
                });
                await until("free after a typing error", () => !button.disabled);
                find("input[name=INPUT]").value = "13912345678";
                button.click();
                // the label, the lock and the message are not drawn in one step
                await until("count, blocked and no error", () => {
                    const isError = message.classList.contains("text-danger");
                    const isCounting = /\\d+ s/.test(button.textContent);
                    return isCounting && button.disabled && !isError;
                });
                const first = button.textContent;
                await until("tick", () => button.textContent !== first);
                console.log("test successful");
            })();
            """.replace("INPUT", input_name),
            ready="!!document.querySelector('.o_o2o_send_code_button')",
            login=login,
            timeout=180,
        )
        after = self.env["o2o.verification"].search_count([])
        self.assertEqual(after - before, 1)

    def _input(self, page, name):
        """The attributes of an input of the page."""
        [element] = html.fromstring(page.text).xpath(f"//form//input[@name='{name}']")
        return element.attrib

    def _errors(self, page):
        """{field: message} shown in the form; "form" for the alert on top."""
        tree = html.fromstring(page.text)
        errors = {
            element.get("id").removeprefix("o2o_").removesuffix("_message"): (
                element.text_content().strip()
            )
            for element in tree.xpath("//div[@class='invalid-feedback']")
        }
        for element in tree.xpath("//div[@class='alert alert-danger']"):
            errors["form"] = element.text_content().strip()
        return errors


@tagged("post_install", "-at_install")
class TestScripts(HttpCase):
    def test_scripts_of_the_website_get_their_translations(self):
        """MEM-05: what a script says on the member's page is in the page's language."""
        answer = self.url_open("/website/translations?lang=en_US").json()
        self.assertIn("o2o_member", answer["modules"])
        self.assertIn("website_sale", answer["modules"])


@tagged("post_install", "-at_install")
class TestRegister(WebsiteMemberCase):
    FORM = {
        "name": "张三",
        "phone": "+86 139 1234 5678",
        "number": "88000001",
        "code": "123456",
        "password": "s3cret-enough",
        "sms_code": "246810",
        "consent": "1",
    }

    def setUp(self):
        super().setUp()
        self.authenticate(None, None)

    def _register(self, **changes):
        self._issue_code("register")
        return self._post_form("/o2o/member/register", **{**self.FORM, **changes})

    def _member(self):
        return self.env["res.users"].search([("login", "=", PHONE)])

    def assertRefused(self, page, field, message):
        self.assertEqual(page.status_code, 200)
        errors = self._errors(page)
        self.assertEqual(set(errors), {field})
        self.assertIn(message, errors[field])
        self.assertEqual(self.card.state, "new")
        self.assertFalse(self._member())

    def test_form(self):
        """CARD-03: the form has what registration needs, and works on a phone."""
        page = self.url_open("/o2o/member/register")
        self.assertEqual(page.status_code, 200)
        for name in self.FORM:
            self._input(page, name)
        self.assertEqual(self._input(page, "code")["inputmode"], "numeric")
        self.assertEqual(self._input(page, "password")["type"], "password")
        self.assertEqual(self._errors(page), {})

    def test_register(self):
        """CARD-03: one submit makes a portal user with an active card, logged in."""
        page = self._register()
        self.assertEqual(page.status_code, 303)
        self.assertTrue(page.headers["Location"].endswith("/o2o/member"))
        user = self._member()
        self.assertTrue(user._is_portal())
        self.assertEqual(user.partner_id.name, "张三")
        self.assertEqual(user.partner_id.phone, PHONE)
        self.assertEqual(self.card.partner_id, user.partner_id)
        self.assertTrue(user.partner_id.o2o_is_member)
        self.assertTrue(user.partner_id._o2o_has_consent("terms"))
        self.assertTrue(user.partner_id._o2o_has_consent("privacy"))
        self.assertFalse(user.partner_id._o2o_has_consent("marketing"))
        home = self.url_open("/o2o/member")
        self.assertIn("88000001", home.text)
        self.assertIn("张三", home.text)

    def test_log_in_by_phone(self):
        """MEM-01: the phone number is the login."""
        self._register()
        self.env.flush_all()
        result = self._member().authenticate(
            {"login": PHONE, "password": self.FORM["password"], "type": "password"},
            {"interactive": False},
        )
        self.assertEqual(result["uid"], self._member().id)

    def test_wrong_code(self):
        """CARD-03: the form comes back filled, with the message at the field."""
        page = self._register(code="654321")
        self.assertRefused(page, "code", "do not match")
        self.assertEqual(self._input(page, "name")["value"], "张三")
        self.assertEqual(self._input(page, "number")["value"], "88000001")
        self.assertNotIn("value", self._input(page, "password"))
        self.assertNotIn(self.FORM["password"], page.text)

    def test_unknown_card_answers_like_a_wrong_code(self):
        """CARD-05: the page does not tell which cards exist."""
        wrong = self._errors(self._register(code="654321"))
        self._wait()
        unknown = self._register(number="77777777")
        self.assertEqual(self._errors(unknown), wrong)
        self.assertFalse(self._member())

    def test_used_card(self):
        """CARD-04: with the right code, a used card says that it is used."""
        partner = self.env["res.partner"].create({"name": "O2O First"})
        self.card._activate(partner)
        page = self._register()
        self.assertIn("already been activated", self._errors(page)["number"])
        self.assertFalse(self._member())
        self.assertEqual(self.card.partner_id, partner)

    def test_too_many_tries(self):
        """CARD-02: the fourth try is not looked at, and the tries survive the page."""
        for _try in range(3):
            self.assertRefused(self._register(code="000000"), "code", "do not match")
            self._wait()
        self.assertRefused(self._register(), "form", "Too many tries")

    def test_csrf(self):
        """CARD-03: a form from elsewhere is refused and does not count as a try."""
        with mute_logger("odoo.http"):
            page = self.url_open("/o2o/member/register", data=self.FORM)
        self.assertEqual(page.status_code, 400)
        self.assertFalse(self._member())
        self.assertFalse(self.env["o2o.card.attempt"].search([]))

    def test_duplicate_phone(self):
        """MEM-01: a phone number has one account, archived ones included."""
        user = new_test_user(self.env, login=PHONE, groups="base.group_portal")
        page = self._register()
        self.assertIn("already has an account", self._errors(page)["phone"])
        user.active = False
        page = self._register()
        self.assertIn("already has an account", self._errors(page)["phone"])
        self.assertEqual(self.card.state, "new")

    def test_duplicate_phone_needs_a_card(self):
        """MEM-01: without a valid card nobody learns which phones have accounts."""
        new_test_user(self.env, login=PHONE, groups="base.group_portal")
        page = self._register(code="654321")
        self.assertEqual(set(self._errors(page)), {"code"})

    def test_lost_race_for_a_phone(self):
        """MEM-01: when the login is taken in between, nothing is left half done."""
        new_test_user(self.env, login=PHONE, groups="base.group_portal")
        partners = self.env["res.partner"].search_count([])
        service = type(self.env["o2o.member.service"])
        with patch.object(service, "_is_login_taken", return_value=False):
            page = self._register()
        self.assertIn("already has an account", self._errors(page)["phone"])
        self.assertEqual(self.card.state, "new")
        self.assertEqual(self.env["res.partner"].search_count([]), partners)

    def test_field_checks(self):
        """CARD-03: each field speaks for itself; no try is spent on typing errors."""
        for field, value, message in (
            ("name", "   ", "your name"),
            ("name", "x" * 65, "your name"),
            ("phone", "12345", "11-digit"),
            ("number", " ", "number on your card"),
            ("code", "12345", "6 digits"),
            ("code", "12345a", "6 digits"),
            ("password", "short", "at least 8"),
            ("sms_code", "", "6 digits of the code you received"),
            ("sms_code", "12345a", "6 digits of the code you received"),
            ("email", "zhang", "e-mail address, or nothing"),
            ("consent", "", "agree"),
        ):
            with self.subTest(field=field, value=value):
                self.assertRefused(self._register(**{field: value}), field, message)
        self.assertFalse(self.env["o2o.card.attempt"].search([]))

    def test_password_policy(self):
        """MEM-03: the policy of the database counts when it is stricter."""
        self.env["ir.config_parameter"].set_param("auth_password_policy.minlength", 20)
        self.assertRefused(self._register(), "password", "at least 20")

    def test_markup_in_a_name_is_text(self):
        """CARD-03: what visitors type is never markup."""
        page = self._register(name='"><script>alert(1)</script>', code="654321")
        self.assertNotIn("<script>alert(1)", page.text)

    def test_visitor_landing(self):
        """SHOP-01: the member centre offers log-in, registration and the shop."""
        page = self.url_open("/o2o/member")
        for link in ("/o2o/member/register", "/web/login?redirect=", "/shop"):
            self.assertIn(link, page.text)

    def test_visitors_have_no_points_page(self):
        """PTS-09: the log needs a log-in."""
        page = self.url_open("/o2o/member/points", allow_redirects=False)
        self.assertEqual(page.status_code, 303)
        self.assertIn("/web/login", page.headers["Location"])


@tagged("post_install", "-at_install")
class TestMemberCenter(WebsiteMemberCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = new_test_user(
            cls.env, login="o2o_m_portal", groups="base.group_portal", lang="en_US"
        )
        cls.partner = cls.portal.partner_id.with_company(cls.website.company_id)

    def setUp(self):
        super().setUp()
        self.authenticate("o2o_m_portal", "o2o_m_portal")

    def test_activate(self):
        """CARD-04: somebody with a login activates a card on one page."""
        self.assertIn("/o2o/member/activate", self.url_open("/o2o/member").text)
        page = self._post_form("/o2o/member/activate", number="88000001", code="123456")
        self.assertEqual(page.status_code, 303)
        self.assertEqual(self.card.partner_id, self.partner)
        home = self.url_open("/o2o/member").text
        self.assertIn("88000001", home)
        self.assertNotIn("/o2o/member/activate", home)

    def test_activate_errors(self):
        """CARD-04: wrong code, empty form, foreign form."""
        page = self._post_form("/o2o/member/activate", number="88000001", code="000000")
        self.assertIn("do not match", self._errors(page)["code"])
        page = self._post_form("/o2o/member/activate", number="", code="")
        self.assertEqual(set(self._errors(page)), {"number", "code"})
        with mute_logger("odoo.http"):
            page = self.url_open(
                "/o2o/member/activate", data={"number": "88000001", "code": "123456"}
            )
        self.assertEqual(page.status_code, 400)
        self.assertEqual(self.card.state, "new")

    def test_member_does_not_register_again(self):
        """CARD-03: logged in, the registration leads to the activation, then home."""
        page = self.url_open("/o2o/member/register", allow_redirects=False)
        self.assertTrue(page.headers["Location"].endswith("/o2o/member/activate"))
        self.card._activate(self.partner)
        page = self.url_open("/o2o/member/activate", allow_redirects=False)
        self.assertTrue(page.headers["Location"].endswith("/o2o/member"))

    def test_home_shows_card_points_and_ways(self):
        """SHOP-01, PTS-09: card, balance, last rows; shop, orders, points log."""
        self.card._activate(self.partner)
        for number in range(7):
            self.partner._o2o_post_points(
                100, "manual", f"t:{number}", reason=f"Gift no {number}"
            )
        page = self.url_open("/o2o/member").text
        for text in ("88000001", "700", "+100", "Gift no 6"):
            self.assertIn(text, page)
        self.assertNotIn("Gift no 1", page, "only the latest rows")
        for link in ('href="/shop"', 'href="/my/orders"', 'href="/o2o/member/points"'):
            self.assertIn(link, page)

    def test_points_log_is_paged_and_own(self):
        """PTS-09: all rows, page by page, and nobody else's."""
        self.card._activate(self.partner)
        for number in range(25):
            self.partner._o2o_post_points(
                1, "manual", f"t:{number}", reason=f"Row ({number:02d})"
            )
        stranger = self._create_member("O2O Stranger", "88000900")
        stranger._o2o_post_points(999, "manual", "t:s", reason="Foreign row")
        first = self.url_open("/o2o/member/points").text
        [link] = html.fromstring(first).xpath(
            "//a[contains(@class, 'o_o2o_points_next')]/@href"
        )
        second = self.url_open(link).text
        self.assertIn("Row (24)", first)
        self.assertNotIn("Row (04)", first)
        self.assertIn("Row (04)", second)
        self.assertIn("Row (00)", second)
        self.assertNotIn("Foreign row", first + second)

    def test_portal_home_tile(self):
        """CARD-03: the portal home leads to the member centre, points shown once."""
        self.card._activate(self.partner)
        page = self.url_open("/my").text
        self.assertIn('href="/o2o/member"', page)
        self.assertNotIn("Member points", page)

    def test_staff_without_role_has_a_member_centre(self):
        """CARD-03: an employee can be a member, too."""
        self.authenticate("o2o_m_employee", "o2o_m_employee")
        self.card._activate(self.employee.partner_id)
        for url in ("/o2o/member", "/o2o/member/points"):
            self.assertEqual(self.url_open(url).status_code, 200)

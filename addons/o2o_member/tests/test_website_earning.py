import time
from unittest.mock import patch

from lxml.html import fragments_fromstring

from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged, warmup
from odoo.tools import format_date, mute_logger

from .test_website_member import WebsiteMemberCase

BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1"

REGISTRATION = {
    "name": "Bob",
    "phone": "13912345678",
    "number": "88000001",
    "code": "123456",
    "password": "s3cret-enough",
    "sms_code": "246810",
    "consent": "1",
}


class EarningPages(WebsiteMemberCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop_company = cls.website.company_id
        rules = cls.env["o2o.points.rule"].with_context(active_test=False)
        rules.search([("company_id", "=", cls.shop_company.id)]).active = False
        cls.sign_in_rule, cls.referral_rule, cls.share_rule = rules.create(
            [
                {
                    "name": kind,
                    "kind": kind,
                    "company_id": cls.shop_company.id,
                    "points": points,
                }
                for kind, points in (("sign_in", 0), ("referral", 100), ("share", 3))
            ]
        )
        cls.sign_in_rule.day_ids = [
            Command.create({"day": 1, "points": 5}),
            Command.create({"day": 2, "points": 8}),
        ]
        cls.portal = new_test_user(
            cls.env, login="o2o_m_portal", groups="base.group_portal", lang="en_US"
        )
        cls.partner = cls.portal.partner_id.with_company(cls.shop_company)
        cls.anna_card = cls._create_card("88000300", company_id=cls.shop_company.id)
        cls.anna_card._activate(cls.partner)
        cls.product = cls.env["product.template"].create(
            {"name": "O2O Shared", "website_published": True, "list_price": 5}
        )
        cls.links = cls.env["o2o.member.link"].with_company(cls.shop_company)

    def setUp(self):
        super().setUp()
        self.authenticate("o2o_m_portal", "o2o_m_portal")

    def _json(self, url, **params):
        response = self.url_open(
            url,
            json={"jsonrpc": "2.0", "method": "call", "params": params},
            headers={"User-Agent": BROWSER},
        )
        return response.json()

    def _get(self, url, agent=BROWSER):
        return self.url_open(url, allow_redirects=False, headers={"User-Agent": agent})

    def _rows(self, kind, partner=None):
        return self.env["o2o.points.entry"].search(
            [("kind", "=", kind), ("partner_id", "=", (partner or self.partner).id)]
        )


@tagged("post_install", "-at_install")
class TestSignInPages(EarningPages):
    def test_page_and_form(self):
        """PTS-02: without scripts the form signs in, once."""
        page = self.url_open("/o2o/member/sign-in").text
        self.assertIn("Sign in now +5", " ".join(page.split()))
        for _tap in range(2):
            response = self._post_form("/o2o/member/sign-in")
            self.assertEqual(response.status_code, 303)
        self.assertEqual(self._rows("sign_in").mapped("points"), [5])
        page = " ".join(self.url_open("/o2o/member/sign-in").text.split())
        self.assertIn("Signed in today", page)
        self.assertIn("+8</div> tomorrow", page)
        self.assertNotIn("o_o2o_sign_in_form", page)

    def test_button(self):
        """PTS-02: the button answers at once with the new calendar; twice is once."""
        result = self._json("/o2o/member/sign-in/now")["result"]
        self.assertEqual(result["points"], 5)
        self.assertIn("o_o2o_pop", result["html"])
        result = self._json("/o2o/member/sign-in/now")["result"]
        self.assertEqual(result["points"], 0)
        self.assertEqual(len(self._rows("sign_in")), 1)

    def test_attacks(self):
        """PTS-02: no other day, no other member, no foreign form, no visitor."""
        other = self._create_member("O2O Other", "88000900")
        with mute_logger("odoo.http"):
            self._json(
                "/o2o/member/sign-in/now", date="2099-01-01", partner_id=other.id
            )
            page = self.url_open("/o2o/member/sign-in", data={"date": "2099-01-01"})
        self.assertEqual(page.status_code, 400, "no token")
        self._post_form("/o2o/member/sign-in", date="2099-01-01", partner_id=other.id)
        rows = self.env["o2o.sign.in"].search([])
        self.assertFalse(rows.filtered(lambda row: row.partner_id == other))
        self.assertTrue(all(str(row.date) < "2099" for row in rows))
        self.authenticate(None, None)
        self.assertIn(
            "/web/login", self._get("/o2o/member/sign-in").headers["Location"]
        )
        with mute_logger("odoo.http"):
            self.assertIn("error", self._json("/o2o/member/sign-in/now"))

    def test_other_months(self):
        """PTS-02: months are browsed; nonsense shows this month."""
        with freeze_time("2026-03-10 04:00:00"):
            self.env["o2o.sign.in"].with_company(self.shop_company)._sign_in(
                self.partner
            )
        page = self.url_open("/o2o/member/sign-in?month=2026-03").text
        self.assertIn("March 2026", page)
        self.assertIn("o_o2o_signed", page)
        for month in ("x", "2026-13", "99999-01", "0000-01", "-", "2999-01"):
            response = self.url_open(f"/o2o/member/sign-in?month={month}")
            self.assertEqual(response.status_code, 200, month)

    def test_without_card_or_rule(self):
        """CARD-04, PTS-02: the pages lead on, and stay pages."""
        self.sign_in_rule.active = False
        page = self.url_open("/o2o/member/sign-in").text
        self.assertIn("no points for signing in", page)
        self.assertEqual(self._post_form("/o2o/member/sign-in").status_code, 303)
        self.assertNotIn("/o2o/member/sign-in", self.url_open("/o2o/member").text)
        self.anna_card.action_freeze("Test")
        for url in ("/o2o/member/sign-in", "/o2o/member/friends"):
            self.assertIn("/o2o/member/activate", self._get(url).headers["Location"])

    def test_home_leads_here(self):
        """PTS-02, PTS-03: the first page shows what today gives."""
        page = self.url_open("/o2o/member").text
        self.assertIn('href="/o2o/member/sign-in"', page)
        self.assertIn('href="/o2o/member/friends"', page)
        self.assertIn(">+5<", page)


@tagged("post_install", "-at_install")
class TestReferralPages(EarningPages):
    def setUp(self):
        super().setUp()
        self.link = self.links._link_of(self.partner, "referral")

    def _register(self):
        self._issue_code("register")
        return self._post_form("/o2o/member/register", **REGISTRATION)

    def _bob(self):
        return self.env["res.users"].search([("login", "=", "13912345678")]).partner_id

    def test_page(self):
        """PTS-03: the member's link with a QR code; friends by masked names."""
        self.card._activate(self.env["res.partner"].create({"name": "Robert Long"}))
        self.card.partner_id.with_company(self.shop_company)._o2o_set_referrer(
            self.link.code, "10.3.3.3"
        )
        page = self.url_open("/o2o/member/friends").text
        self.assertIn(f"/o2o/r/{self.link.code}", page)
        self.assertIn('src="data:image/svg+xml;base64,', page)
        self.assertIn("R**", page)
        self.assertNotIn("Robert", page)

    def test_link_cookie_registration(self):
        """PTS-03: link, thirty days of memory, registration: remembered."""
        self.authenticate(None, None)
        response = self._get(f"/o2o/r/{self.link.code}")
        self.assertTrue(response.headers["Location"].endswith("/o2o/member/register"))
        cookie = next(c for c in response.cookies if c.name == "o2o_ref")
        self.assertEqual(cookie.value, self.link.code)
        self.assertAlmostEqual(cookie.expires, time.time() + 30 * 86400, delta=300)
        self.assertTrue(cookie.has_nonstandard_attr("HttpOnly"))
        self.assertEqual(self._register().status_code, 303)
        self.assertEqual(
            self._bob().with_company(self.shop_company).o2o_referrer_id, self.partner
        )
        self.assertFalse(
            self.opener.cookies.get("o2o_ref"), "the next one is somebody else"
        )

    def test_cookie_outlives_the_session(self):
        """PTS-03: the cookie alone is enough, in another session."""
        self.authenticate(None, None)
        self.opener.cookies.set("o2o_ref", self.link.code)
        self._register()
        self.assertEqual(
            self._bob().with_company(self.shop_company).o2o_referrer_id, self.partner
        )

    def test_forged_cookies(self):
        """PTS-03: a wrong code never stops a registration."""
        self.authenticate(None, None)
        self.opener.cookies.set("o2o_ref", "%27%22%3Cscript%3E")
        self.assertEqual(self._register().status_code, 303)
        self.assertTrue(self._bob())
        self.assertFalse(
            self.env["o2o.referral"].search([("friend_id", "=", self._bob().id)])
        )

    def test_unknown_code(self):
        """PTS-03: unknown codes lead to the shop and leave no trace."""
        self.authenticate(None, None)
        response = self._get("/o2o/r/zzzzzzzzzz")
        self.assertTrue(response.headers["Location"].endswith("/shop"))
        self.assertNotIn("o2o_ref", response.cookies)


@tagged("post_install", "-at_install")
class TestSharePages(EarningPages):
    def _share(self):
        result = self._json("/o2o/share/link", product_id=self.product.id)["result"]
        return "/o2o/r/" + result["url"].rsplit("/", 1)[1]

    def _look(self, url, seconds=5, agent=BROWSER, address="10.7.7.7"):
        """Follow a link as a stranger, and stay for some seconds."""
        self.authenticate(None, None)
        with patch("odoo.addons.o2o_member.controllers.share.time") as clock:
            clock.time.return_value = time.time() + seconds
            response = self._get(url, agent)
            with patch(
                "odoo.addons.o2o_member.controllers.member.MemberController._address",
                return_value=address,
            ):
                self._json("/o2o/share/opened")
        return response

    def test_share_and_open(self):
        """PTS-04: the button gives nothing; a stranger who looks does, once."""
        url = self._share()
        self.assertFalse(self._rows("share"))
        response = self._look(url)
        self.assertIn(self.product.website_url, response.headers["Location"])
        self.assertEqual(self._rows("share").points, 3)
        self._look(url)
        self.assertEqual(len(self._rows("share")), 1)

    def test_reports_without_a_visit(self):
        """PTS-04: reports count once, with a link followed, not too early or late."""
        url = self._share()
        self.authenticate(None, None)
        self._json("/o2o/share/opened", code=url.rsplit("/", 1)[1])
        self._look(url, seconds=0)
        self._look(url, seconds=4000)
        self.assertFalse(self._rows("share"))

    def test_robots(self):
        """PTS-04: robots and chat previews follow links in vain."""
        url = self._share()
        for agent in ("Googlebot/2.1", "WhatsApp/2.0", "curl/8"):
            self._look(url, agent=agent)
        self.assertFalse(self._rows("share"))

    def test_own_visit(self):
        """PTS-04: the member's own network does not count."""
        url = self._share()
        self._look(url, address="127.0.0.1")
        self.assertFalse(self._rows("share"))

    def test_visitors_share_plain_addresses(self):
        """PTS-04: no member, no tracking; no product, the shop."""
        self.authenticate(None, None)
        result = self._json("/o2o/share/link", product_id=self.product.id)["result"]
        self.assertTrue(result["url"].endswith(self.product.website_url))
        for product_id in (None, "x", -1, 10**30, [1], {"a": 1}):
            result = self._json("/o2o/share/link", product_id=product_id)["result"]
            self.assertTrue(result["url"].endswith("/shop"), product_id)

    def test_hidden_products(self):
        """PTS-04: what is not published is not shared."""
        self.product.website_published = False
        result = self._json("/o2o/share/link", product_id=self.product.id)["result"]
        self.assertNotIn("Shared", result["title"])

    def test_page_without_scripts(self):
        """PTS-04: the product page has the button; its page shows the link to copy."""
        page = self.url_open(self.product.website_url).text
        self.assertIn(f"/o2o/share?product_id={self.product.id}", page)
        page = self.url_open(f"/o2o/share?product_id={self.product.id}").text
        self.assertIn("/o2o/r/", page)
        self.assertIn("O2O Shared", page)

    def test_shared_link_also_invites(self):
        """PTS-03: who registers after following a shared link is a friend."""
        url = self._share()
        self._look(url)
        self._issue_code("register")
        self._post_form("/o2o/member/register", **REGISTRATION)
        bob = self.env["res.users"].search([("login", "=", "13912345678")]).partner_id
        self.assertEqual(
            bob.with_company(self.shop_company).o2o_referrer_id, self.partner
        )


@tagged("post_install", "-at_install")
class TestPointsLogPages(EarningPages):
    def _post(self, points, key, kind="manual", **values):
        return self.partner._o2o_post_points(points, kind, key, **values)

    def test_filters(self):
        """PTS-09, PTS-11: earned, spent, expired; each row in one group; by month."""
        with freeze_time("2026-03-31 16:30:00"):
            self._post(100, "t:1", reason="April by the shop's clock")
        with freeze_time("2026-03-31 15:30:00"):
            self._post(50, "t:2", reason="March row")
        spent = self._post(-20, "t:3", "redeem")
        spent._reverse("t:4", points=5)
        self._post(-10, "t:5", "expire")
        log = self.partner._o2o_points_log
        self.shop_company.partner_id.tz = "Asia/Shanghai"
        groups = {
            name: log(name)[0].mapped("points")
            for name in ("earned", "spent", "expired")
        }
        self.assertEqual(
            groups, {"earned": [50, 100], "spent": [5, -20], "expired": [-10]}
        )
        self.assertEqual(log(month="2026-03")[0].mapped("points"), [50])
        page = self.url_open("/o2o/member/points?kind=earned&month=2026-04").text
        self.assertIn("April by", page)
        self.assertNotIn("March row", page)
        page = self.url_open("/o2o/member/points?kind=expired").text
        self.assertIn("Not used in time", page)

    def test_nonsense(self):
        """PTS-09: whatever the address says, a page comes back."""
        for query in (
            "kind=x&month=2026-99&before=abc",
            "before=99999999999999999999",
            "before=-5",
            "month=9999-12",
            "month=0001-01",
            "before=²",
        ):
            response = self.url_open(f"/o2o/member/points?{query}")
            self.assertEqual(response.status_code, 200, query)

    def test_panel(self):
        """PTS-09: pending, owed and expiring points are named."""
        self.shop_company.write(
            {"o2o_points_pending_days": 7, "o2o_points_valid_months": 1}
        )
        self._post(70, "t:1", "earn_purchase")
        page = self.url_open("/o2o/member/points").text
        for text in ("Pending", "Usable until", ">70<"):
            self.assertIn(text, page)

    def test_empty(self):
        """PTS-09: no rows say what to do; no match says how to see all."""
        page = self.url_open("/o2o/member/points").text
        self.assertIn("No points yet", page)
        self._post(5, "t:1")
        page = self.url_open("/o2o/member/points?kind=expired").text
        self.assertIn("Nothing here for this choice", page)

    def test_rows_of_others(self):
        """PTS-09: no page number reaches the rows of somebody else."""
        stranger = self._create_member("O2O Stranger", "88000900")
        foreign = stranger.with_company(self.env.company)._o2o_post_points(
            999, "manual", "t:s", reason="Foreign row"
        )
        page = self.url_open(f"/o2o/member/points?before={foreign.id + 1}").text
        self.assertNotIn("Foreign row", page)

    @warmup
    def test_first_page_is_cheap(self):
        """PTS-09: six queries for log, summary and explanations, none of them a
        count, however long the log is."""
        for number in range(30):
            self._post(10, f"t:{number}", facts={"x": 1})
        self._post(1, "t:r")._reverse("t:rr")
        self.env.flush_all()
        self.env.invalidate_all()
        partner = self.env["res.partner"].browse(self.partner.id)
        partner = partner.with_company(self.shop_company)
        with self.assertQueryCount(6):
            entries, _next_before = partner._o2o_points_log()
            rows = partner._o2o_log_rows(entries)
            partner._o2o_points_summary()
        self.assertEqual(len(rows), 20)

    def test_rows_read_like_fields(self):
        """PTS-09: prepared rows say what Odoo's own widgets would, in each language."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.shop_company.partner_id.tz = "Asia/Shanghai"
        with freeze_time("2026-03-31 16:30:00"):
            self._post(100, "t:1", reason="Late in March")
        entry = self._post(-20, "t:2", "redeem")
        entry._reverse("t:3", points=5, reason="Broken")
        for lang in ("en_US", "zh_CN"):
            partner = self.partner.with_context(lang=lang)
            entries = partner._o2o_points_log()[0]
            widget = self.env["ir.qweb.field.datetime"].with_context(lang=lang)
            options = {"format": "short", "tz_name": "Asia/Shanghai"}
            kinds = dict(entries._fields["kind"]._description_selection(partner.env))
            for row, it in zip(partner._o2o_log_rows(entries), entries, strict=True):
                self.assertEqual(
                    row,
                    {
                        "kind": kinds[it.kind],
                        "text": it.explanation,
                        "reason": "",
                        "time": widget.value_to_html(it.posted_at, options),
                        "points": it.points,
                        "balance": it.balance_after,
                    },
                )
            day = self.shop_company._o2o_today()
            self.assertEqual(partner._o2o_day_text(day), format_date(partner.env, day))
            month = f"{day:%Y-%m}"
            month_names = {
                "en_US": f"{day:%B %Y}",
                "zh_CN": f"{day.year}年{day.month}月",
            }
            options = fragments_fromstring(partner._o2o_log_months(month))
            self.assertEqual(len(options), 24)
            self.assertEqual(
                (options[0].get("value"), options[0].text),
                (month, month_names[lang]),
            )
            self.assertEqual(
                [option.get("value") for option in options if option.get("selected")],
                [month],
            )

    def test_links_of_a_page_in_another_language(self):
        """PTS-09: addresses that are named again are translated like the first."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.website.language_ids |= self.env.ref("base.lang_zh_CN")
        for prefix in ("", "/zh_CN"):
            page = self.url_open(f"{prefix}/o2o/member/points").text
            with self.subTest(prefix=prefix):
                self.assertIn(f'href="{prefix}/shop"', page)
                self.assertIn(f'href="{prefix}/o2o/member"', page)
                self.assertIn(f'href="{prefix}/o2o/member/points?kind=earned', page)

    def test_page_costs_what_a_page_costs(self):
        """PTS-09: with a long log the page asks no more of the database than a page
        of stock Odoo for the same member."""
        for number in range(30):
            self._post(10, f"t:{number}")
        ours = self._queries_of("/o2o/member/points")
        self.assertLessEqual(len(ours), len(self._queries_of("/my/account")))
        # the source of the template is not read to show the page
        self.assertFalse([query for query in ours if "arch_db" in query])

    def _queries_of(self, url):
        for _time in range(3):
            self.url_open(url).raise_for_status()
        nested = self.profile(collectors=["sql"], db=False)
        with nested:
            self.url_open(url)
        (route,) = nested._profiler__.sub_profilers
        return [entry["full_query"] for entry in route.collectors[0].entries]

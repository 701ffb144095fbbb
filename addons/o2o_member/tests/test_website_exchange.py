from lxml import html

from odoo.fields import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .common_coupon import CouponCommon
from .test_website_member import WebsiteMemberCase


@tagged("post_install", "-at_install")
class TestWebsiteExchange(CouponCommon, WebsiteMemberCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.website.company_id = cls.company
        cls.portal = new_test_user(
            cls.env, login="o2o_m_portal", groups="base.group_portal", lang="en_US"
        )
        cls.buyer = cls.portal.partner_id
        cls._create_card("88000510")._activate(cls.buyer)
        cls.buyer._o2o_post_points(1000, "manual", "web:start")

    def setUp(self):
        super().setUp()
        self.authenticate("o2o_m_portal", "o2o_m_portal")

    def _page(self, url):
        return html.fromstring(self.url_open(url).text)

    def _text(self, page, css):
        nodes = page.xpath(f"//*[contains(@class, '{css}')]")
        return [" ".join(node.text_content().split()) for node in nodes]

    def _own(self):
        return self.Exchange.search([("partner_id", "=", self.buyer.id)])

    def _url(self, offer=None):
        return f"/o2o/member/exchange/{(offer or self.offer).id}"

    def _confirm(self, key=None, offer=None):
        page = self._page(self._url(offer))
        if key is None:
            [key] = page.xpath("//input[@name='key']/@value")
        terms = (page.xpath("//input[@name='terms']/@value") or [""])[0]
        return self._post_form(
            self._url(offer), allow_redirects=True, key=key, terms=terms
        )

    def test_from_the_list_to_the_code(self):
        """PTS-07: list, price and worth, confirm, code and validity."""
        self.offer.note = "Worth ten"
        page = self._page("/o2o/member/exchange")
        row = next(text for text in self._text(page, "o_o2o_offer ") if "Ten" in text)
        for part in ("O2O Ten Off", "Worth ten", "300 points", "until"):
            self.assertIn(part, row)
        self.assertTrue(page.xpath(f"//a[@href='{self._url()}']"))
        page = self._page(self._url())
        self.assertIn("700", page.text_content(), "what is left afterwards")
        done = html.fromstring(self._confirm().text)
        exchange = self._own()
        self.assertEqual(
            self._text(done, "o_o2o_coupon_code"), [exchange.coupon_id.code]
        )
        self.assertIn("Valid until", done.text_content())
        self.assertEqual(self.buyer.o2o_points, 700)
        self.assertIn("Coupon: O2O Ten Off", self.url_open("/o2o/member/points").text)
        self.assertIn(
            exchange.coupon_id.code, self.url_open("/o2o/member/coupons").text
        )

    def test_second_tap(self):
        """PTS-07: the button sent twice is one coupon, and shows it again."""
        key = self._page(self._url()).xpath("//input[@name='key']/@value")[0]
        first, second = self._confirm(key), self._confirm(key)
        self.assertEqual(first.url, second.url)
        self.assertEqual(len(self._own()), 1)

    def test_price_that_was_not_shown(self):
        """PTS-07: price or terms change before the confirmation: the page says so and
        shows them; nothing is taken. What was exchanged already stays one."""
        page = self._page(self._url())
        values = {
            name: page.xpath(f"//input[@name='{name}']/@value")[0]
            for name in ("key", "terms")
        }
        for vals in ({"points_price": 800}, {"points_price": 300, "return_days": 0}):
            self.offer.write(vals)
            answer = self._post_form(self._url(), allow_redirects=True, **values)
            page = html.fromstring(answer.text)
            self.assertIn("look again", self._text(page, "o_o2o_exchange_notice")[0])
            self.assertTrue(page.xpath("//*[contains(@class, 'o2o_exchange_confirm')]"))
            self.assertFalse(self._own())
        done = self._confirm()
        self.offer.points_price = 500
        self.assertEqual(self._confirm(self._own().key.split("/")[-1]).url, done.url)
        self.assertEqual(len(self._own()), 1)

    def test_reasons(self):
        """PTS-07: the list and the page say why not, and offer no button."""
        cases = (
            ({"points_price": 1001}, "1 more are needed"),
            ({"points_price": 300, "quota": 1}, "are gone"),
        )
        self._exchange()  # somebody else has the only one
        for vals, text in cases:
            self.offer.write(vals)
            with self.subTest(text=text):
                page = self._page("/o2o/member/exchange")
                problems = self._text(page, "o_o2o_offer_problem")
                self.assertIn(text, " ".join(problems))
                self.assertFalse(page.xpath(f"//a[@href='{self._url()}']"))
                page = self._page(self._url())
                self.assertIn(text, self._text(page, "o_o2o_exchange_error")[0])
                self.assertFalse(page.xpath("//input[@name='key']"))
                # the form of a page opened before
                answer = self._confirm("7d444840-9dc0-11d1-b245-5ffdce74fad2")
                self.assertIn(text, answer.text)
        self.assertFalse(self._own())
        self.assertEqual(self.buyer.o2o_points, 1000)

    def test_card_not_active(self):
        """CARD-04, PTS-07: without an active card the page says so."""
        self.buyer.o2o_card_ids._freeze("Test")
        page = self._page("/o2o/member/exchange")
        self.assertIn("active card", page.text_content())
        self.assertFalse(page.xpath(f"//a[@href='{self._url()}']"))
        answer = self._confirm("7d444840-9dc0-11d1-b245-5ffdce74fad2")
        self.assertIn("card is not active", answer.text)

    def test_empty(self):
        """PTS-07: with nothing to exchange the page says so."""
        self.Offer.search([]).active = False
        self.env["product.template"].search(
            [("o2o_payment_kind", "=", "points")]
        ).is_published = False
        page = self._page("/o2o/member/exchange")
        self.assertIn(
            "Nothing to exchange", self._text(page, "o_o2o_exchange_empty")[0]
        )

    @mute_logger("odoo.http")
    def test_attacks(self):
        """PTS-07, invariant 7: bad keys, unknown and archived offers, no token."""
        for key in ("", "x", "-1", "1' OR 1=1", "9" * 400):
            with self.subTest(key=key):
                self.assertIn("too old", self._confirm(key).text)
        self.assertEqual(
            self.url_open("/o2o/member/exchange/2147483647").status_code, 404
        )
        self.assertEqual(self.url_open("/o2o/member/exchange/-1").status_code, 404)
        key = "7d444840-9dc0-11d1-b245-5ffdce74fad2"
        self.offer.active = False
        answer = self._confirm(key)
        self.assertEqual(answer.status_code, 404)
        self.assertIn("not offered any more", answer.text)
        self.offer.active = True
        no_token = self.url_open(self._url(), data={"key": key})
        self.assertEqual(no_token.status_code, 400)
        # what the page does not ask is not read
        self._post_form(
            self._url(),
            key=key,
            terms=self.offer._get_terms(),
            points="1",
            quantity="-5",
            partner_id="1",
        )
        self.assertEqual(self.buyer.o2o_points, 700)
        self.assertEqual(len(self._own()), 1)

    @mute_logger("odoo.http")
    def test_huge_id(self):
        """PTS-07: an id no column holds is an unknown one."""
        for url in (
            "/o2o/member/exchange/99999999999999",
            "/o2o/member/exchange/done/99999999999999",
            "/o2o/member/exchange/return/99999999999999",
        ):
            with self.subTest(url=url):
                self.assertLess(self.url_open(url).status_code, 500)

    def test_visitors_log_in(self):
        """PTS-07: nothing is shown to visitors."""
        self.authenticate(None, None)
        answer = self.url_open("/o2o/member/exchange", allow_redirects=False)
        self.assertIn("/web/login", answer.headers["Location"])

    def test_coupon_of_somebody_else(self):
        """PTS-07: nobody sees, or gives back, the coupon of another member."""
        exchange = self._exchange()
        for action in ("done", "return"):
            page = self.url_open(f"/o2o/member/exchange/{action}/{exchange.id}")
            self.assertNotIn(exchange.coupon_id.code, page.text)
        self._post_form(f"/o2o/member/exchange/return/{exchange.id}")
        self.assertEqual(exchange.state, "issued")
        self.assertEqual(self.member.o2o_points, 700)

    def test_give_back(self):
        """PTS-07: an unused coupon goes back from the page of coupons."""
        self._confirm()
        exchange = self._own()
        url = f"/o2o/member/exchange/return/{exchange.id}"
        page = self._page("/o2o/member/coupons")
        self.assertTrue(page.xpath(f"//a[@href='{url}']"))
        self.assertIn(
            "300 points come back", " ".join(self._page(url).text_content().split())
        )
        log = self._post_form(url, allow_redirects=True)
        self.assertTrue(log.url.endswith("/o2o/member/points"))
        self.assertIn("Points given back", log.text)
        self.assertEqual(self.buyer.o2o_points, 1000)
        self._post_form(url)
        self.assertEqual(self.buyer.o2o_points, 1000)

    def test_used_coupon_is_not_given_back(self):
        """PTS-07: no link, and a reason for who knows the address."""
        self._confirm()
        exchange = self._own()
        self._order_with(exchange.coupon_id, self.buyer)
        url = f"/o2o/member/exchange/return/{exchange.id}"
        self.assertFalse(self._page("/o2o/member/coupons").xpath(f"//a[@href='{url}']"))
        answer = self._post_form(url)
        self.assertIn("used coupon cannot be given back", answer.text)
        self.assertEqual(self.buyer.o2o_points, 700)

    def test_goods_for_points(self):
        """PTS-12: goods that cost points only, and how many a member lacks."""
        gifts = self.env["product.template"].create(
            [
                {
                    "name": name,
                    "type": "consu",
                    "o2o_payment_kind": kind,
                    "o2o_points_price": points,
                    "is_published": published,
                }
                for name, kind, points, published in (
                    ("O2O Cheap Gift", "points", 900, True),
                    ("O2O Dear Gift", "points", 1250, True),
                    ("O2O Secret Gift", "points", 900, False),
                    ("O2O Bottle for Money", "money", 0, True),
                )
            ]
        )
        page = self._page("/o2o/member/exchange")
        texts = {
            text.split(" Gift")[0]: text
            for text in self._text(page, "o_o2o_goods ")
            if "O2O" in text
        }
        self.assertEqual(set(texts), {"O2O Cheap", "O2O Dear"})
        self.assertIn("900 points", texts["O2O Cheap"])
        self.assertNotIn("Missing", texts["O2O Cheap"])
        self.assertIn("Missing: 250 points", texts["O2O Dear"])
        self.assertTrue(page.xpath(f"//a[@href='{gifts[0].website_url}']"))

    def test_way_there(self):
        """PTS-07, PTS-12: the member centre leads to the points mall."""
        home = self._page("/o2o/member")
        self.assertTrue(home.xpath("//a[@href='/o2o/member/exchange']"))

    def test_company_of_the_website(self):
        """PTS-07: a website offers what its company offers."""
        elsewhere = self.env["res.company"].create({"name": "O2O Elsewhere"})
        self.portal.write({"company_ids": [Command.link(elsewhere.id)]})
        self.website.company_id = elsewhere
        self.assertNotIn("O2O Ten Off", self.url_open("/o2o/member/exchange").text)
        self.assertEqual(self.url_open(self._url()).status_code, 404)

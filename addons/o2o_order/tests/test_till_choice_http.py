from odoo.tests import HttpCase, tagged

from .common import O2oOrderCase


@tagged("post_install", "-at_install")
class TestTillChoiceHttp(O2oOrderCase, HttpCase):
    """Idea 9: the page the customer answers on, with or without a login."""

    def setUp(self):
        super().setUp()
        self.fulfillment = self._place([(self.product, 6)])
        self._act(
            self.cashier,
            self.near,
            self.fulfillment,
            "accept_lines",
            lines={str(self.fulfillment.line_ids.id): 5},
        )
        self.choice = self.fulfillment.choice_ids
        self.url = f"/o2o/order/choice/{self.choice.token}"

    def _page_lang(self):
        """The website's own language, whatever else this database speaks."""
        return self.env["website"].search([], limit=1).default_lang_id.code

    def _post(self, answer, url=None, **more):
        page = self.url_open(url or self.url)
        token = page.text.split('name="csrf_token"')[1].split('value="')[1]
        return self.url_open(
            url or self.url,
            data={"csrf_token": token.split('"')[0], "answer": answer, **more},
        )

    def test_guest_answers_without_a_login(self):
        """Idea 9: whoever has the link sees what is missing and answers."""
        page = self.url_open(self.url)
        self.assertEqual(page.status_code, 200)
        self.assertIn("o_o2o_choice_option", page.text)
        shortage = self.choice.line_ids.with_context(lang=self._page_lang())._get_text()
        self.assertIn(shortage, page.text)
        self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
        page = self._post("part")
        self.assertIn("o_o2o_choice_done", page.text)
        self.assertEqual(self.choice.answer, "part")
        self.assertEqual(self.fulfillment.order_id.amount_total, 1000)

    def test_wrong_link_shows_nothing(self):
        """Invariant 8: a guessed or shortened token."""
        for token in ("x" * 32, self.choice.token[:-1], "short"):
            page = self.url_open(f"/o2o/order/choice/{token}")
            self.assertEqual(page.status_code, 404)

    def test_answer_needs_the_form(self):
        """A page elsewhere cannot answer for the customer."""
        self.url_open(self.url, data={"answer": "part"})
        self.assertEqual(self.choice.state, "open")

    def test_forged_answer_shows_the_page_again(self):
        """Invariant 7: an answer that was not offered."""
        page = self._post("wait")
        self.assertIn("o_o2o_choice_error", page.text)
        self.assertEqual(self.choice.state, "open")

    def test_default_is_kept_for_the_member_only(self):
        """Idea 9: with a link alone nobody changes the next order."""
        self._post("part", keep="1")
        self.assertEqual(self.choice.answer, "part")
        self.assertFalse(self.member.partner_id.o2o_choice_default)

    def test_member_keeps_the_answer_as_default(self):
        """Idea 9: logged in, one tick saves the question next time."""
        self.authenticate(self.member.login, self.member.login)
        self._post("part", keep="1")
        self.assertEqual(self.member.partner_id.o2o_choice_default, "part")

    def test_order_page_leads_to_the_choice(self):
        """SHOP-07: the page of the order shows the way while it matters."""
        order = self.fulfillment.order_id
        token = order._portal_ensure_token()
        url = f"/o2o/order/progress/{order.id}?access_token={token}"
        self.assertIn(self.url, self.url_open(url).text)
        self._post("part")
        self.assertNotIn(self.url, self.url_open(url).text)

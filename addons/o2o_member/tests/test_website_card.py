import base64
import re
from unittest.mock import patch

from odoo.tests import new_test_user, tagged
from odoo.tests.common import JsonRpcException
from odoo.tools import mute_logger

from ..controllers import card as card_controller
from .test_website_member import WebsiteMemberCase


@tagged("post_install", "-at_install")
class TestMemberCardPage(WebsiteMemberCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = new_test_user(
            cls.env, login="o2o_m_portal", groups="base.group_portal", lang="en_US"
        )
        cls.partner = cls.portal.partner_id.with_company(cls.website.company_id)
        cls.card._activate(cls.partner)

    def setUp(self):
        super().setUp()
        self.authenticate("o2o_m_portal", "o2o_m_portal")

    def _token(self):
        return self.make_jsonrpc_request("/o2o/member/card/token", {})

    def test_page(self):
        """MEM-11: card face, place of the QR, barcode, way to report a loss."""
        page = self.url_open("/o2o/member/card")
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        for text in (
            "88000001",
            "o_o2o_card_qr",
            "data:image/svg+xml;base64,",
            "card/lost",
        ):
            self.assertIn(text, page.text)
        self.assertIn("/o2o/member/card", self.url_open("/o2o/member").text)

    def test_visitors_and_non_members(self):
        """MEM-11: without log-in or without card there is nothing to show."""
        self.card._freeze()
        page = self.url_open("/o2o/member/card", allow_redirects=False)
        self.assertTrue(page.headers["Location"].endswith("/o2o/member"))
        self.assertEqual(self._token(), {"error": "no_card"})
        self.authenticate(None, None)
        page = self.url_open("/o2o/member/card", allow_redirects=False)
        self.assertIn("/web/login", page.headers["Location"])
        with mute_logger("odoo.http"), self.assertRaises(JsonRpcException):
            self._token()

    def test_token(self):
        """MEM-11: a picture of the current code, and how long it is current."""
        with patch.object(
            card_controller, "qr_image", wraps=card_controller.qr_image
        ) as render:
            answer = self._token()
        self.assertEqual(set(answer), {"image", "seconds"})
        self.assertTrue(0 < answer["seconds"] <= 60)
        content = base64.b64decode(answer["image"].partition(",")[2])
        self.assertIn(b"<svg", content)
        partner, error = self.Card._from_member_token(render.call_args.args[0])
        self.assertEqual((partner, error), (self.partner, False))

    def test_token_is_rate_limited(self):
        """MEM-11: a flood of requests is refused, for this member only."""
        with patch.object(card_controller, "_MAX_TOKENS_PER_MINUTE", 2):
            self.assertIn("image", self._token())
            self.assertIn("image", self._token())
            self.assertEqual(self._token()["error"], "too_many")
            new_test_user(self.env, login="o2o_m_second", groups="base.group_portal")
            self.authenticate("o2o_m_second", "o2o_m_second")
            self.assertEqual(self._token(), {"error": "no_card"})

    def test_report_lost(self):
        """CARD-04: one confirmed post stops the card; the log says who."""
        page = self._post_form("/o2o/member/card/lost")
        self.assertEqual(page.status_code, 303)
        self.assertEqual(self.card.state, "lost")
        event = self.card.event_ids.sorted("id")[-1]
        self.assertEqual((event.state_to, event.actor_id), ("lost", self.portal))
        page = self.url_open("/o2o/member/card").text
        self.assertIn("reported lost", page)
        self.assertNotIn("o_o2o_card_qr", re.sub(r"<script.*?</script>", "", page))

    def test_report_lost_needs_a_post_with_token(self):
        """CARD-04: no link and no foreign form stops a card."""
        with mute_logger("odoo.http"):
            self.assertIn(
                self.url_open("/o2o/member/card/lost").status_code, (404, 405)
            )
            page = self.url_open("/o2o/member/card/lost", data={"x": "1"})
        self.assertEqual(page.status_code, 400)
        self.assertEqual(self.card.state, "active")

    def test_electronic_card_after_a_loss(self):
        """MEM-11: the electronic card takes over, with the points."""
        self.partner._o2o_post_points(40, "manual", "t:lost")
        self._post_form("/o2o/member/card/lost")
        for _double_click in range(2):
            self._post_form("/o2o/member/card/electronic")
        card = self.partner._o2o_active_card()
        self.assertEqual(card.kind, "electronic")
        self.assertEqual(self.card.replaced_by_id, card)
        self.assertIn(card.number, self.url_open("/o2o/member/card").text)
        self.assertIn(">40<", self.url_open("/o2o/member/card").text)

    def test_nobody_becomes_a_member_here(self):
        """CARD-04: the electronic card is for who had a card and lost it."""
        user = new_test_user(self.env, login="o2o_m_second", groups="base.group_portal")
        self.authenticate("o2o_m_second", "o2o_m_second")
        self._post_form("/o2o/member/card/electronic")
        self.assertFalse(user.partner_id._o2o_active_card())

    def test_a_frozen_member_stays_frozen(self):
        """CARD-04: report lost and electronic card are no way around a freeze."""
        self.card._freeze()
        self._post_form("/o2o/member/card/lost")
        self._post_form("/o2o/member/card/electronic")
        self.assertEqual(self.card.state, "frozen")
        self.assertFalse(self.partner._o2o_active_card())

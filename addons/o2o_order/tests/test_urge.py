from datetime import timedelta
from unittest.mock import patch

from odoo import fields, http
from odoo.tests import HttpCase, freeze_time, tagged

from .common import O2oOrderCase


@tagged("post_install", "-at_install")
class TestUrge(O2oOrderCase):
    def _at(self, minutes):
        return freeze_time(fields.Datetime.now() + timedelta(minutes=minutes))

    def test_urge_sounds_at_the_store_and_is_logged(self):
        """Idea 1: the member urges; the tills of the store hear it."""
        fulfillment = self._place()
        heard = []
        PosConfig = type(self.env["pos.config"])

        def notify(config, message, payload):
            heard.append((config.o2o_store_id, payload.get("event")))

        with self._at(6), patch.object(PosConfig, "_notify", notify):
            self.assertEqual(fulfillment._urge(), fulfillment)
        self.assertEqual(heard, [(self.near, "urged")])
        self.assertEqual(fulfillment.urge_count, 1)
        self.assertEqual(fulfillment.event_ids[-1].kind, "urged")
        self.assertEqual(fulfillment._prepare_pos_dict()["urge_count"], 1)

    def test_flood_sounds_once(self):
        """Rate limited on the server, whatever the page sends."""
        fulfillment = self._place()
        self.assertFalse(fulfillment._urge())
        with self._at(6):
            for _press in range(5):
                fulfillment._urge()
            self.assertEqual(fulfillment.urge_count, 1)
        with self._at(12):
            fulfillment._urge()
        self.assertEqual(fulfillment.urge_count, 2)
        with self._at(600):
            fulfillment.urge_count = 10
            self.assertFalse(fulfillment._urge())

    def test_only_while_the_store_has_something_to_do(self):
        fulfillment = self._place()
        fulfillment._mark_accepted()
        with self._at(6):
            self.assertTrue(fulfillment._urge())
        fulfillment._mark_shipped()
        with self._at(60):
            self.assertFalse(fulfillment._urge())
            self.assertIsNone(fulfillment._get_next_urge_at())
        cancelled = self._place([(self.product, 1)])
        cancelled.order_id._action_cancel()
        with self._at(60):
            self.assertFalse(cancelled._urge())


@tagged("post_install", "-at_install")
class TestUrgeHttp(O2oOrderCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.fulfillment = self._place()
        self.order = self.fulfillment.order_id
        self.fulfillment.offered_at = fields.Datetime.now() - timedelta(minutes=6)
        self.order._portal_ensure_token()
        self.env.flush_all()

    def _post(self, order=None, **data):
        return self.url_open(
            f"/o2o/order/urge/{(order or self.order).id}",
            data={"csrf_token": http.Request.csrf_token(self), **data},
            allow_redirects=False,
        )

    def _count(self):
        self.fulfillment.invalidate_recordset()
        return self.fulfillment.urge_count

    def test_member_urges_with_the_page_of_the_order(self):
        """SHOP-07: the button of the order page, and its answer."""
        self.authenticate(self.member.login, self.member.login)
        page = self.url_open(self.order.get_portal_url())
        self.assertIn("o_o2o_urge_button", page.text)
        response = self._post()
        self.assertEqual(response.status_code, 303)
        self.assertEqual(self._count(), 1)
        page = self.url_open(self.order.get_portal_url())
        self.assertNotIn("o_o2o_urge_button", page.text)
        self.assertIn("o_o2o_urged", page.text)

    def test_guest_needs_the_token(self):
        """Attack: other people's orders, guessed numbers, wrong tokens."""
        self.authenticate(None, None)
        for token in (None, "", "x" * 36):
            response = self._post(**({"access_token": token} if token else {}))
            self.assertEqual(response.status_code, 404)
        self.assertEqual(self._count(), 0)
        response = self._post(access_token=self.order.access_token)
        self.assertEqual(response.status_code, 303)
        self.assertEqual(self._count(), 1)

    def test_another_member_is_told_nothing(self):
        """Attack: a signed-in member with the number of somebody else's order."""
        self._create_member("o2o_other_member", "13900000077")
        self.env.flush_all()
        self.authenticate("o2o_other_member", "o2o_other_member")
        self.assertEqual(self._post().status_code, 404)
        self.assertEqual(self._count(), 0)

    def test_flood_of_requests_sounds_once(self):
        """Attack: a script that presses the button."""
        self.authenticate(self.member.login, self.member.login)
        for _press in range(5):
            self.assertEqual(self._post().status_code, 303)
        self.assertEqual(self._count(), 1)

    def test_get_does_nothing(self):
        self.authenticate(self.member.login, self.member.login)
        response = self.url_open(f"/o2o/order/urge/{self.order.id}")
        self.assertGreaterEqual(response.status_code, 400)
        self.assertEqual(self._count(), 0)

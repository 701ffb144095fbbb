import re

from odoo import fields, http
from odoo.tests import HttpCase, tagged

from .common import PickupCase


@tagged("post_install", "-at_install")
class TestPortal(PickupCase, HttpCase):
    """The member's page of the order, and who else asks for it."""

    def setUp(self):
        super().setUp()
        self.fulfillment = self._place_ready()
        self.order = self.fulfillment.order_id
        self.digits = self.fulfillment._get_pickup_code_text()

    def _progress(self, **query):
        return self.url_open(
            f"/o2o/order/progress/{self.order.id}"
            + "".join(f"?{key}={value}" for key, value in query.items())
        )

    def _token(self, text):
        return re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text)[1]

    def _post(self, action, **form):
        page = self._progress()
        return self.url_open(
            f"/o2o/order/{action}/{self.order.id}",
            data={"csrf_token": self._token(page.text), **form},
        )

    def _log_in(self, user=None):
        user = user or self.member
        self.authenticate(user.login, user.login)

    def test_member_sees_code_place_and_time(self):
        """Idea 24: QR and digits, the place, the time, until when it is kept."""
        self._log_in()
        text = self._progress().text
        self.assertIn(self.digits, text)
        self.assertIn("data:image/svg+xml;base64,", text)
        self.assertIn("B-12", text)
        self.assertIn(self.order._o2o_get_slot_text(), text)
        self.assertEqual(self.url_open(f"/my/orders/{self.order.id}").status_code, 200)

    def test_other_member_sees_nothing(self):
        """Invariant 8: an order of somebody else is not found, and not acted on."""
        other = self._create_member("o2o_curious", "13900000003")
        self._log_in(other)
        self.assertEqual(self._progress().status_code, 404)
        for action in ("arrived", "proxy", "slot"):
            answer = self.url_open(
                f"/o2o/order/{action}/{self.order.id}",
                data={
                    "csrf_token": http.Request.csrf_token(self),
                    "name": "Eve",
                    "phone": "13911112222",
                    "pickup_at": "2030-01-01 10:00:00",
                },
            )
            self.assertEqual(answer.status_code, 404)
        self.fulfillment.invalidate_recordset()
        self.assertFalse(self.fulfillment.arrived_at or self.fulfillment.proxy_name)

    def test_visitor_and_wrong_token_see_nothing(self):
        self.assertEqual(self._progress().status_code, 404)
        self.assertEqual(self._progress(access_token="x" * 36).status_code, 404)

    def test_token_of_the_order_is_enough(self):
        """Who ordered without an account has the link."""
        text = self._progress(access_token=self.order._portal_ensure_token()).text
        self.assertIn(self.digits, text)

    def test_guest_who_knows_number_and_phone_sees_no_code(self):
        """SHOP-09: four digits of a phone are no right to the goods."""
        page = self.url_open("/o2o/order/track")
        page = self.url_open(
            "/o2o/order/track",
            data={
                "csrf_token": self._token(page.text),
                "number": self.order.name,
                "phone": "0001",
            },
        )
        self.assertIn("o_o2o_progress_card", page.text)
        self.assertNotIn(self.digits, page.text)
        self.assertNotIn("o_o2o_pickup_qr", page.text)

    def test_staff_sees_no_code(self):
        """A cashier with the page of the member could hand over to anybody."""
        self.head_office_user.write({"password": "o2o_head_office"})
        self._log_in(self.head_office_user)
        token = self.order._portal_ensure_token()
        text = self._progress(access_token=token).text
        self.assertIn("o_o2o_progress_card", text)
        self.assertNotIn(self.digits, text)
        self.assertNotIn("o_o2o_pickup_qr", text)

    def test_arrival_button(self):
        """Idea 24: pressed twice rings once; the page says so."""
        self._log_in()
        self._post("arrived", note="white car")
        self.assertIn("o_o2o_arrived", self._progress().text)
        self.url_open(
            f"/o2o/order/arrived/{self.order.id}",
            data={"csrf_token": self._token(self._progress().text)},
        )
        self.assertEqual(self.fulfillment.arrival_count, 1)
        self.assertEqual(self.fulfillment.arrival_note, "white car")

    def test_arrival_needs_the_form(self):
        """A page elsewhere cannot ring in the member's name."""
        self._log_in()
        self.url_open(f"/o2o/order/arrived/{self.order.id}", data={"note": "x"})
        self.assertFalse(self.fulfillment.arrived_at)

    def test_friend_gets_a_page_without_login(self):
        """Idea 24: code and goods, no prices, nothing for a guessed link."""
        self._log_in()
        self._post("proxy", name="李四", phone="139 1111 2222")
        self.assertEqual(self.fulfillment.proxy_name, "李四")
        self.authenticate(None, None)
        token = self.fulfillment.proxy_token
        page = self.url_open(f"/o2o/pickup/{token}")
        self.assertIn(self.fulfillment._get_pickup_code_text(), page.text)
        self.assertIn(self.product.name, page.text)
        self.assertEqual(page.headers["Referrer-Policy"], "no-referrer")
        for wrong in ("x" * 32, token[:-1], "short"):
            self.assertEqual(self.url_open(f"/o2o/pickup/{wrong}").status_code, 404)

    def test_wrong_friend_is_explained(self):
        self._log_in()
        page = self._post("proxy", name="", phone="1")
        self.assertIn("name and mobile number", page.text)
        self.assertFalse(self.fulfillment.proxy_name)

    def test_another_time_before_it_is_packed(self):
        """SHOP-11: from the page of the order."""
        fulfillment = self._place_pickup(lines=[(self.product, 1)])
        self.order = fulfillment.order_id
        self._log_in()
        later = self.near._get_pickup_slots()[2]["start"]
        self._post("slot", pickup_at=fields.Datetime.to_string(later))
        self.assertEqual(self.order.o2o_pickup_at, later)
        page = self._post("slot", pickup_at="2020-01-01 10:00:00")
        self.assertIn("not free any more", page.text)

    def test_question_after_a_refusal(self):
        """Issue 4: the page with the stores, without a login; one tap."""
        fulfillment = self._place_pickup(lines=[(self.product, 1)])
        self._act(
            self.cashier,
            self.near,
            fulfillment,
            "reject",
            reason_id=self.reason_other.id,
            note="flooded",
        )
        url = f"/o2o/order/choice/{fulfillment.choice_ids.token}"
        page = self.url_open(url)
        self.assertIn(self.far.name, page.text)
        self.assertIn('value="cancel"', page.text)
        data = {"csrf_token": self._token(page.text), "answer": "pickup_other"}
        page = self.url_open(url, data={**data, "store_id": "x"})
        self.assertIn("o_o2o_choice_error", page.text)
        page = self.url_open(url, data={**data, "store_id": self.other_city.id})
        self.assertIn("o_o2o_choice_error", page.text)
        self.assertEqual(fulfillment.state, "pooled")
        page = self.url_open(url, data={**data, "store_id": self.far.id})
        self.assertIn("o_o2o_choice_done", page.text)
        self.assertEqual(fulfillment.store_id, self.far)

    def test_order_page_leads_to_the_question(self):
        fulfillment = self._place_pickup(lines=[(self.product, 1)])
        self._act(
            self.cashier,
            self.near,
            fulfillment,
            "reject",
            reason_id=self.reason_other.id,
            note="flooded",
        )
        self.order = fulfillment.order_id
        self._log_in()
        text = self._progress().text
        self.assertIn("The store cannot prepare it", text)
        self.assertNotIn("Something is missing", text)

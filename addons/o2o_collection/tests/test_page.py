import json

from odoo.tests import HttpCase, tagged

from .common import DoorCase


@tagged("post_install", "-at_install")
class TestDoorPage(DoorCase, HttpCase):
    """POS-15: the courier's page over HTTP, on a phone."""

    browser_size = "390x844"
    touch_enabled = True

    def _ask(self, route, **params):
        response = self.url_open(
            route,
            data=json.dumps({"params": params}),
            headers={"Content-Type": "application/json"},
        )
        return response.json()

    def test_page(self):
        """POS-15: the list and one delivery; another's, and a guessed one, are not
        there; nothing is stored by the browser."""
        mine, theirs = self._ship(), self._ship(courier=self.cashier)
        self.authenticate("o2o_courier", "o2o_courier")
        page = self.url_open("/o2o/door")
        self.assertIn(mine.order_id.name, page.text)
        self.assertNotIn(theirs.order_id.name, page.text)
        self.assertIn("tel:13900000001", page.text)
        self.assertEqual(page.headers["Cache-Control"], "no-store")
        page = self.url_open(f"/o2o/door/{mine.id}")
        self.assertIn(self.product.display_name, page.text)
        for guess in (theirs.id, mine.id + 1000):
            self.assertEqual(self.url_open(f"/o2o/door/{guess}").status_code, 404)

    def test_acts(self):
        """POS-15: one press is one payment; rows of others stay as they are."""
        mine, theirs = self._ship(), self._ship(courier=self.cashier)
        self.authenticate("o2o_courier", "o2o_courier")
        press = {
            "action": "cash",
            "values": {"received_fen": 40000, "open_fen": 40000},
            "key": "press-of-a-test",
        }
        for _ in range(2):
            answer = self._ask("/o2o/door/act", collection_id=mine.id, **press)
            self.assertEqual(answer["result"]["status"], "ok", answer)
        answer = self._ask("/o2o/door/act", collection_id=theirs.id, **press)
        self.assertEqual(answer["result"]["status"], "gone")
        self.assertEqual(mine.collected_fen, 40000)
        self.assertFalse(theirs.payment_ids)
        page = self.url_open(f"/o2o/door/{mine.id}")
        self.assertIn("o_o2o_door_signature", page.text)
        answer = self._ask("/o2o/door/code", collection_id=theirs.id)
        self.assertFalse(answer["result"]["qr"])
        answer = self._ask("/o2o/door/handover", store_id=self.far.id)
        self.assertFalse(answer["result"]["code"])
        answer = self._ask("/o2o/door/handover", store_id=self.near.id)
        self.assertFalse(answer["result"]["code"])
        answer = self._ask(
            "/o2o/door/handover", store_id=self.near.id, declared_fen=40000
        )
        self.assertEqual(len(answer["result"]["code"]), 6)

    def test_strangers(self):
        """POS-15: without a login there is no page, and for members neither."""
        row = self._ship()
        page = self.url_open("/o2o/door", allow_redirects=False)
        self.assertIn("/web/login", page.headers["Location"])
        answer = self._ask("/o2o/door/act", collection_id=row.id, action="look")
        self.assertIn("error", answer)
        self.authenticate("o2o_test_member", "o2o_test_member")
        self.assertEqual(self.url_open("/o2o/door").status_code, 404)
        answer = self._ask("/o2o/door/act", collection_id=row.id, action="look")
        self.assertIn("error", answer)

    def test_cash_on_a_phone(self):
        """PAY-03, POS-15: taken in cash, signed for, and on the way to the till."""
        self.company.o2o_door_proof_required = True
        row = self._ship(courier=self.env["res.users"])
        self.start_tour("/o2o/door", "o2o_door_cash", login="o2o_courier")
        self.assertRecordValues(
            row,
            [{"state": "collected", "collected_fen": 40000, "photo": False}],
        )
        self.assertTrue(row.signature)
        self.assertEqual(row.payment_ids.received_fen, 50000)
        handover = self.handovers.search([("courier_id", "=", self.courier.id)])
        self.assertEqual((handover.state, handover.declared_fen), ("open", 40000))

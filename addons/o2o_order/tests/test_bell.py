import hashlib
import hmac
import io
import json
from datetime import timedelta
from unittest.mock import patch

import requests

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import O2oOrderCase

ALERT_LOGGER = "odoo.addons.o2o_order.models.o2o_store_alert"


class BellCase(O2oOrderCase):
    def setUp(self):
        super().setUp()
        self.start = fields.Datetime.now()

    def _listen(self, store, user):
        self.env["o2o.fulfillment"].with_user(user).with_context(
            o2o_presence={"device": "A", "sound": "allowed"}
        ).pos_board(self._till(store).id)

    def _after(self, seconds):
        """At so many seconds after the start, run what is due."""
        with (
            freeze_time(self.start + timedelta(seconds=seconds)),
            self.enter_registry_test_mode(),
        ):
            self.env.ref("o2o_order.o2o_timer_cron").method_direct_trigger()
        self.env.invalidate_all()

    def _place_now(self, *args):
        with freeze_time(self.start):
            return self._place(*args)

    def _place_heard(self):
        self._listen(self.near, self.cashier)
        with freeze_time(self.start):
            self.env.cr.execute(
                "UPDATE o2o_till_presence SET seen_at = %s", [self.start]
            )
            return self._place()

    def _kinds(self, fulfillment):
        return fulfillment.event_ids.mapped("kind")


@tagged("post_install", "-at_install")
class TestBell(BellCase):
    def test_offer_has_an_end(self):
        """ROUT-05: a store has three minutes, unless it has a time of its own."""
        fulfillment = self._place()
        offer = fulfillment.offer_ids
        self.assertEqual(offer.due_at - offer.offered_at, timedelta(minutes=3))
        self.near.answer_minutes = 10
        offer = self._place([(self.product, 1)]).offer_ids
        self.assertEqual(offer.due_at - offer.offered_at, timedelta(minutes=10))
        self.company.o2o_answer_minutes = 7
        self.near.answer_minutes = 0
        offer = self._place([(self.product, 1)]).offer_ids
        self.assertEqual(offer.due_at - offer.offered_at, timedelta(minutes=7))

    def test_nobody_listens_alerts_at_once(self):
        """ROUT-07, idea 1: an order never goes silently to a store without a till."""
        fulfillment = self._place_now()
        self._after(1)
        self.assertEqual(fulfillment.alert_ids.mapped("occasion"), ["unheard"])
        self.assertTrue(fulfillment.alerted_at)
        self.assertEqual(self._kinds(fulfillment), ["offered", "alerted"])
        self.assertEqual(fulfillment.state, "offered")

    def test_listening_store_has_thirty_seconds(self):
        """ROUT-07: nobody is disturbed while the store can still answer."""
        fulfillment = self._place_heard()
        self._after(20)
        self.assertFalse(fulfillment.alert_ids)
        self._after(31)
        self.assertEqual(fulfillment.alert_ids.mapped("occasion"), ["unanswered"])
        self._after(90)
        self.assertEqual(len(fulfillment.alert_ids), 1)
        self.assertEqual(self._kinds(fulfillment).count("alerted"), 1)

    def test_till_that_goes_away_is_noticed_at_the_next_look(self):
        fulfillment = self._place_heard()
        self.env["o2o.till.presence"].search([]).unlink()
        self._after(31)
        self.assertEqual(fulfillment.alert_ids.mapped("occasion"), ["unheard"])

    def test_answered_order_alerts_nobody(self):
        """ROUT-07: harmless when the store has answered meanwhile."""
        fulfillment = self._place_heard()
        self._act(self.cashier, self.near, fulfillment, "accept")
        for seconds in (31, 181, 400):
            self._after(seconds)
        self.assertFalse(fulfillment.alert_ids)
        self.assertEqual(fulfillment.state, "accepted")
        self.assertEqual(fulfillment.store_id, self.near)

    def test_acceptance_ends_the_flag_of_head_office(self):
        fulfillment = self._place_now()
        self._after(1)
        self._act(self.cashier, self.near, fulfillment, "accept")
        self.assertFalse(fulfillment.alerted_at)

    def test_unanswered_order_moves_on_at_the_limit(self):
        """ROUT-05: after the store's time the next store gets it, with its goods."""
        fulfillment = self._place_heard()
        self._after(31)
        self._after(181)
        self.assertEqual(fulfillment.store_id, self.far)
        self.assertEqual(fulfillment.state, "offered")
        self.assertRecordValues(
            fulfillment.offer_ids,
            [
                {"store_id": self.near.id, "state": "expired"},
                {"store_id": self.far.id, "state": "open"},
            ],
        )
        self.assertEqual(
            self._kinds(fulfillment), ["offered", "alerted", "unanswered", "offered"]
        )
        self.assertIn("Store NEAR", fulfillment.event_ids[2].note)
        self.assertEqual(
            fulfillment.picking_ids.picking_type_id.warehouse_id, self.far.warehouse_id
        )
        answer = self._act(self.cashier, self.near, fulfillment, "accept")
        self.assertEqual(answer["status"], "gone")

    def test_expiry_is_harmless_when_repeated(self):
        fulfillment = self._place_heard()
        self._after(181)
        store = fulfillment.store_id
        with freeze_time(self.start + timedelta(seconds=182)):
            fulfillment._on_timer_offer()
            fulfillment._on_timer_offer()
        self.assertEqual(fulfillment.store_id, store)
        self.assertEqual(self._kinds(fulfillment).count("unanswered"), 1)

    def test_end_of_the_chain_is_head_office(self):
        """ROUT-05, ROUT-06: it rings at head office, which is told and reminded."""
        fulfillment = self._place_now()
        for minutes in range(1, 10):
            self._after(181 * minutes)
        self.assertEqual(fulfillment.store_id, self.head_office)
        self.assertEqual(fulfillment.state, "offered")
        self.assertIn("chain_end", fulfillment.alert_ids.mapped("occasion"))
        for minutes in range(10, 40):
            self._after(181 * minutes)
        self.assertEqual(fulfillment.state, "offered")
        self.assertTrue(fulfillment.alerted_at)
        self.assertLess(len(fulfillment.event_ids), 20)

    def test_both_stores_hear_of_it(self):
        """ROUT-07: the old store's bell stops, the next store's rings."""
        fulfillment = self._place_heard()
        heard = []
        PosConfig = type(self.env["pos.config"])

        def notify(config, message, payload):
            if message == "O2O_ORDER_CHANGED":
                heard.append((config.o2o_store_id, payload["event"]))

        with patch.object(PosConfig, "_notify", notify):
            self._after(181)
        self.assertEqual(fulfillment.store_id, self.far)
        self.assertIn((self.near, "unanswered"), heard)
        self.assertIn((self.far, "new"), heard)

    def test_offer_shows_the_till_how_long_it_may_take(self):
        fulfillment = self._place()
        shown = fulfillment._prepare_pos_dict()
        self.assertEqual(
            shown["answer_until"],
            fields.Datetime.to_string(fulfillment.offer_ids.due_at),
        )
        fulfillment._mark_accepted()
        self.assertEqual(fulfillment._prepare_pos_dict()["answer_until"], "")

    def test_alarm_clock_wakes_the_job_in_time(self):
        """ROUT-07: thirty seconds are not "up to ninety": the job is triggered."""
        triggers = self.env["ir.cron.trigger"].search([])
        self._place_heard()
        new = self.env["ir.cron.trigger"].search([]) - triggers
        new = new.filtered(
            lambda t: t.cron_id == self.env.ref("o2o_order.o2o_timer_cron")
        )
        self.assertTrue(
            any(
                timedelta(seconds=25) < t.call_at - self.start < timedelta(seconds=40)
                for t in new
            )
        )


@tagged("post_install", "-at_install")
class TestAlert(BellCase):
    def setUp(self):
        super().setUp()
        self.near.sudo().write(
            {
                "alert_phone": "13911112222",
                "alert_url": "https://robot.example/hook",
                "alert_secret": "s3cret",
            }
        )

    def _send(self, minutes=5):
        with (
            freeze_time(self.start + timedelta(minutes=minutes)),
            self.enter_registry_test_mode(),
        ):
            self.env.ref("o2o_order.o2o_store_alert_cron").method_direct_trigger()
        self.env.invalidate_all()

    def _answer(self, status=200):
        response = requests.Response()
        response.status_code = status
        response.raw = io.BytesIO()
        return response

    def test_every_channel_is_told_once(self):
        """Idea 1: text message, web address and head office."""
        sent = []
        Message = type(self.env["o2o.message"])
        with patch.object(Message, "_send", lambda m, *args, **kw: sent.append(args)):
            fulfillment = self._place_now()
            self._after(1)
            self._after(2)
        self.assertEqual(
            sorted(fulfillment.alert_ids.mapped("channel")),
            ["head_office", "sms", "webhook"],
        )
        [(channel, phone, text)] = sent
        self.assertEqual((channel, phone), ("sms", "13911112222"))
        self.assertIn(fulfillment.order_id.name, text)
        self.assertNotIn(self.member.name, text)
        with patch.object(requests, "post", return_value=self._answer()) as post:
            self._send()
            self._send()
        self.assertEqual(post.call_count, 1)
        [url], options = post.call_args
        self.assertEqual(url, "https://robot.example/hook")
        expected = hmac.new(b"s3cret", options["data"], hashlib.sha256).hexdigest()
        self.assertEqual(options["headers"]["X-O2O-Signature"], expected)
        self.assertFalse(options["allow_redirects"])
        body = json.loads(options["data"])
        self.assertEqual(body["store_code"], "NEAR")
        self.assertNotIn("13900000001", options["data"].decode())

    def test_web_address_that_fails_is_called_again(self):
        """Idea 1: retries outside of the order's transaction, then a person looks."""
        fulfillment = self._place_now()
        self._after(1)
        alert = fulfillment.alert_ids.filtered(lambda a: a.channel == "webhook")
        with (
            patch.object(requests, "post", side_effect=requests.ConnectTimeout),
            mute_logger(ALERT_LOGGER),
        ):
            self._send()
        self.assertEqual((alert.state, alert.attempt_count), ("waiting", 1))
        self.assertEqual(alert.error, "ConnectTimeout")
        with (
            patch.object(requests, "post", return_value=self._answer(500)),
            mute_logger(ALERT_LOGGER),
        ):
            for attempt in range(1, 6):
                self._send(minutes=20 * attempt)
        self.assertEqual((alert.state, alert.attempt_count), ("failed", 5))
        self.assertEqual(alert.error, "HTTP 500")

    def test_answered_order_calls_no_web_address(self):
        fulfillment = self._place_now()
        self._after(1)
        fulfillment._mark_accepted()
        with patch.object(requests, "post", side_effect=AssertionError):
            self._send()
        alert = fulfillment.alert_ids.filtered(lambda a: a.channel == "webhook")
        self.assertEqual(alert.state, "void")

    def test_only_head_office_is_told_on_the_bus(self):
        """ROUT-07: tell only those concerned."""
        told = []
        Partner = type(self.env["res.partner"])

        def send(partner, message, payload, **kwargs):
            if message == "O2O_STORE_ALERT":
                told.append((partner, payload))

        with patch.object(Partner, "_bus_send", send):
            self._place_now()
            self._after(1)
        partners = {partner for partner, _payload in told}
        self.assertIn(self.head_office_user.partner_id, partners)
        for user in (self.cashier, self.member):
            self.assertNotIn(user.partner_id, partners)

    def test_web_address_must_be_one(self):
        for url in ("file:///etc/passwd", "javascript:alert(1)", "robot.example"):
            with self.subTest(url), self.assertRaises(ValidationError):
                self.near.alert_url = url

    def test_secret_and_address_are_for_the_manager(self):
        """SYS-05: a cashier reads the store, not its secrets."""
        store = self.near.with_user(self.cashier)
        for field in ("alert_url", "alert_secret"):
            with self.subTest(field), self.assertRaises(AccessError):
                store.read([field])

    def test_box_is_told_when_there_is_a_voice(self):
        Store = type(self.env["o2o.store"])
        with patch.object(Store, "_alert_by_box", return_value=True):
            fulfillment = self._place_now()
            self._after(1)
        self.assertIn("box", fulfillment.alert_ids.mapped("channel"))

    def test_nobody_writes_alerts_by_rpc(self):
        fulfillment = self._place_now()
        self._after(1)
        for user in (self.cashier, self.head_office_user):
            with self.assertRaises(AccessError):
                fulfillment.alert_ids.with_user(user).write({"state": "sent"})

import json
from contextlib import nullcontext

from odoo.tests import HttpCase, tagged

from ..controllers import notify
from ..models.o2o_payment_event_lanes import LANES
from .common import SimulatedGateways

FORGED = ("tampered", "wrong_key", "unsigned")


@tagged("post_install", "-at_install")
class TestNotify(SimulatedGateways, HttpCase):
    """PAY-02, PAY-08: whoever knocks at the door for notifications."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._start_gateways()

    def setUp(self):
        super().setUp()
        self.addCleanup(self.simulator.faults.clear)
        notify._refusals.clear()

    def _jobs(self):
        # HttpCase is in test mode from the start
        return nullcontext()

    def _post(self, provider, body, headers=None):
        return self.url_open(
            f"/o2o/payment/notify/{provider.id}",
            data=body,
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                **(headers or {}),
            },
        )

    def _deliver(self, intent, fault=""):
        letter = self._letter(intent, fault)
        return self._post(intent.provider_id, letter.body, dict(letter.headers()))

    def test_paid_without_the_browser(self):
        """FAULT-1: told five times, acknowledged five times, one payment."""
        for provider, status in (
            (self.alipay, 200),
            (self.wechat, 204),
            (self.unionpay, 200),
        ):
            with self.subTest(gateway=provider.code):
                intent = self._pay(self._start(provider))
                letter = self._letter(intent)
                for _delivery in range(5):
                    answer = self._post(provider, letter.body, dict(letter.headers()))
                    self.assertEqual(answer.status_code, status)
                if provider == self.alipay:
                    self.assertEqual(answer.content, b"success")
                event = self.events.search([("out_no", "=", intent.out_no)])
                self.assertEqual((len(event), event.delivery_count), (1, 5))
                self.assertEqual(intent.state, "waiting", "nothing in the request")
                self._run("event")
                self.assertEqual((intent.state, event.state), ("paid", "applied"))
                self.assertEqual(intent.transaction_id.state, "done")

    def test_what_an_acknowledgement_costs(self):
        """PAY-10, issue 6: a hundred a second are acknowledged on two cores: each has
        few statements, whether it comes for the first time or again."""
        for job in LANES:
            self.env.ref(job)
        for provider in self.providers:
            intents = [self._pay(self._start(provider)) for _turn in range(2)]
            self._deliver(intents[0])
            for delivery in ("first", "again"):
                with (
                    self.subTest(gateway=provider.code, delivery=delivery),
                    self.assertQueryCount(4),
                ):
                    self._deliver(intents[1])

    def test_forged(self):
        """FAULT-5, 9, 13: not believed, not kept, and nothing moves."""
        for provider in self.providers:
            for fault in FORGED:
                with self.subTest(gateway=provider.code, fault=fault):
                    intent = self._pay(self._start(provider))
                    answer = self._deliver(intent, fault)
                    self.assertNotEqual(answer.content, b"success")
                    if provider != self.alipay:
                        self.assertGreaterEqual(answer.status_code, 400)
                    self.assertFalse(
                        self.events.search([("out_no", "=", intent.out_no)])
                    )
                    self._run("event")
                    self.assertEqual(intent.state, "waiting")

    def test_for_another_merchant(self):
        """FAULT-8: signed by the gateway, but about somebody else's money."""
        for provider in self.providers:
            with self.subTest(gateway=provider.code):
                intent = self._pay(self._start(provider))
                self._deliver(intent, "wrong_merchant")
                self.assertFalse(self.events.search([("out_no", "=", intent.out_no)]))

    def test_at_the_door_of_another_gateway(self):
        """FAULT-8: a true notification at the wrong address is none."""
        intent = self._pay(self._start(self.alipay))
        letter = self._letter(intent)
        answer = self._post(self.unionpay, letter.body, dict(letter.headers()))
        self.assertGreaterEqual(answer.status_code, 400)
        self.assertFalse(self.events.search([("out_no", "=", intent.out_no)]))

    def test_wrong_amount_twice(self):
        """FAULT-6: signed, with a wrong amount, twice: held both times, asked about,
        and only what the gateway answers to the question counts."""
        for provider in self.providers:
            with self.subTest(gateway=provider.code):
                intent = self._start(provider)
                self._pay(intent)
                # the payment itself is not there when the gateway is asked
                trade = self._module(provider).ledger.find(intent.out_no)
                letters = [self._letter(intent, "wrong_amount") for _time in range(2)]
                trade.state, trade.paid_at = "waiting", None
                for letter in letters:
                    self._post(provider, letter.body, dict(letter.headers()))
                    self._run("event")
                    self.assertNotEqual(intent.state, "paid")
                    self.assertNotEqual(intent.transaction_id.state, "done")
                events = self.events.search([("out_no", "=", intent.out_no)])
                self.assertEqual(set(events.mapped("state")), {"quarantined"})
                self.assertTrue(intent.quarantine_ids)

    def test_overtakes_our_commit(self):
        """FAULT-3: told of a payment that is not here (yet): told again, then paid."""
        intent = self._pay(self._start(self.wechat))
        number = intent.out_no
        intent.out_no = "P000000000000000000000000"
        letter = self._letter_of(number)
        answer = self._post(self.wechat, letter.body, dict(letter.headers()))
        self.assertGreaterEqual(answer.status_code, 400)
        event = self.events.search([("out_no", "=", number)])
        self.assertEqual(event.state, "orphan")
        intent.out_no = number
        answer = self._post(self.wechat, letter.body, dict(letter.headers()))
        self.assertEqual(answer.status_code, 204)
        self._run("event")
        self.assertEqual(intent.state, "paid")

    def _letter_of(self, number):
        module = self.simulator.wechat
        return module.letter(module.ledger.find(number), None)

    def test_number_of_nobody(self):
        """FAULT-3: a payment that never turns up here is for a person."""
        intent = self._pay(self._start(self.wechat))
        number = intent.out_no
        intent.out_no = "P000000000000000000000000"
        letter = self._letter_of(number)
        self._post(self.wechat, letter.body, dict(letter.headers()))
        event = self.events.search([("out_no", "=", number)])
        with self._after(minutes=61):
            self._make_due(event)
            self._run("event")
        self.assertEqual(event.state, "quarantined")
        row = self.quarantine.search([("event_id", "=", event.id)])
        self.assertEqual(row.kind, "number")
        self.assertTrue(row.activity_ids)

    def test_junk(self):
        """FAULT-23: too much, no text, nothing: refused, and nothing is kept."""
        before = self.events.search_count([])
        for body in (b"", b"\xff\xfe\x00", b"{}", b"a=b&c=%ff", b"<xml></xml>"):
            for provider in self.providers:
                answer = self._post(provider, body)
                self.assertNotEqual(answer.content, b"success")
                notify._refusals.clear()
        self.assertEqual(
            self._post(self.alipay, b"x" * (notify.MAX_BODY + 1)).status_code, 413
        )
        self.assertEqual(self.events.search_count([]), before)

    def test_unknown_address(self):
        """FAULT-23: no provider, a provider of Odoo, a disabled one: not found."""
        other = self.env["payment.provider"].search([("code", "=", "none")], limit=1)
        self.alipay.state = "disabled"
        for provider in (other, self.alipay):
            self.assertEqual(self._post(provider, b"a=b").status_code, 404)

    def test_who_tries_out_signatures_waits(self):
        """FAULT-18: a flood of forged notifications is cut off before the keys."""
        body = json.dumps({"id": "x"}).encode()
        answers = {
            self._post(self.wechat, body).status_code
            # a minute may end in between
            for _turn in range(2 * notify.MAX_REFUSED + 2)
        }
        self.assertIn(429, answers)

    def test_wrong_api_key_calls_a_person(self):
        """FAULT-21: it cannot be opened: refused, and somebody is told, once."""
        intent = self._pay(self._start(self.wechat))
        for _time in range(2):
            answer = self._deliver(intent, "wrong_api_key")
            self.assertGreaterEqual(answer.status_code, 500)
        row = self.quarantine.search([("provider_id", "=", self.wechat.id)])
        self.assertEqual((len(row), row.kind), (1, "key"))

    def test_probe_is_refused_quietly(self):
        """FAULT-16: WeChat Pay tests whether we look at signatures."""
        intent = self._pay(self._start(self.wechat))
        self.assertGreaterEqual(self._deliver(intent, "probe").status_code, 400)
        self.assertFalse(self.quarantine.search([("provider_id", "=", self.wechat.id)]))

    def test_proof_is_forgotten_after_half_a_year(self):
        """PAY-08: what names a payer is not kept for ever; the row is."""
        intent = self._pay(self._start(self.wechat))
        self._deliver(intent)
        event = self.events.search([("out_no", "=", intent.out_no)])
        self.assertTrue(event.body)
        self.events._gc_bodies()
        self.assertTrue(event.body)
        with self._after(days=181):
            self.events._gc_bodies()
        self.assertFalse(event.body or event.headers)
        self.assertTrue(event.exists())

from unittest.mock import patch

from odoo.tests import tagged

from ..models.o2o_payment_event_lanes import LANES
from .common import PaymentCase


@tagged("post_install", "-at_install")
class TestJob(PaymentCase):
    def test_silent_gateway_lets_others_go_on(self):
        """FAULT-47: a gateway that is silent costs one wait, not one for each row."""
        slow = [self._start(self.alipay) for _turn in range(3)]
        quick = self._start(self.wechat)
        self.intents.search([("next_at", "!=", False)]).next_at = False
        for intent in (*slow, quick):
            intent._wake()
        clock = [0.0]
        worked = []

        def work(intent):
            worked.append(intent)
            if intent.provider_id == self.alipay:
                clock[0] += 20
            intent._rest()

        with (
            patch.object(type(self.intents), "_work", work),
            patch(
                "odoo.addons.o2o_payment.models.o2o_payment_job.monotonic",
                lambda: clock[0],
            ),
        ):
            self._run("intent")
        self.assertEqual([it.id for it in worked[:2]], [slow[0].id, quick.id])

    def test_what_another_job_has_seen_to_is_left_alone(self):
        """PAY-10: two jobs at once ask a gateway once."""
        intents = self._start() | self._start()
        self._make_due(intents)
        worked = []

        def work(intent):
            worked.append(intent)
            intent.browse(intents.ids)._rest()

        with patch.object(type(self.intents), "_work", work):
            self._run("intent")
        self.assertEqual(len(worked), 1)

    def test_each_lane_has_rows_of_its_own(self):
        """PAY-10: two jobs look at notifications at once, and each row is one's."""
        for _turn in range(4):
            self._tell(self._pay(self._start()))
        rows = self.events.search([("next_at", "!=", False)])
        found = [
            self.events.search(
                self.events.with_context(o2o_lane=lane)._get_due_domain()
            )
            for lane in range(len(LANES))
        ]
        self.assertEqual(found[0] | found[1], rows)
        self.assertFalse(found[0] & found[1])
        self.assertTrue(all(found))

    def test_a_notification_calls_the_job_of_its_lane(self):
        """PAY-10: the job of its lane is called, and no other."""
        intent = self._pay(self._start())
        jobs = [self.env.ref(xmlid) for xmlid in LANES]
        calls = self.env["ir.cron.trigger"]
        before = calls.search([])
        self._tell(intent)
        event = self.events.search([("out_no", "=", intent.out_no)])
        called = (calls.search([]) - before).cron_id
        self.assertEqual(called, jobs[event.id % len(LANES)])

    def test_a_run_that_is_over_calls_the_next(self):
        """PAY-10: what is left when the time of a run is over waits for no minute."""
        events = self.events
        for _turn in range(4):
            self._tell(self._pay(self._start()))
        self.env["ir.cron.trigger"].search([]).unlink()
        with (
            self._jobs(),
            patch.object(
                type(self.env["ir.cron"]), "_commit_progress", lambda *_a, **_k: 0
            ),
        ):
            events._cron_work()
        calls = self.env["ir.cron.trigger"].search([])
        self.assertIn(self.env.ref(LANES[0]), calls.cron_id)
        self.assertNotIn(self.env.ref(LANES[1]), calls.cron_id)

    def test_a_flood_is_let_go_first(self):
        """PAY-10: while notifications pour in, jobs wait: to be acknowledged comes
        before to be confirmed. A flood without an end stops nothing."""
        path = "odoo.addons.o2o_payment.models.o2o_payment_job"
        intents = [self._pay(self._start()) for _turn in range(3)]
        for intent in intents:
            self._tell(intent)
        pauses = []

        def pause(seconds):
            pauses.append(seconds)
            self.assertEqual({intent.state for intent in intents}, {"waiting"})
            if len(pauses) == 2:
                self.events.search([]).received_at = "2026-01-01"
                self.env.flush_all()

        with patch(f"{path}.FLOOD", 3), patch(f"{path}.sleep", pause):
            self._run("event")
        self.assertEqual(len(pauses), 2)
        self.assertEqual({intent.state for intent in intents}, {"paid"})

        later = self._pay(self._start())
        self._tell(later)
        clock = [0.0]

        def pass_time(seconds):
            clock[0] += seconds

        with (
            patch(f"{path}.FLOOD", 1),
            patch(f"{path}.sleep", pass_time),
            patch(f"{path}.monotonic", lambda: clock[0]),
        ):
            self._run("event")
        self.assertGreaterEqual(clock[0], 8)
        self.assertEqual(later.state, "paid")

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from .common import O2oOrderCase


@tagged("post_install", "-at_install")
class TestTimer(O2oOrderCase):
    def setUp(self):
        super().setUp()
        self.fulfillment = self._place()
        self.timers = self.env["o2o.timer"]
        self.timers._clear(self.fulfillment)
        self.calls = []
        calls = self.calls

        def handler(fulfillment):
            calls.append(fulfillment)

        self.startPatcher(
            patch.object(
                type(self.fulfillment), "_on_timer_remind", handler, create=True
            )
        )

    def _in_minutes(self, minutes):
        return fields.Datetime.now() + timedelta(minutes=minutes)

    def _run_job(self):
        with self.enter_registry_test_mode():
            self.env.ref("o2o_order.o2o_timer_cron").method_direct_trigger()

    def test_timer_goes_off_once_when_due(self):
        """ORD-01: a due timer is handled once, one that is not due stays."""
        timer = self.timers._set("remind", self.fulfillment, self._in_minutes(10))
        self._run_job()
        self.assertFalse(self.calls)
        with freeze_time(self._in_minutes(10)):
            self._run_job()
            self._run_job()
        self.assertEqual(self.calls, [self.fulfillment])
        self.assertEqual(timer.state, "done")

    def test_job_speaks_the_language_of_the_company(self):
        """ORD-01: what the job writes is read by cashiers, a job has no language."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.fulfillment.company_id.partner_id.lang = "zh_CN"
        self.timers._set("remind", self.fulfillment, self._in_minutes(-1))
        self._run_job()
        self.assertEqual(self.calls[0].env.lang, "zh_CN")

    def test_set_again_moves_the_running_timer(self):
        """ORD-01: an order has one timer of a kind; the last word counts."""
        timer = self.timers._set("remind", self.fulfillment, self._in_minutes(10))
        again = self.timers._set("remind", self.fulfillment, self._in_minutes(20))
        self.assertEqual(again, timer)
        with freeze_time(self._in_minutes(15)):
            self._run_job()
        self.assertFalse(self.calls)

    def test_cleared_timer_stays_silent(self):
        """ORD-01: what was handled by a person does not happen by itself."""
        self.timers._set("remind", self.fulfillment, self._in_minutes(-1))
        self.timers._clear(self.fulfillment, "offer")
        self.timers._clear(self.fulfillment, "remind")
        self._run_job()
        self.assertFalse(self.calls)

    def test_failure_undoes_the_work_and_comes_back(self):
        """ORD-01: a failing timer loses nothing and stops nobody else's."""
        other = self._place()
        self.timers._clear(other)

        def handler(fulfillment):
            if fulfillment == self.fulfillment:
                fulfillment.carrier_tracking_ref = "half done"
                raise UserError("not now")  # pylint: disable=translation-required
            self.calls.append(fulfillment)

        bad = self.timers._set("remind", self.fulfillment, self._in_minutes(-2))
        self.timers._set("remind", other, self._in_minutes(-1))
        with (
            patch.object(type(other), "_on_timer_remind", handler),
            mute_logger("odoo.addons.o2o_order.models.o2o_timer"),
        ):
            self._run_job()
        self.assertEqual(self.calls, [other])
        self.assertFalse(self.fulfillment.carrier_tracking_ref)
        self.assertEqual((bad.state, bad.attempt_count), ("waiting", 1))
        self.assertEqual(bad.error, "not now")
        with freeze_time(self._in_minutes(2)):
            self._run_job()
        self.assertEqual(bad.state, "done")

    def test_timer_that_never_works_waits_for_a_person(self):
        """ORD-09: head office sees it and starts it again."""
        timer = self.timers._set("remind", self.fulfillment, self._in_minutes(-1))
        for _attempt in range(8):
            timer._postpone(UserError("no"))
        self.assertEqual(timer.state, "failed")
        with self.assertRaises(UserError):
            timer.with_user(self.cashier).sudo(False).action_retry()
        timer.with_user(self.head_office_user).action_retry()
        self._run_job()
        self.assertEqual(self.calls, [self.fulfillment])

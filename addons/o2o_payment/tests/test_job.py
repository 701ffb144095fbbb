from unittest.mock import patch

from odoo.tests import tagged

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

from uuid import uuid4

from odoo.tests import tagged

from ..iot_handlers.lib.o2o_box import document
from .common import DeviceCase


@tagged("post_install", "-at_install")
class TestPointsSlip(DeviceCase):
    """PTS-08: a slip for points moved at a till of a store with a box."""

    def _post(self, key):
        config = self._till(self.near)
        if not config.current_session_id:
            self.env["pos.session"].create(
                {"config_id": config.id, "user_id": self.cashier.id}
            ).state = "opened"
        return (
            self.env["o2o.member.till"]
            .with_user(self.cashier)
            .post_points(
                config.id,
                self.member.partner_id.id,
                {
                    "key": key,
                    "points": 30,
                    "reason_id": self.env.ref("o2o_member.o2o_points_reason_event").id,
                },
            )
        )

    def _jobs(self):
        return self.env["o2o.print.job"].search([("document_type", "=", "points_slip")])

    def test_slip_is_printed_once(self):
        """PTS-08: a repeated request is one slip, too."""
        before = self._jobs()
        key = str(uuid4())
        for _index in range(2):
            self.assertEqual(self._post(key)["status"], "ok")
        job = self._jobs() - before
        self.assertEqual(len(job), 1)
        document.check(job.payload)
        for words in ("Points added", "+30", "139****0001", "Event or tasting"):
            self.assertIn(words, job.preview_text)
        self._assert_fits(job.payload, "Points added", "Event or tasting")
        self.assertNotIn("Member 张三 13900000001", job.preview_text)

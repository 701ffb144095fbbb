from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.o2o_pickup.tests.common import PickupCase
from odoo.addons.o2o_pos_device.iot_handlers.lib.o2o_box import document
from odoo.addons.o2o_pos_device.tests.common import DeviceCase


@tagged("post_install", "-at_install")
class TestReadySlip(PickupCase, DeviceCase):
    """Idea 24: the slip for the bag."""

    def _jobs(self, fulfillment, document_type="ready_slip"):
        return fulfillment.print_job_ids.filtered(
            lambda job: job.document_type == document_type
        )

    def test_ready_prints_the_place(self):
        """Idea 24: "B-12" on the bag, whose it is, what is in it; never the code."""
        fulfillment = self._place_ready()
        [job] = self._jobs(fulfillment)
        document.check(job.payload)
        text = job.preview_text
        for words in (
            "B-12",
            fulfillment.order_id.name,
            "Member 张三",
            "139****0001",
            "Comes at",
            "Kept until",
            "坤沙大曲 53度",
            "x 2",
            "To collect",
        ):
            self.assertIn(words, text)
        self._assert_fits(job.payload, "B-12", "坤沙大曲 53度")
        self.assertNotIn("13900000001", text)
        self.assertNotIn(fulfillment.pickup_code, text.replace(" ", ""))

    def test_order_slip_says_when_the_member_comes(self):
        """SHOP-11: what is prepared first is seen on paper."""
        fulfillment = self._place_ready()
        self.assertIn("Comes at", self._jobs(fulfillment, "order_slip").preview_text)

    def test_reprint_while_the_bag_waits(self):
        """POS-08: once more, marked; not after it is gone."""
        fulfillment = self._place_ready()
        self._jobs(fulfillment)._mark_printed()
        answer = (
            self.env["o2o.fulfillment"]
            .with_user(self.cashier)
            .pos_reprint(self._till(self.near).id, fulfillment.id, "ready_slip")
        )
        self.assertEqual(answer["status"], "ok", answer["message"])
        self.assertEqual(len(self._jobs(fulfillment)), 2)
        fulfillment._mark_received()
        with self.assertRaises(UserError):
            fulfillment._print_slip("ready_slip")

    def test_delivery_has_no_ready_slip(self):
        fulfillment = self._place_near()
        self._accept(fulfillment)
        with self.assertRaises(UserError):
            fulfillment._print_slip("ready_slip")

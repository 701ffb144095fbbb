from odoo.tests import tagged

from ..iot_handlers.lib.o2o_box import document
from .common import DeviceCase


@tagged("post_install", "-at_install")
class TestReturnSlip(DeviceCase):
    """POS-07, POS-08: the slip of a return, once, and again on request."""

    def _return(self):
        return self._give_back(self._place_near(), "瓶盖破损").refund_ids

    def _jobs(self, refund):
        return self.env["o2o.print.job"].search(
            [("res_model", "=", "o2o.order.return"), ("res_id", "=", refund.id)],
            order="id",
        )

    def _print(self, refund, user, store):
        return (
            self.env["o2o.fulfillment"]
            .with_user(user)
            .pos_print_refund(self._till(store).id, refund.id)
        )

    def test_return_prints_its_slip(self):
        refund = self._return()
        job = self._jobs(refund)
        self.assertEqual(len(job), 1)
        document.check(job.payload)
        for words in (
            "Return slip",
            refund.name,
            refund.order_id.name,
            "坤沙大曲 53度",
            "x 1",
            "200.00",
            "瓶盖破损",
            self.cashier.name,
            "Signature",
        ):
            self.assertIn(words, job.preview_text)

    def test_slip_is_printed_again_with_a_mark(self):
        refund = self._return()
        self._jobs(refund)._mark_printed()
        answer = self._print(refund, self.cashier, self.near)
        self.assertEqual(answer["status"], "ok")
        self.assertEqual(self._jobs(refund).mapped("reprint_number"), [0, 1])

    def test_other_store_prints_nothing(self):
        """Invariant 8: FAR asks for the slip of NEAR."""
        refund = self._return()
        answer = self._print(refund, self.cashier_far, self.far)
        self.assertEqual(answer["status"], "gone")
        self.assertEqual(len(self._jobs(refund)), 1)

    def test_store_without_a_box_is_told(self):
        """The till prints by itself then."""
        self.printer.active = False
        refund = self._return()
        answer = self._print(refund, self.cashier, self.near)
        self.assertEqual(answer["status"], "no_box")

    def test_slip_printed_without_network_is_not_printed_again(self):
        """Idea 17: the till printed the order slip itself, the replay does not."""
        fulfillment = self._place_near()
        self._act(self.cashier, self.near, fulfillment, "accept", printed=True)
        self.assertEqual(fulfillment.state, "accepted")
        self.assertFalse(fulfillment.print_job_ids)

    def test_order_given_away_is_not_printed_here(self):
        """A slip still waiting goes when the order goes to another store."""
        fulfillment = self._place_near()
        [job] = self._accept(fulfillment)
        self._act(
            self.cashier,
            self.near,
            fulfillment,
            "pass_on",
            store_id=self.far.id,
            reason="忙",
        )
        self.assertEqual(fulfillment.store_id, self.far)
        self.assertEqual(job.state, "cancelled")

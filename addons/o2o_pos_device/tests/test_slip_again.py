from odoo.tests import tagged

from .common import DeviceCase


@tagged("post_install", "-at_install")
class TestSlipAgain(DeviceCase):
    """POS-04, POS-08: an order that comes back to the same store is printed again."""

    def _slips(self, fulfillment):
        return fulfillment.print_job_ids.filtered(
            lambda job: job.document_type == "order_slip"
        ).sorted("id")

    def _come_back(self, fulfillment):
        """Taken from the store, and given to it again by head office."""
        fulfillment._mark_pooled("Changed")
        fulfillment._send_to_store(self.near, "Back again")
        self.assertEqual(fulfillment.store_id, self.near)
        return fulfillment

    def test_order_that_comes_back_prints_again(self):
        """POS-04: the first slip was cancelled, the second one is on its way."""
        fulfillment = self._place_near()
        first = self._accept(fulfillment)
        self._accept(self._come_back(fulfillment))
        jobs = self._slips(fulfillment)
        self.assertEqual(len(jobs), 2)
        self.assertEqual(jobs[0], first)
        self.assertEqual(jobs.mapped("state"), ["cancelled", "new"])
        # a new slip, no reprint of the old one
        self.assertEqual(jobs.mapped("reprint_number"), [0, 0])

    def test_printed_slip_of_the_first_time_does_not_stand_for_the_second(self):
        fulfillment = self._place_near()
        first = self._accept(fulfillment)
        first._mark_received()
        first._mark_printing()
        first._mark_printed()
        self._accept(self._come_back(fulfillment))
        jobs = self._slips(fulfillment)
        self.assertEqual(jobs.mapped("state"), ["printed", "new"])
        self.assertEqual(fulfillment.print_status, "pending")

    def test_each_time_prints_once(self):
        """Invariant 6: the same acceptance said twice is one slip."""
        fulfillment = self._place_near()
        self._accept(fulfillment)
        self._accept(self._come_back(fulfillment))
        self._accept(fulfillment)
        self.env["o2o.print.job"]._queue("order_slip", fulfillment, self.near)
        self.assertEqual(len(self._slips(fulfillment)), 2)

    def test_reprints_of_both_times_have_keys_of_their_own(self):
        """POS-08: reprinting the old and the new slip never meets."""
        fulfillment = self._place_near()
        first = self._accept(fulfillment)
        first._mark_received()
        first._mark_printing()
        first._mark_printed()
        self._accept(self._come_back(fulfillment))
        second = self._slips(fulfillment)[-1]
        second._mark_received()
        second._mark_printing()
        second._mark_printed()
        copies = first._reprint() | second._reprint()
        self.assertEqual(len(copies), 2)
        self.assertEqual(copies.reprint_of_id, first | second)
        self.assertEqual(len(set(copies.mapped("uid"))), 2)

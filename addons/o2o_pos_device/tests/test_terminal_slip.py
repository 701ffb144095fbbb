from odoo.tests import tagged

from ..iot_handlers.lib.o2o_box.paper import interpret
from ..iot_handlers.lib.o2o_box.render import render
from .common_terminal import TerminalTillCase


@tagged("post_install", "-at_install")
class TestTerminalSlip(TerminalTillCase):
    """UPAY-01 to 03, POS-08, POS-16: papers of the terminal."""

    def _jobs(self, document_type):
        return self.env["o2o.print.job"].search(
            [
                ("document_type", "=", document_type),
                ("store_id", "=", self.near.id),
            ]
        )

    def _papers(self, job):
        return [paper.text() for paper in interpret(render(job.payload, 80), 80)]

    def test_two_papers_one_to_be_signed(self):
        transaction = self._charged(88.8)
        job = self._jobs("bank_slip")
        self._assert_fits(
            job.payload,
            "88.80",
            "621700*********0018",
            "898310153110001",
            "01370158",
            transaction.trace,
            transaction.ref,
        )
        merchant, customer = self._papers(job)
        self.assertIn("Merchant copy", merchant)
        self.assertIn("Cardholder signature", merchant)
        self.assertIn("Customer copy", customer)
        self.assertNotIn("Cardholder signature", customer)

    def test_money_waits_for_a_person_when_the_printer_stops(self):
        self._charged()
        job = self._jobs("bank_slip")
        self.assertEqual(job._prepare_box_dict()["on_unknown"], "hold")

    def test_reprint_is_marked_on_both_papers(self):
        """POS-08."""
        self._charged()
        job = self._jobs("bank_slip")
        job._mark_printed()
        again = self.env["o2o.print.job"].browse(
            job.with_user(self.cashier).action_reprint()["res_id"]
        )
        papers = self._papers(again)
        self.assertEqual(len(papers), 2)
        for paper in papers:
            self.assertIn("Reprint no. 1", paper)

    def test_declined_leaves_no_paper(self):
        for state in ("declined", "unknown"):
            self._charged(state=state)
            self.assertFalse(self._jobs("bank_slip"))

    def test_void_names_the_sale(self):
        sale = self._charged()
        void = self.terminal._request("void", 200.0, sale)
        self._sync(self._result(void))
        slip = self._papers(self._jobs("bank_slip")[0])[0]
        self.assertIn("Bank card void", slip)
        self.assertIn(f"Original voucher no.: {sale.trace}", slip)

    def test_terminal_with_a_printer_of_its_own(self):
        self.terminal.has_slips = False
        self._charged()
        request = self.terminal._request("settle")
        self._sync(self._result(request, amount_fen=20000))
        self.assertFalse(self._jobs("bank_slip") | self._jobs("settlement_slip"))

    def test_settlement_slip(self):
        """POS-09, POS-16: ours, the terminal's, and the difference."""
        self._charged()
        action = self.terminal.with_user(self.manager).action_settle()
        request = self.env["o2o.terminal.transaction"].browse(action["res_id"])
        self._sync(self._result(request, amount_fen=20100))
        self._assert_fits(
            self._jobs("settlement_slip").payload,
            "Bank card settlement",
            "200.00",
            "201.00",
            "1.00",
            "Batch no.: 000001",
        )

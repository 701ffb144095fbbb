from odoo import fields
from odoo.tests import tagged

from ..iot_handlers.lib.o2o_box import document
from .common import DeviceCase


@tagged("post_install", "-at_install")
class TestHandoverSlip(DeviceCase):
    """POS-06: the paper of one shift for the next."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cash = cls.env["pos.payment.method"].create(
            {
                "name": "Cash drawer",
                "journal_id": cls.env["account.journal"]
                .create({"name": "Till cash", "type": "cash", "code": "TILLC"})
                .id,
            }
        )
        cls.config = cls.near.pos_config_ids[:1] or cls.env["pos.config"].create(
            {"name": "Till", "o2o_store_id": cls.near.id}
        )
        cls.config.payment_method_ids = cls.cash

    def _open(self):
        self.config.open_ui()
        session = self.config.current_session_id
        session.set_opening_control(100, "")
        return session

    def _sell(self, session, amount):
        """An order of one article, paid in cash; negative for a return."""
        quantity = 1 if amount > 0 else -1
        order = self.env["pos.order"].create(
            {
                "session_id": session.id,
                "company_id": self.company.id,
                "amount_tax": 0,
                "amount_total": amount,
                "amount_paid": 0,
                "amount_return": 0,
                "lines": [
                    fields.Command.create(
                        {
                            "product_id": self.product.id,
                            "qty": quantity,
                            "price_unit": abs(amount),
                            "price_subtotal": amount,
                            "price_subtotal_incl": amount,
                        }
                    )
                ],
            }
        )
        order.add_payment(
            {
                "pos_order_id": order.id,
                "amount": amount,
                "payment_method_id": self.cash.id,
            }
        )
        order.action_pos_order_paid()

    def _close(self, session, counted):
        session.post_closing_cash_details(counted)
        session.update_closing_control_state_session("钥匙在店长处")
        answer = session.close_session_from_ui()
        self.assertTrue(answer["successful"], answer)
        return self.env["o2o.print.job"].search(
            [("res_model", "=", "pos.session"), ("res_id", "=", session.id)]
        )

    def test_closing_prints_the_figures_once(self):
        session = self._open()
        self._sell(session, 300)
        self._sell(session, 200)
        self._sell(session, -50)
        [job] = self._close(session, 540)
        document.check(job.payload)
        self.assertEqual(job.document_type, "handover_slip")
        text = job.preview_text
        for words in (
            "Shift hand-over",
            self.near.name,
            session.name,
            self.config.name,
            "Cash drawer",
            "钥匙在店长处",
            "Handed over by",
        ):
            self.assertIn(words, text)
        figures = [" ".join(line.split()) for line in text.splitlines()]
        for line in (
            "Sales x 2 ￥ 500.00",
            "Returns x 1 ￥ -50.00",
            "Cash drawer x 3 ￥ 450.00",
            "Cash at the start ￥ 100.00",
            "Cash expected ￥ 550.00",
            "Cash counted ￥ 540.00",
            "Difference ￥ -10.00",
        ):
            self.assertIn(line, figures)
        self._assert_fits(job.payload, "Shift hand-over", "钥匙在店长处", "-10.00")

    def test_quiet_shift_has_a_slip_without_returns(self):
        [job] = self._close(self._open(), 100)
        self.assertIn("Sales", job.preview_text)
        self.assertNotIn("Returns", job.preview_text)

    def test_slip_is_printed_again_with_a_mark(self):
        [job] = self._close(self._open(), 100)
        job._mark_printed()
        again = job.sudo()._reprint()
        self.assertIn("Reprint no. 1", again.preview_text)

    def test_store_without_a_printer_closes_all_the_same(self):
        self.printer.active = False
        self.assertFalse(self._close(self._open(), 100))

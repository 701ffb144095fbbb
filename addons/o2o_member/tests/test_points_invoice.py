from odoo.tests import tagged

from .common_redeem import RedeemCommon


@tagged("post_install", "-at_install")
class TestPointsInvoice(RedeemCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.bottle | cls.cup).write(
            {"invoice_policy": "delivery", "taxes_id": cls.tax_13.ids}
        )

    def _delivered_order(self, **vals):
        """100 for the goods, of which 4000 points pay 40."""
        order = self._order(**vals)
        order._o2o_set_points(4000)
        order.action_confirm()
        self._deliver(order, bottle=1, cup=1)
        return order

    def _deliver(self, order, **quantities):
        for name, quantity in quantities.items():
            self._line(order, getattr(self, name)).qty_delivered = quantity

    def _invoice(self, order):
        move = order._create_invoices(final=True)
        move.action_post()
        return move

    def _credit(self, invoice):
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id, "reason": "t"})
        )
        return self.env["account.move"].browse(wizard.refund_moves()["res_id"])

    def test_whole_credit_note(self):
        """PTS-05: the credit note of a whole invoice is the money that was paid."""
        order = self._delivered_order()
        invoice = self._invoice(order)
        self.assertEqual(invoice.amount_total, 60)
        self.assertEqual(order.invoice_status, "invoiced")
        self.assertEqual(self._credit(invoice).amount_total, 60)

    def test_goods_that_came_back(self):
        """PTS-05: the credit note of returned goods leaves out what points paid."""
        order = self._delivered_order()
        self._invoice(order)
        self._deliver(order, bottle=0)
        credit = self._invoice(order)
        self.assertEqual(credit.move_type, "out_refund")
        self.assertEqual(credit.amount_total, 36)  # 60, of which points paid 24
        self.assertFalse(any(order.order_line.mapped("qty_to_invoice")))
        self._deliver(order, cup=0)
        self.assertEqual(self._invoice(order).amount_total, 24)
        self.assertFalse(any(order.order_line.mapped("qty_to_invoice")))

    def test_all_goods_came_back(self):
        """PTS-05: when everything comes back, the money comes back, and no more."""
        order = self._delivered_order()
        self._invoice(order)
        self._deliver(order, bottle=0, cup=0)
        self.assertEqual(self._invoice(order).amount_total, 60)

    def test_delivered_in_parts(self):
        """PTS-05: each invoice takes off what points paid of the goods on it."""
        order = self._order()
        order._o2o_set_points(4000)
        order.action_confirm()
        self.assertNotEqual(order.invoice_status, "to invoice")
        self._deliver(order, cup=1)
        self.assertEqual(self._invoice(order).amount_total, 24)
        self._deliver(order, bottle=1)
        self.assertEqual(self._invoice(order).amount_total, 36)
        self.assertEqual(order.invoice_status, "invoiced")

    def test_invoiced_when_paid(self):
        """PTS-05: an invoice made with the payment, before the delivery, is whole."""
        order = self._order()
        order._o2o_set_points(4000)
        order.action_confirm()
        order._force_lines_to_invoice_policy_order()
        self.assertEqual(self._invoice(order).amount_total, 60)

    def test_two_taxes(self):
        """PTS-05: goods of two taxes, one not in the price: parts add up to the cent or
        to the one that rounding leaves."""
        self.cup.taxes_id = self.tax_9
        order = self._order()
        order._o2o_set_points(3300)
        order.action_confirm()
        self._deliver(order, bottle=1, cup=1)
        paid = order.amount_total
        self.assertEqual(self._invoice(order).amount_total, paid)
        credits = []
        for name in ("bottle", "cup"):
            self._deliver(order, **{name: 0})
            credits.append(self._invoice(order).amount_total)
        self.assertAlmostEqual(sum(credits), paid, delta=0.011)

from contextlib import nullcontext

from odoo import api
from odoo.tests import HttpCase, tagged

from .common_till_refund import TillRefundCase


@tagged("post_install", "-at_install")
class TestTillRefundTour(TillRefundCase, HttpCase):
    browser_size = "1280x800"

    def _jobs(self):
        # HttpCase is in test mode from the start
        return nullcontext()

    def test_refund_at_the_till(self):
        """REFUNDS: preview, one click; a leg that is refused is sent again; browser,
        server and gateway agree to the cent."""
        self.product.write(
            {"name": "O2O Bottle", "available_in_pos": True, "taxes_id": False}
        )
        # the language of the tour's words
        self.env["res.lang"]._activate_lang("en_US")
        self.cashier.lang = "en_US"
        sale = self._sale(codes=(150.0,), cash=50.0)
        self.pos_session.action_pos_session_closing_control()
        self.simulator.faults.add("alipay.trade.refund", "no_money")
        service = type(self.env["o2o.payment.till"])
        look = service.pos_refund_look

        @api.model
        def look_after_the_job(self, config_id, payment_uuids):
            # no jobs beside a test: the server's would have sent it by now
            self.env["o2o.payment.refund"].sudo()._cron_work()
            return look(self, config_id, payment_uuids)

        self.patch(service, "pos_refund_look", look_after_the_job)
        self.start_tour(
            f"/pos/ui/{self.till.id}",
            "o2o_pos_refund_tour",
            login=self.cashier.login,
            timeout=180,
        )
        refund = sale.lines.refund_orderline_ids.order_id
        self.assertEqual((refund.state, refund.amount_total), ("paid", -200.0))
        self.assertEqual(sorted(refund.payment_ids.mapped("amount")), [-150.0, -50.0])
        row = self.refunds.search([("order_uuid", "=", refund.uuid)])
        self.assertEqual((row.state, row.amount_fen), ("done", 15000))
        self.assertIn(row.pos_payment_id, refund.payment_ids)
        trade = self.simulator.alipay.ledger.find(row.intent_id.out_no)
        self.assertEqual(trade.refunded_fen, 15000)
        self.assertFalse(self._loose())

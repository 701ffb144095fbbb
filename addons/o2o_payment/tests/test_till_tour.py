from contextlib import nullcontext

from odoo.tests import HttpCase, tagged

from .common_till import TillCase


@tagged("post_install", "-at_install")
class TestTillTour(TillCase, HttpCase):
    browser_size = "1280x800"

    def _jobs(self):
        # HttpCase is in test mode from the start
        return nullcontext()

    def test_codes_at_the_till(self):
        """PAY-02: scanned, charged, sold; a refused code is tried again with another
        one; browser, server and gateway agree to the cent."""
        self.product.write(
            {"name": "O2O Bottle", "available_in_pos": True, "taxes_id": False}
        )
        # the language of the tour's words
        self.env["res.lang"]._activate_lang("en_US")
        self.cashier.lang = "en_US"
        self.pos_session.action_pos_session_closing_control()
        self.simulator.faults.add("wechat.codepay", "code_expired")
        self.start_tour(
            f"/pos/ui/{self.till.id}",
            "o2o_pos_code_tour",
            login=self.cashier.login,
            timeout=180,
        )
        intents = self.intents.search([("config_id", "=", self.till.id)], order="id")
        self.assertEqual(intents.mapped("state"), ["paid", "failed", "paid"])
        orders = self.till.current_session_id.order_ids
        self.assertEqual(orders.mapped("state"), ["paid", "paid"])
        paid = intents.filtered(lambda it: it.state == "paid")
        self.assertEqual(paid.pos_payment_id, orders.payment_ids)
        self.assertFalse(
            self.quarantine.search([("kind", "in", ("till", "till_no_sale"))])
        )
        books = self.simulator.alipay.ledger.books()
        self.assertEqual(sum(paid.mapped("paid_fen")), 40000)
        self.assertIn(40000, books.values())

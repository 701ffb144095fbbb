from collections import Counter
from contextlib import nullcontext
from unittest.mock import patch

from odoo import api
from odoo.tests import HttpCase, tagged

from .common_till import TillCase


@tagged("post_install", "-at_install")
class TestTillTour(TillCase, HttpCase):
    browser_size = "1280x800"

    def _jobs(self):
        # HttpCase is in test mode from the start
        return nullcontext()

    def _customer_pays_shown_codes(self):
        """From the third look on a shown code is paid, and the job has asked."""
        looks = Counter()
        model = type(self.env["o2o.payment.till"])
        pos_look = model.pos_look

        @api.model
        def look(service, config_id, payment_uuids):
            shown = self.intents.search([("way", "=", "qr"), ("state", "=", "waiting")])
            for intent in shown:
                looks[intent] += 1
                if looks[intent] == 3:
                    self._pay(intent)._act_on(intent._ask())
            return pos_look(service, config_id, payment_uuids)

        return patch.object(model, "pos_look", look)

    def test_codes_at_the_till(self):
        """PAY-02: scanned, charged, sold; a refused code is tried again with another
        one; the shop's own code is shown and paid; browser, server and gateway agree to
        the cent."""
        self.product.write(
            {"name": "O2O Bottle", "available_in_pos": True, "taxes_id": False}
        )
        # the language of the tour's words
        self.env["res.lang"]._activate_lang("en_US")
        self.cashier.lang = "en_US"
        self.pos_session.action_pos_session_closing_control()
        self.simulator.faults.add("wechat.codepay", "code_expired")
        with self._customer_pays_shown_codes():
            self.start_tour(
                f"/pos/ui/{self.till.id}",
                "o2o_pos_code_tour",
                login=self.cashier.login,
                timeout=180,
            )
        # the till's requests have an environment of their own
        self.env.invalidate_all()
        intents = self.intents.search([("config_id", "=", self.till.id)], order="id")
        self.assertEqual(intents.mapped("state"), ["paid", "failed", "paid", "paid"])
        orders = self.till.current_session_id.order_ids
        self.assertEqual(orders.mapped("state"), ["paid"] * 3)
        paid = intents.filtered(lambda it: it.state == "paid")
        self.assertEqual(paid.pos_payment_id, orders.payment_ids)
        self.assertFalse(
            self.quarantine.search([("kind", "in", ("till", "till_no_sale"))])
        )
        books = self.simulator.alipay.ledger.books()
        self.assertEqual(sum(paid.mapped("paid_fen")), 60000)
        self.assertIn(40000, books.values())

from odoo.fields import Command
from odoo.tests import HttpCase, tagged

from .common import StockCase


@tagged("post_install", "-at_install")
class TestPosTour(StockCase, HttpCase):
    def test_held_bottle(self):
        """Idea 4: free bottle, held bottle, a reason, the order is told."""
        cash = self.env["pos.payment.method"].create(
            {
                "name": "O2O Cash",
                "journal_id": self.env["account.journal"]
                .create({"name": "O2O Cash", "code": "O2OC", "type": "cash"})
                .id,
            }
        )
        # a till with one way to pay chooses it by itself
        card = self.env["pos.payment.method"].create({"name": "O2O Card"})
        self.till.payment_method_ids = [Command.set((cash | card).ids)]
        self.product.name = "O2O Held Bottle"
        order = self._create_order(4)
        self._submit(order)
        self.start_tour(
            f"/pos/ui/{self.till.id}",
            "o2o_pos_stock_tour",
            login=self.pos_manager.login,
            timeout=180,
        )
        breach = self.env["o2o.stock.breach"].search(
            [("product_id", "=", self.product.id)]
        )
        self.assertEqual(breach.origin, "override")
        # in the language of the database, whatever the user's
        self.assertTrue(breach.reason)
        self.assertEqual(breach.result, order.name)
        sale = self.env["pos.order"].search([("config_id", "=", self.till.id)])
        self.assertEqual(sale.state, "paid")
        self.assertNotIn("active", self._hold_of(order).mapped("state"))

from odoo.tests import HttpCase, tagged

from .common import O2oOrderCase


@tagged("post_install", "-at_install")
class TestPosTour(O2oOrderCase, HttpCase):
    def _run_tour(self, name):
        till = self._till(self.near)
        self.start_tour(
            f"/pos/ui/{till.id}", name, login=self.cashier.login, timeout=180
        )

    def test_accept_ship_tour(self):
        """POS-01, POS-04: bell, product list, delivery information, accept, ship."""
        fulfillment = self._place()
        self._run_tour("o2o_pos_order_tour")
        self.assertEqual(fulfillment.state, "shipped")
        self.assertEqual(fulfillment.carrier_tracking_ref, "SF1234567890")
        self.assertEqual(fulfillment.accepted_by_id, self.cashier)

    def test_reject_tour(self):
        """POS-06, ROUT-08, idea 2: reject with a reason and a count; the next store
        gets the order, and the stock is what was counted."""
        self.reason.write({"stock_effect": "count", "sequence": 1})
        fulfillment = self._place()
        self._run_tour("o2o_pos_reject_tour")
        self.assertEqual(fulfillment.store_id, self.far)
        self.assertEqual(fulfillment.state, "offered")
        position = self.near._get_stock_position(self.product)[self.product]
        self.assertEqual(position, (1, 0))

    def test_accept_lines_tour(self):
        """Idea 9: accept one of two; the customer is asked."""
        fulfillment = self._place()
        self._run_tour("o2o_pos_accept_lines_tour")
        self.assertEqual(fulfillment.state, "accepted")
        self.assertEqual(fulfillment.choice_ids.line_ids.available, 1)

from odoo.tests import HttpCase, tagged

from .common import O2oOrderCase


@tagged("post_install", "-at_install")
class TestPosTour(O2oOrderCase, HttpCase):
    def _run_tour(self, name):
        till = self._till(self.near)
        self.start_tour(f"/pos/ui/{till.id}", name, login=self.cashier.login)

    def test_accept_ship_tour(self):
        """POS-01, POS-04: bell, product list, delivery information, accept, ship."""
        fulfillment = self._place()
        self._run_tour("o2o_pos_order_tour")
        self.assertEqual(fulfillment.state, "shipped")
        self.assertEqual(fulfillment.carrier_tracking_ref, "SF1234567890")
        self.assertEqual(fulfillment.accepted_by_id, self.cashier)

    def test_reject_tour(self):
        """POS-06, ROUT-08: reject with a reason; the next store gets the order."""
        fulfillment = self._place()
        self._run_tour("o2o_pos_reject_tour")
        self.assertEqual(fulfillment.store_id, self.far)
        self.assertEqual(fulfillment.state, "offered")

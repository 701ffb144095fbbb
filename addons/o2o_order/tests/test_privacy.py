from odoo.tests import tagged

from .common import O2oOrderCase


@tagged("post_install", "-at_install")
class TestPrivacy(O2oOrderCase):
    def test_open_order_holds_the_deletion_up(self):
        """MEM-05: nobody is deleted while an order is on its way."""
        partner = self.member.partner_id
        self.assertFalse(partner._o2o_deletion_obstacles())
        fulfillment = self._place()
        [obstacle] = partner._o2o_deletion_obstacles()
        self.assertIn("is not finished", obstacle)
        self.assertIn(fulfillment.order_id.name, obstacle)
        self.assertFalse(self.cashier.partner_id._o2o_deletion_obstacles())
        self._act(self.cashier, self.near, fulfillment, "accept")
        self._act(self.cashier, self.near, fulfillment, "ship")
        self.assertTrue(partner._o2o_deletion_obstacles())
        fulfillment._mark_received()
        # an order that is paid at the door may hold it up for its money as well
        order = fulfillment.order_id
        self.assertNotIn(
            f"Order {order.name} is not finished. Wait for it, or cancel it.",
            partner._o2o_deletion_obstacles(),
        )

from odoo.tests import tagged

from odoo.addons.o2o_base.tests.common_hoot import HootCase


@tagged("post_install", "-at_install")
class TestPickupHoot(HootCase):
    def test_unit(self):
        """SHOP-11: the counter in a browser."""
        self.run_hoot("o2o_pickup")

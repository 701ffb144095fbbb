from odoo.tests import tagged

from odoo.addons.o2o_base.tests.common_hoot import HootCase


@tagged("post_install", "-at_install")
class TestHoot(HootCase):
    def test_unit(self):
        """POS-01, ROUT-07: the till's own logic, in a browser."""
        self.run_hoot("o2o_order")

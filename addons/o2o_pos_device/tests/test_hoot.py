from odoo.tests import tagged

from odoo.addons.o2o_base.tests.common_hoot import HootCase


@tagged("post_install", "-at_install")
class TestDeviceHoot(HootCase):
    def test_unit(self):
        """POS-05, POS-14: printers and swipes at the till, in a browser."""
        self.run_hoot("o2o_pos_device")

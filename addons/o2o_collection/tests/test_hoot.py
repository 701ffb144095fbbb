from odoo.tests import tagged

from odoo.addons.o2o_base.tests.common_hoot import HootCase


@tagged("post_install", "-at_install")
class TestDoorHoot(HootCase):
    def test_unit(self):
        """POS-15: the dialog of the till, in a browser."""
        self.run_hoot("o2o_collection")

from odoo.tests import tagged

from odoo.addons.o2o_base.tests.common_hoot import HootCase


@tagged("post_install", "-at_install")
class TestBoardHoot(HootCase):
    def test_unit(self):
        """ROUT-11: colours, order, search, map and the rhythm of asking."""
        self.run_hoot("o2o_order_board")

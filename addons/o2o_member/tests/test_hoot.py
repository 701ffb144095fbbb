from odoo.tests import tagged

from odoo.addons.o2o_base.tests.common_hoot import HootCase


@tagged("post_install", "-at_install")
class TestMemberHoot(HootCase):
    def test_unit(self):
        """POS-02, PTS-05, PTS-08: the till's own logic, in a browser."""
        self.run_hoot("o2o_member")

from odoo.tests import tagged

from odoo.addons.o2o_base.tests.common_hoot import HootCase


@tagged("post_install", "-at_install")
class TestWalletHoot(HootCase):
    def test_unit(self):
        """PAY-05: the wallet on the payment screen, in a browser."""
        self.run_hoot("o2o_wallet")

from odoo.tests import tagged

from odoo.addons.o2o_base.tests.common_hoot import HootCase


@tagged("post_install", "-at_install")
class TestPaymentHoot(HootCase):
    def test_unit(self):
        """PAY-02: customers' codes on the payment screen, in a browser."""
        self.run_hoot("o2o_payment")

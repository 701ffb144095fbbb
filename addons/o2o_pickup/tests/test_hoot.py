from odoo.tests import HttpCase, tagged

from odoo.addons.o2o_order.tests.test_hoot import hoot_id
from odoo.addons.web.tests.test_js import unit_test_error_checker


@tagged("post_install", "-at_install")
class TestPickupHoot(HttpCase):
    def test_unit(self):
        """SHOP-11: the counter in a browser."""
        self.browser_js(
            "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000"
            f"&id={hoot_id('@o2o_pickup')}",
            "",
            "",
            login="admin",
            timeout=600,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=unit_test_error_checker,
        )

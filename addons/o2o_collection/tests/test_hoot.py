from odoo.tests import HttpCase, tagged

from odoo.addons.web.tests import test_js


@tagged("post_install", "-at_install")
class TestDoorHoot(HttpCase):
    def test_unit(self):
        """POS-15: the dialog of the till, in a browser."""
        suite = test_js.HOOTCommon._generate_hash(self, "@o2o_collection")
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&id={suite}",
            "",
            "",
            login="admin",
            timeout=600,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=test_js.unit_test_error_checker,
        )

from odoo.tests import HttpCase

from odoo.addons.web.tests import test_js


class HootCase(HttpCase):
    """An addon's hoot suite, in a browser (a base of tests, without a test)."""

    def run_hoot(self, addon):
        """Run what stands in static/tests of `addon`; fails when any of it fails."""
        suite = test_js.HOOTCommon._generate_hash(self, f"@{addon}")
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&id={suite}",
            "",
            "",
            login="admin",
            timeout=600,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=test_js.unit_test_error_checker,
        )

from odoo.tests import HttpCase, new_test_user, tagged

from .common import O2oOrderCase


@tagged("post_install", "-at_install")
class TestAreaTour(O2oOrderCase, HttpCase):
    def test_area_is_drawn_on_the_form(self):
        """ROUT-02: a manager draws the service area, without any map server."""
        new_test_user(
            self.env,
            "o2o_area_manager",
            groups="base.group_user,o2o_order.o2o_order_group_manager",
        )
        self.start_tour(
            f"/odoo/action-o2o_order.o2o_store_action/{self.near.id}",
            "o2o_area_tour",
            login="o2o_area_manager",
        )
        self.assertEqual(len(self.near.area_polygon), 5)
        self.assertTrue(self.near.has_area)
        longitudes = [point[0] for point in self.near.area_polygon]
        self.assertLess(min(longitudes), self.near.longitude)
        self.assertGreater(max(longitudes), self.near.longitude)

from odoo.tests import BaseCase, tagged

from odoo.addons.o2o_order.utils import distance_km, has_coordinates


@tagged("post_install", "-at_install")
class TestUtils(BaseCase):
    def test_distance_is_zero_at_the_same_point(self):
        self.assertEqual(distance_km(26.6, 106.6, 26.6, 106.6), 0.0)

    def test_distance_of_a_quarter_meridian(self):
        """ROUT-01: equator to pole is 10 007.5 km on a sphere of mean radius."""
        self.assertAlmostEqual(distance_km(0, 0, 90, 0), 10007.557, places=2)

    def test_distance_is_symmetric_and_crosses_the_date_line(self):
        self.assertAlmostEqual(
            distance_km(10, 179.5, 10, -179.5), distance_km(10, -179.5, 10, 179.5)
        )
        self.assertLess(distance_km(10, 179.5, 10, -179.5), 120)

    def test_unknown_position_is_told_from_a_real_one(self):
        self.assertFalse(has_coordinates(0.0, 0.0))
        self.assertFalse(has_coordinates(1000.0, 1000.0))
        self.assertTrue(has_coordinates(26.6, 106.6))
        self.assertTrue(has_coordinates(0.0, 106.6))

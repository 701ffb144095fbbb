from odoo.tests import HttpCase, tagged

from odoo.addons.web.tests.test_js import unit_test_error_checker

from .test_points_pos import PosRedeemCommon


def hoot_id(name):
    """The id hoot gives a suite: a 32-bit string hash, as in web/tests/test_js.py."""
    value = 0
    for char in name:
        value = ((value << 5) - value + ord(char)) & 0xFFFFFFFF
    return f"{value:08x}"


@tagged("post_install", "-at_install")
class TestPointsRedeemHoot(HttpCase):
    def test_unit(self):
        """PTS-05: the dialog of the till, in a browser."""
        self.browser_js(
            "/web/tests?headless&loglevel=2&preset=desktop&timeout=15000"
            f"&id={hoot_id('@o2o_member/points_redeem')}",
            "",
            "",
            login="admin",
            timeout=600,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=unit_test_error_checker,
        )


@tagged("post_install", "-at_install")
class TestPointsRedeemTour(PosRedeemCommon, HttpCase):
    def test_tour(self):
        """PTS-05, POS-07: a member pays partly with points, then returns one line and
        gets back the money that was paid for it, and the points."""
        self.member.lang = "en_US"
        self.start_tour(
            f"/pos/ui/{self.till.id}",
            "o2o_points_redeem_tour",
            login="o2o_points_cashier",
        )
        orders = self.pos_session.order_ids.sorted("id")
        self.assertEqual(orders.mapped("state"), ["paid", "paid"])
        self.assertEqual(
            [round(order.amount_total, 2) for order in orders], [67, -40.2]
        )
        # what the cup alone would have cost and given
        self.assertEqual(self.member.o2o_points, 10000 - 1320 + 26)
